// SPDX-License-Identifier: Apache-2.0
#include "cli/sample_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <numeric>
#include <utility>

#include "cli/models.h"
#include "cli/progress_bar.h"
#include "lmzip/error.h"
#include "lmzip/registry.h"

namespace lmzip::cli {

std::vector<Generator> find_generators(const SampleOptions& options, std::span<const std::string> specs,
                                       size_t prompts) {
  const CodecSources sources = sources_by_name(options.common);
  CodeLengthOptions lengths = options.lengths;
  // Threads have more to do each when they share prompts; what is left over shares the candidates of one.
  lengths.threads =
      std::max<unsigned>(1, options.common.threads / static_cast<unsigned>(std::min<size_t>(prompts, 256)));
  std::vector<Generator> generators;
  for (const std::string& spec : specs) {
    Options named = options.common;
    named.codec = spec;
    const bool takes_model = spec.starts_with("lm") || spec.starts_with("torch") || spec.starts_with("checkpoint");
    const std::string text = named.model && takes_model && spec.find(':') == spec.npos ? *codec_text(named) : spec;
    generators.push_back({text, make_predictor(text, sources, lengths)});
  }
  return generators;
}

size_t Generated::bytes() const {
  size_t all = 0;
  for (const sample::Continuation& one : continuations) all += one.bytes.size();
  return all;
}

double Generated::bits_per_byte() const {
  double bits = 0;
  for (const sample::Continuation& one : continuations) bits = std::accumulate(one.bits.begin(), one.bits.end(), bits);
  return bytes() == 0 ? 0 : bits / static_cast<double>(bytes());
}

std::string Generated::summary() const {
  std::string text = fmt::format("{} byte{}", bytes(), bytes() == 1 ? "" : "s");
  if (bytes() > 0) text += fmt::format(", {:.2f} bits each", bits_per_byte());
  text += fmt::format(", {:.2f} s", seconds);
  if (bytes_a_second > 0) text += fmt::format(", {:.0f} bytes/s", bytes_a_second);
  return text;
}

Generated generate(const SampleOptions& options, Terminal& terminal, const Generator& generator,
                   const GenerateRequest& request) {
  std::vector<ByteSpan> prompts(request.prompts.begin(), request.prompts.end());
  uint64_t total = request.bytes * prompts.size();
  for (ByteSpan& prompt : prompts) {
    if (options.window) prompt = prompt.last(std::min<size_t>(prompt.size(), *options.window));
    total += prompt.size();
  }
  Options common = options.common;
  if (!request.draw_progress && common.progress == ProgressStyle::kAuto) common.progress = ProgressStyle::kNever;
  Generated made;
  {
    ProgressBar bar(terminal, common, {generator.spec, total, std::nullopt});
    using Clock = std::chrono::steady_clock;
    const auto since = [](Clock::time_point then) {
      return std::chrono::duration<double>(Clock::now() - then).count();
    };
    const Clock::time_point start = Clock::now();
    Clock::time_point first;
    size_t told = 0;
    const auto listen = [&](size_t prompt, ByteSpan bytes, std::span<const float> bits) {
      if (std::exchange(told, told + bytes.size()) == 0) first = Clock::now();
      if (request.listener) request.listener(prompt, bytes, bits);
    };
    made.continuations = sample::continue_prompts(
        generator.predictor, prompts,
        {.bytes = request.bytes, .shaping = options.shaping, .seed = options.seed, .threads = options.common.threads},
        bar.sink(), listen);
    made.seconds = since(start);
    if (told > 1) made.bytes_a_second = static_cast<double>(told - 1) / since(first);
  }
  return made;
}

void report(const SampleOptions& options, Terminal& terminal, const std::string& label, const Generated& made) {
  const bool wanted = options.common.verbosity > 0 || (options.common.verbosity == 0 && terminal.interactive());
  if (wanted) terminal.note(fmt::format("{}: {}", label, made.summary()));
}

std::string path_for(const std::string& path, const std::string& name) {
  if (path.empty()) return path;
  std::string plain;
  for (const char c : name) {
    const bool keeps = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_';
    plain += keeps ? c : '-';
  }
  const size_t slash = path.rfind('/'), dot = path.rfind('.');
  const bool has_extension = dot != path.npos && dot > 0 && (slash == path.npos || dot > slash + 1);
  return std::string(path).insert(has_extension ? dot : path.size(), "-" + plain);
}

std::unique_ptr<OutputFile> open_output(const SampleOptions& options, const std::string& path, std::string_view what) {
  auto output = std::make_unique<OutputFile>(Destination{.path = path, .chosen = true, .replace = options.force});
  if (!options.force) refuse_terminal(output->fd(), "written to", what);
  return output;
}

void finish(OutputFile& output, ByteSpan bytes) {
  output.sink().write(bytes);
  output.commit(nullptr);
}

}  // namespace lmzip::cli
