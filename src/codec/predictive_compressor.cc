// SPDX-License-Identifier: Apache-2.0
#include "codec/predictive_compressor.h"

#include <algorithm>
#include <utility>

#include "lmzip/arithmetic_coder.h"
#include "lmzip/error.h"

namespace lmzip::codec {
namespace {

/// Raw bytes, of all lanes, between two reports of progress. A stop request is looked for at every byte, as the slowest
/// predictors need milliseconds for each.
constexpr uint64_t kReportBytes = 4096;

/// The binary tables that the coder has a fast path for. It writes the same code as the general one.
bool is_bit(const FrequencyTable& table) { return table.size() == 2 && table.total() == FrequencyTable::kBitTotal; }

/// `width` bits of a byte, those above `shift`.
Symbol symbol_of(uint8_t byte, int shift, int width) { return (byte >> shift) & ((1u << width) - 1); }

/// One block on its way into code.
class EncodingLane {
 public:
  EncodingLane(ByteSpan raw, Bytes& packed) : raw_(raw), coder_(packed) {}

  size_t size() const { return raw_.size(); }
  ByteSpan known() const { return raw_; }

  Symbol code(const FrequencyTable& table, size_t at, int shift, int width) {
    const Symbol symbol = symbol_of(raw_[at], shift, width);
    if (is_bit(table)) {
      coder_.encode_bit(symbol != 0, table.bit());
    } else {
      coder_.encode(symbol, table);
    }
    return symbol;
  }

  void finish() { coder_.finish(); }

 private:
  ByteSpan raw_;
  ArithmeticEncoder coder_;
};

/// One block that is only weighed.
class MeasuringLane {
 public:
  MeasuringLane(ByteSpan raw, double& bits) : raw_(raw), bits_(bits) {}

  size_t size() const { return raw_.size(); }
  ByteSpan known() const { return raw_; }

  Symbol code(const FrequencyTable& table, size_t at, int shift, int width) {
    const Symbol symbol = symbol_of(raw_[at], shift, width);
    bits_ += table.bits(symbol);
    return symbol;
  }

  void finish() {}

 private:
  ByteSpan raw_;
  double& bits_;
};

/// One block on its way back. `raw` has its final size and is zero.
class DecodingLane {
 public:
  DecodingLane(ByteSpan packed, Bytes& raw) : raw_(raw), coder_(packed) {}

  size_t size() const { return raw_.size(); }
  ByteSpan known() const { return {}; }

  Symbol code(const FrequencyTable& table, size_t at, int shift, int) {
    const Symbol symbol = is_bit(table) ? Symbol{coder_.decode_bit(table.bit())} : coder_.decode(table);
    raw_[at] = static_cast<uint8_t>(raw_[at] | symbol << shift);
    return symbol;
  }

  void finish() {}

 private:
  std::span<uint8_t> raw_;
  ArithmeticDecoder coder_;
};

}  // namespace

PredictiveCompressor::PredictiveCompressor(std::shared_ptr<const Predictor> predictor)
    : predictor_(std::move(predictor)) {
  const PredictorInfo& model = predictor_->info();
  if (model.alphabet != 2 && model.alphabet != 256) {
    throw Error(ErrorKind::kUsage, model.spec + ": predicts neither bits nor bytes");
  }
  info_ = {.spec = model.spec,
           .numerics = model.numerics,
           .parameter_bytes = model.parameter_bytes,
           .parameters = model.parameters,
           .fixed_bytes = model.lane_bytes,
           .bytes_per_byte = model.bytes_per_byte,
           .model_digest = model.model_digest,
           .probe_digest = model.probe_digest};
  info_.preferred_lanes = model.preferred_lanes;
  if (!model.model_digest.empty()) info_.preferred_block_size = kTrainedBlockSize;
  name_ = model.spec.substr(0, model.spec.find_first_of(":,"));
}

/// The one loop that all directions run: what differs is only whether a lane's symbol comes from its block or from its
/// code. So encoder and decoder cannot see different forecasts.
template <typename Lane>
void PredictiveCompressor::code_lanes(std::span<Lane> lanes, ProgressSink& progress) const {
  progress.check();
  const auto session = predictor_->open(static_cast<int>(lanes.size()));
  const int width = predictor_->info().alphabet == 2 ? 1 : 8;
  size_t longest = 0;
  for (size_t i = 0; i < lanes.size(); ++i) {
    longest = std::max(longest, lanes[i].size());
    if (width == 8 && !lanes[i].known().empty()) session->foresee(static_cast<int>(i), lanes[i].known());
  }

  std::vector<Symbol> next(lanes.size(), kIdle);
  uint64_t unreported = 0;
  for (size_t at = 0; at < longest; ++at) {
    for (int shift = 8 - width; shift >= 0; shift -= width) {
      for (size_t i = 0; i < lanes.size(); ++i) {
        next[i] =
            at < lanes[i].size() ? lanes[i].code(session->forecast(static_cast<int>(i)), at, shift, width) : kIdle;
      }
      session->advance(next);
    }
    for (const Lane& lane : lanes) unreported += at < lane.size();
    if (unreported >= kReportBytes) progress.advance(std::exchange(unreported, 0));
    progress.check();
  }
  for (Lane& lane : lanes) lane.finish();
  progress.advance(unreported);
}

template <typename Lane>
void PredictiveCompressor::code_all(std::vector<Lane>& lanes, ProgressSink& progress) const try {
  const size_t group = predictor_->info().preferred_lanes;
  for (size_t first = 0; first < lanes.size(); first += group) {
    code_lanes(std::span(lanes).subspan(first, std::min(group, lanes.size() - first)), progress);
  }
} catch (const Error& error) {
  throw error.kind() == ErrorKind::kCancelled ? error : error.within(name_);
}

std::vector<Bytes> PredictiveCompressor::compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const {
  std::vector<Bytes> packed(blocks.size());
  std::vector<EncodingLane> lanes;
  for (size_t i = 0; i < blocks.size(); ++i) lanes.emplace_back(blocks[i], packed[i]);
  code_all(lanes, progress);
  return packed;
}

std::vector<double> PredictiveCompressor::ideal_bits(std::span<const ByteSpan> blocks, ProgressSink& progress) const {
  std::vector<double> bits(blocks.size());
  std::vector<MeasuringLane> lanes;
  for (size_t i = 0; i < blocks.size(); ++i) lanes.emplace_back(blocks[i], bits[i]);
  code_all(lanes, progress);
  return bits;
}

std::vector<Bytes> PredictiveCompressor::decompress(std::span<const ByteSpan> packed, std::span<const size_t> raw_sizes,
                                                    ProgressSink& progress) const {
  std::vector<Bytes> raw(packed.size());
  std::vector<DecodingLane> lanes;
  for (size_t i = 0; i < packed.size(); ++i) {
    raw[i].resize(raw_sizes[i]);
    lanes.emplace_back(packed[i], raw[i]);
  }
  code_all(lanes, progress);
  return raw;
}

}  // namespace lmzip::codec
