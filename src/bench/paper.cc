// SPDX-License-Identifier: Apache-2.0
// The numbers of Delétang et al., "Language Modeling Is Compression", arXiv 2309.10668v2, Table 1.
#include "bench/paper.h"

#include <algorithm>

#include "bench/record.h"

namespace lmzip::bench {
namespace {

/// A row in %, as printed. Adjusted rates of codecs without weights are the raw ones.
struct Row {
  uint64_t chunk;
  std::string_view codec;
  std::string_view model;
  double raw[4];
  double adjusted[4];
};

constexpr Row kRows[] = {
    {0, "gzip", "", {32.3, 70.7, 36.4, 100.0}, {32.3, 70.7, 36.4, 100.0}},
    {0, "lzma2", "", {23.0, 57.9, 29.9, 100.0}, {23.0, 57.9, 29.9, 100.0}},
    {0, "png", "", {42.9, 58.5, 32.2, 100.0}, {42.9, 58.5, 32.2, 100.0}},
    {0, "flac", "", {89.5, 61.9, 30.9, 107.8}, {89.5, 61.9, 30.9, 107.8}},
    {2048, "gzip", "", {48.1, 68.6, 38.5, 100.1}, {48.1, 68.6, 38.5, 100.1}},
    {2048, "lzma2", "", {50.0, 62.4, 38.2, 100.0}, {50.0, 62.4, 38.2, 100.0}},
    {2048, "png", "", {80.6, 61.7, 37.6, 103.2}, {80.6, 61.7, 37.6, 103.2}},
    {2048, "flac", "", {88.9, 60.9, 30.3, 107.2}, {88.9, 60.9, 30.3, 107.2}},
    {2048, "lm", "paper-200k", {30.9, 194.0, 146.6, 195.5}, {30.9, 194.0, 146.6, 195.5}},
    {2048, "lm", "paper-800k", {21.7, 185.1, 131.1, 200.1}, {21.9, 185.3, 131.3, 200.3}},
    {2048, "lm", "paper-3.2m", {17.0, 215.8, 228.2, 224.0}, {17.7, 216.5, 228.9, 224.7}},
};

/// The first part of a codec's spec, NAME[:VALUE][,OPTION=VALUE]...
struct Head {
  std::string_view name, value;
};

Head head_of(std::string_view spec) {
  spec = spec.substr(0, spec.find(','));
  const size_t colon = std::min(spec.find(':'), spec.size());
  return {spec.substr(0, colon), spec.substr(std::min(colon + 1, spec.size()))};
}

bool same_convention(const Record& record, const Head& head) {
  if (record.table != kTable1) return false;
  // Of one chunk the header is counted once in any case.
  if (record.header_rule == kHeaderEach && record.chunk != 0) return false;
  // The paper masks what its transformers read; in ASCII text that changes almost nothing.
  if (head.name == "lm")
    return record.symbols == kScaled ||
           (record.symbols == kNative && paper_column(record.corpus, record.kind) == size_t{0});
  // Its images are 32 wide, which is what `png` does unless told otherwise.
  return record.symbols == kNative && !(head.name == "png" && record.codec.find(",width=") != std::string::npos);
}

}  // namespace

std::optional<size_t> paper_column(std::string_view corpus, std::string_view kind) {
  const auto named = std::ranges::find(kPaperCorpora, corpus);
  if (named != kPaperCorpora.end()) return static_cast<size_t>(named - kPaperCorpora.begin());
  return kind == "text" ? std::optional<size_t>(0) : std::nullopt;
}

std::optional<PaperRates> paper_rates(const Record& record) {
  const std::optional<size_t> column = paper_column(record.corpus, record.kind);
  const Head head = head_of(record.codec);
  if (!column || !same_convention(record, head)) return std::nullopt;
  for (const Row& row : kRows) {
    if (row.chunk != record.chunk || row.codec != head.name) continue;
    if (!row.model.empty() && row.model != head.value) continue;
    return PaperRates{row.raw[*column] / 100, row.adjusted[*column] / 100};
  }
  return std::nullopt;
}

std::vector<PaperRow> paper_models() {
  return {
      {"Llama 2 (7B)", {.089, .534, .231, 1.032}, {14.089, 14.534, 14.231, 15.032}},
      {"Chinchilla 1B", {.113, .622, .249, 1.088}, {2.113, 2.622, 2.249, 3.088}},
      {"Chinchilla 7B", {.102, .547, .236, 1.016}, {14.102, 14.547, 14.236, 15.016}},
      {"Chinchilla 70B", {.083, .480, .210, 1.008}, {140.083, 140.480, 140.210, 141.008}},
  };
}

}  // namespace lmzip::bench
