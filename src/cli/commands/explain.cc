// SPDX-License-Identifier: Apache-2.0
// lmzip explain: where the bits of a file go.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "cli/commands/commands.h"
#include "cli/input_file.h"
#include "cli/input_plan.h"
#include "cli/models.h"
#include "cli/names.h"
#include "cli/output_file.h"
#include "cli/peeked_source.h"
#include "cli/plan.h"
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
constexpr uint64_t kMostNumbers = uint64_t{4} << 20;  ///< of a picture or sound

Bytes read_all(Source& source) {
  Bytes all =
      container::read_growing(kMostRead + 1, [&](uint8_t* data, size_t size) { return source.read(data, size); });
  if (all.size() > kMostRead) throw Error(ErrorKind::kLimit, "explain reads files of up to 64 MiB; cut a piece out");
  return all;
}

bool is_html(std::string_view path) { return path.ends_with(".html") || path.ends_with(".htm"); }

/// What "mix:5,model=NAME" is made of, mixing alone and the network alone; of pixels and samples the model without a
/// network, and what the level would be without either.
std::vector<std::string> parts_of(const std::string& spec, const CompressionPlan& general, bool numbers) {
  const std::string_view model = ",model=";
  const size_t at = spec.find(model);
  std::vector<std::string> parts;
  if (at != spec.npos) parts.push_back(spec.substr(0, at));
  if (numbers) {
    const std::string all = general.codec->info().spec;
    parts.push_back(all.substr(0, all.find(model)));
  } else if (at != spec.npos && spec.starts_with("mix:")) {
    parts.push_back("lm:" + spec.substr(at + model.size()));
  }
  return parts;
}

/// How a file shows its numbers, which compressing need not know: BMP files put blue first, and the lowest row unless
/// the height is negative.
void tell_how_to_show(explain::Explanation& found, ByteSpan file) {
  const bool bmp = file.size() > 25 && file[0] == 'B' && file[1] == 'M';
  found.blue_first = bmp;
  found.upwards = bmp && file[25] < 128;
}

explain::Explanation explain_bytes(const Options& options, Terminal& terminal, const std::string& path) {
  const ExplainOptions& wanted = options.explain;
  const InputFile in(path, InputPolicy::kAnything);
  base::FdSource file(in.fd(), stop_fd());
  PeekedSource source(file);
  const CompressionPlan general = plan_level(options, options.level.value_or(kDefaultLevel));
  const CompressionPlan plan = plan_input(options, general, source);
  const CodecSources sources = sources_by_name(options);
  const std::shared_ptr<const Predictor> predictor = make_predictor(plan.codec->info().spec, sources);
  const std::string& spec = predictor->info().spec;

  const Bytes all = read_all(source);
  explain::Explanation found;
  found.name = shown_name(path);
  found.size = all.size();
  found.part.first = std::min<uint64_t>(wanted.offset, all.size());
  const bool page = is_html(options.output);
  if (!wanted.hex && !options.json) found.numbers = plan.numbers;
  const uint64_t usual = found.numbers ? kMostNumbers : page ? 64 << 10 : 4 << 10;
  const uint64_t most = std::min(wanted.bytes.value_or(usual), found.numbers ? kMostNumbers : kMostShown);
  found.part.last = found.part.first + std::min(most, all.size() - found.part.first);
  found.bytes.assign(all.begin() + static_cast<ptrdiff_t>(found.part.first),
                     all.begin() + static_cast<ptrdiff_t>(found.part.last));
  found.as_text = !wanted.hex && explain::is_text(found.bytes);
  tell_how_to_show(found, all);

  const std::vector<std::string> others = wanted.compare.value_or(parts_of(spec, general, plan.numbers.has_value()));
  const uint64_t block = plan.write.block_size;
  ProgressBar bar(terminal, options, {found.name, all.size() * (1 + others.size()), std::nullopt});
  const bool tells = (options.json || page) && !found.numbers;  // others show no alternatives
  found.views.push_back(
      {spec, explain::costs_of(*predictor, all, block, found.part, tells ? wanted.top : 0, bar.sink())});
  for (const std::string& other : others) {
    const auto beside = make_predictor(other, sources);
    found.views.push_back({beside->info().spec, explain::costs_of(*beside, all, block, found.part, 0, bar.sink())});
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
