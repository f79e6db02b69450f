// SPDX-License-Identifier: Apache-2.0
// lmzip bench speed: codecs side by side on this machine.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file_io.h"
#include "bench/speed.h"
#include "cli/commands/bench_commands.h"
#include "cli/input_file.h"
#include "cli/models.h"
#include "cli/names.h"
#include "cli/progress_bar.h"
#include "cli/signals.h"
#include "kernels/isa.h"
#include "lmzip/error.h"

namespace lmzip::cli {
namespace {

/// So much of a text is measured where no file was given: some seconds for the slowest codec.
constexpr size_t kBabbleSize = size_t{256} << 10;

/// The most that is taken of a file: this command holds it in memory.
constexpr uint64_t kMostBytes = uint64_t{1} << 30;

/// What is compared when nothing was asked for: the levels' fastest, default and neighbours, and every model there is.
std::vector<std::string> usual_codecs(const BenchOptions& options) {
  std::vector<std::string> specs{"gzip:9", "lzma2:6", "mix:1", "mix:5"};
  for (const ModelEntry& entry : model_store(options.common).list()) specs.push_back("lm:" + entry.name);
  return specs;
}

Bytes data_of(const BenchOptions& options) {
  if (options.files.empty()) return bench::babble(kBabbleSize);
  if (options.files.size() > 1) throw Error(ErrorKind::kUsage, "bench speed: takes one file");
  const InputFile in(options.files[0], InputPolicy::kAnything);
  base::FdSource source(in.fd(), stop_fd());
  Bytes data;
  Bytes piece(size_t{1} << 20);
  while (data.size() < kMostBytes) {
    const size_t size = source.read(piece.data(), piece.size());
    if (size == 0) break;
    data.insert(data.end(), piece.begin(), piece.begin() + static_cast<ptrdiff_t>(size));
  }
  if (data.empty()) throw Error(ErrorKind::kUsage, "bench speed: the file is empty");
  return data;
}

double kilobytes_per_second(const bench::SpeedResult& result, double seconds) {
  return seconds > 0 ? static_cast<double>(result.raw_bytes) / 1000 / seconds : 0;
}

}  // namespace

void bench_speed(const BenchOptions& options, Terminal& terminal) {
  const Bytes data = data_of(options);
  const std::vector<std::string> specs = options.codecs.empty() ? usual_codecs(options) : options.codecs;
  const std::string isa(kernels::isa_name(kernels::isa_bound()));
  if (!(options.format == bench::ReportFormat::kJsonLines)) {
    print_text(fmt::format("{:<24}{:>10}{:>12}{:>12}{:>14}{:>14}\n", "codec", "bits/byte", "compress", "decompress",
                           "compress", "decompress"));
    print_text(fmt::format("{:<34}{:>12}{:>12}{:>14}{:>14}\n", "", "KB/s", "KB/s", "KB/s of CPU", "KB/s of CPU"));
  }
  for (const std::string& spec : specs) {
    const auto codec = make_compressor(spec, sources_by_name(options.common));
    bench::SpeedOptions settings{.block_size = options.blocks[0],
                                 .lanes = options.lanes[0],
                                 .threads = options.threads[0],
                                 .runs = options.runs};
    ProgressBar bar(terminal, options.common, {spec, 2 * settings.runs * data.size(), std::nullopt});
    const bench::SpeedResult result = bench::measure_speed(*codec, data, settings, bar.sink());
    bar.finish(0, 0);
    const double bits = 8 * static_cast<double>(result.packed_bytes) / static_cast<double>(result.raw_bytes);
    if ((options.format == bench::ReportFormat::kJsonLines)) {
      const nlohmann::ordered_json object{{"codec", result.codec},
                                          {"raw_bytes", result.raw_bytes},
                                          {"packed_bytes", result.packed_bytes},
                                          {"bits_per_byte", bits},
                                          {"compress_seconds", result.compress_seconds},
                                          {"decompress_seconds", result.decompress_seconds},
                                          {"compress_cpu_seconds", result.compress_cpu_seconds},
                                          {"decompress_cpu_seconds", result.decompress_cpu_seconds},
                                          {"block_size", settings.block_size},
                                          {"lanes", result.lanes},
                                          {"threads", settings.threads},
                                          {"runs", settings.runs},
                                          {"isa", isa},
                                          {"verified", true}};
      print_text(object.dump() + "\n");
      continue;
    }
    print_text(fmt::format("{:<24}{:>10.3f}{:>12.1f}{:>12.1f}{:>14.1f}{:>14.1f}\n", result.codec, bits,
                           kilobytes_per_second(result, result.compress_seconds),
                           kilobytes_per_second(result, result.decompress_seconds),
                           kilobytes_per_second(result, result.compress_cpu_seconds),
                           kilobytes_per_second(result, result.decompress_cpu_seconds)));
  }
  if ((options.format == bench::ReportFormat::kJsonLines)) return;
  print_text(fmt::format(
      "{} bytes{}, {} threads, {} kernels; medians of {} runs; every block was restored and compared.\n", data.size(),
      options.files.empty() ? " of made-up words (their rate means nothing)" : "", options.threads[0], isa, options.runs));
}

}  // namespace lmzip::cli
