// SPDX-License-Identifier: Apache-2.0
#include "bench/cell.h"

#include <algorithm>
#include <cmath>

namespace lmzip::bench {
namespace {

constexpr uint64_t kPaperParameterBytes = 2;  // float16, section 3.2

double ratio(uint64_t part, uint64_t whole) { return static_cast<double>(part) / static_cast<double>(whole); }

/// Of the single chunks' rates.
std::optional<double> deviation(const Cell& cell, const Tally& tally) {
  const auto n = static_cast<double>(cell.chunks());
  if (n < 2) return {};
  const double mean = static_cast<double>(tally.packed) / n;
  const double variance = (static_cast<double>(tally.packed_squares) - n * mean * mean) / (n - 1);
  return std::sqrt(std::max(0.0, variance)) / (static_cast<double>(cell.raw_bytes()) / n);
}

/// The ways in which a cell's result is counted, as symbols and header rule.
std::vector<std::pair<std::string_view, std::string_view>> countings(const Cell& cell) {
  if (cell.seven_bit) return {{kScaled, kNoHeader}, {kStored, kNoHeader}};
  if (!cell.codec.has_header) return {{kNative, kNoHeader}};
  if (cell.chunk == 0) return {{kNative, kHeaderOnce}};  // of a single file there is but one header
  return {{kNative, kHeaderOnce}, {kNative, kHeaderEach}};
}

void count(const Cell& cell, const Tally& tally, Record& record) {
  record.packed_bytes = tally.packed;
  double factor = 1;
  if (record.header_rule == kHeaderOnce) {
    record.packed_bytes -= std::min(tally.packed, tally.header * (record.chunks - 1));
  } else if (record.symbols == kStored) {
    record.packed_bytes += tally.stored;
  } else if (record.symbols == kScaled && tally.lost_bits < 8 * record.raw_bytes) {
    factor = ratio(8 * record.raw_bytes, 8 * record.raw_bytes - tally.lost_bits);
  }
  record.raw_rate = factor * ratio(record.packed_bytes, record.raw_bytes);
  record.rate_deviation = deviation(cell, tally);
  if (record.rate_deviation) *record.rate_deviation *= factor;
  record.tokens = tally.tokens.tokens;
  record.escapes = tally.tokens.escapes;
  record.misses = tally.tokens.misses;
  if (const uint64_t tokens = record.tokens + record.escapes; tokens > 0) {
    record.bits_per_token = 8 * ratio(tally.packed, tokens);
    record.bytes_per_token = ratio(record.raw_bytes, tokens);
  }
  record.adjusted_rate = record.raw_rate + ratio(record.model_bytes, record.data_bytes);
  record.adjusted_rate_file = record.raw_rate + ratio(record.model_file_bytes, record.data_bytes);
}

}  // namespace

uint64_t Cell::chunks() const {
  if (corpus.corpus == nullptr || codec.codec == nullptr) return 0;
  const uint64_t size = corpus.corpus->bytes().size();
  if (chunk == 0) return 1;
  return stride != 0 ? size / stride : (size + chunk - 1) / chunk;
}

ByteSpan Cell::at(uint64_t index) const {
  const ByteSpan all = corpus.corpus->bytes();
  if (chunk == 0) return all;
  const uint64_t start = index * (stride != 0 ? stride : chunk);
  return all.subspan(start, std::min<uint64_t>(chunk, all.size() - start));
}

uint64_t Cell::raw_bytes() const {
  const uint64_t count = chunks();
  if (count == 0) return 0;
  return chunk != 0 && stride != 0 ? count * chunk : corpus.corpus->bytes().size();
}

void Tally::add(const Tally& other) {
  packed += other.packed;
  packed_squares += other.packed_squares;
  stored += other.stored;
  lost_bits += other.lost_bits;
  symbols += other.symbols;
  tokens += other.tokens;
  encode_nanoseconds += other.encode_nanoseconds;
  decode_nanoseconds += other.decode_nanoseconds;
}

std::vector<Record> identities(const Cell& cell, const Provenance& provenance) {
  Record record;
  record.table = cell.table;
  record.corpus = cell.corpus.name;
  record.codec = cell.codec.spec;
  record.chunk = cell.chunk;
  record.absent = cell.corpus.absent.empty() ? cell.codec.absent : cell.corpus.absent;
  record.version = provenance.version;
  record.isa = provenance.isa;
  record.seed = provenance.seed;
  record.chunks = cell.chunks();
  record.raw_bytes = cell.raw_bytes();
  if (cell.corpus.corpus != nullptr) {
    record.corpus = cell.corpus.corpus->info().name;
    record.kind = name_of(cell.corpus.corpus->info().kind);
    record.corpus_digest = cell.corpus.corpus->info().sha256;
  }
  if (cell.codec.codec != nullptr) {
    const CompressorInfo& info = cell.codec.codec->info();
    record.codec = info.spec;
    record.model_digest = info.model_digest;
    record.top = info.top;
    record.parameters = info.parameters;
    record.model_bytes = kPaperParameterBytes * info.parameters;
    record.model_file_bytes = info.parameter_bytes;
  }
  if (cell.table == kTokenization) record.vocabulary = cell.codec.vocabulary;

  std::vector<Record> all;
  for (const auto& [symbols, header_rule] : countings(cell)) {
    record.symbols = symbols;
    record.header_rule = header_rule;
    for (const uint64_t size : cell.data_sizes.empty() ? std::vector{record.raw_bytes} : cell.data_sizes) {
      record.data_bytes = size;
      all.push_back(record);
    }
  }
  return all;
}

std::vector<Record> results(const Cell& cell, const Provenance& provenance, const Tally& tally, bool verified) {
  std::vector<Record> records = identities(cell, provenance);
  for (Record& record : records) {
    count(cell, tally, record);
    record.verified = verified;
    record.encode_seconds = 1e-9 * static_cast<double>(tally.encode_nanoseconds);
    record.decode_seconds = 1e-9 * static_cast<double>(tally.decode_nanoseconds);
    if (cell.table == kTokenization && record.tokens == 0) {
      record.bytes_per_token = cell.codec.tokenizer != nullptr ? ratio(record.raw_bytes, tally.symbols) : 1;
    }
  }
  return records;
}

}  // namespace lmzip::bench
