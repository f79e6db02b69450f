// SPDX-License-Identifier: Apache-2.0
// lmzip explain: where the bits of a file go.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "cli/commands/commands.h"
#include "cli/input_file.h"
#include "cli/models.h"
#include "cli/names.h"
#include "cli/output_file.h"
#include "cli/progress_bar.h"
#include "cli/signals.h"
#include "container/byte_reader.h"
#include "explain/costs.h"
#include "explain/report.h"
#include "lmzip/error.h"
#include "lmzip/registry.h"

namespace lmzip::cli {
namespace {

/// More than people look at, and all that is kept of a file.
constexpr uint64_t kMostRead = uint64_t{64} << 20;
constexpr uint64_t kMostShown = uint64_t{1} << 20;

Bytes read_all(const std::string& path) {
  const InputFile in(path, InputPolicy::kAnything);
  base::FdSource source(in.fd(), stop_fd());
  Bytes all =
      container::read_growing(kMostRead + 1, [&](uint8_t* data, size_t size) { return source.read(data, size); });
  if (all.size() > kMostRead) throw Error(ErrorKind::kLimit, "explain reads files of up to 64 MiB; cut a piece out");
  return all;
}

bool is_html(std::string_view path) { return path.ends_with(".html") || path.ends_with(".htm"); }

/// Mixing alone, and the network alone, of "mix:5,model=NAME".
std::vector<std::string> parts_of(const std::string& spec) {
  const std::string_view model = ",model=";
  const size_t at = spec.find(model);
  if (!spec.starts_with("mix:") || at == spec.npos) return {};
  return {spec.substr(0, at), "lm:" + spec.substr(at + model.size())};
}

explain::Explanation explain_bytes(const Options& options, Terminal& terminal, const std::string& path) {
  const ExplainOptions& wanted = options.explain;
  const Preset& level = presets()[static_cast<size_t>(options.level.value_or(kDefaultLevel) - 1)];
  const CodecSources sources = sources_by_name(options);
  const std::shared_ptr<const Predictor> predictor = make_predictor(codec_text(options).value_or(level.codec), sources);
  const std::string& spec = predictor->info().spec;

  const Bytes text = read_all(path);
  explain::Explanation found;
  found.name = shown_name(path);
  found.size = text.size();
  found.part.first = std::min<uint64_t>(wanted.offset, text.size());
  const uint64_t most = wanted.bytes.value_or(is_html(options.output) ? 64 << 10 : 4 << 10);
  found.part.last = found.part.first + std::min({most, kMostShown, text.size() - found.part.first});
  found.bytes.assign(text.begin() + static_cast<ptrdiff_t>(found.part.first),
                     text.begin() + static_cast<ptrdiff_t>(found.part.last));
  found.as_text = !wanted.hex && explain::is_text(found.bytes);

  const std::vector<std::string> others = wanted.compare.value_or(parts_of(spec));
  const uint64_t block = options.block_size != 0 ? options.block_size : level.block_size;
  ProgressBar bar(terminal, options, {found.name, text.size() * (1 + others.size()), std::nullopt});
  const bool tells = options.json || is_html(options.output);  // a terminal shows no alternatives
  found.views.push_back(
      {spec, explain::costs_of(*predictor, text, block, found.part, tells ? wanted.top : 0, bar.sink())});
  for (const std::string& other : others) {
    const auto beside = make_predictor(other, sources);
    found.views.push_back({beside->info().spec, explain::costs_of(*beside, text, block, found.part, 0, bar.sink())});
  }
  bar.stop();
  return found;
}

bool colours(const Options& options) {
  if (options.explain.color != ColorStyle::kAuto) return options.explain.color == ColorStyle::kAlways;
  const char* const none = std::getenv("NO_COLOR");
  return options.output.empty() && isatty(STDOUT_FILENO) != 0 && (none == nullptr || *none == '\0');
}

}  // namespace

void explain_file(const Options& options, Terminal& terminal) {
  for_each_file(options, terminal, [&](const std::string& path) {
    std::optional<OutputFile> out;  // before the work: what exists is refused at once
    if (!options.output.empty()) {
      out.emplace(Destination{.path = options.output, .chosen = true, .replace = options.force});
    }
    const explain::Explanation found = explain_bytes(options, terminal, path);
    const std::string report = options.json              ? explain::json_report(found)
                               : is_html(options.output) ? explain::html_report(found)
                                                         : explain::terminal_report(found, colours(options));
    if (!out) return print_text(report);
    out->sink().write({reinterpret_cast<const uint8_t*>(report.data()), report.size()});
    out->commit(nullptr);
  });
}

}  // namespace lmzip::cli
