// SPDX-License-Identifier: Apache-2.0
#include "codec/code_length_predictor.h"

#include <algorithm>
#include <array>
#include <utility>

#include "predict/lane_session.h"

namespace lmzip::codec {
namespace {

/// Frequency of the bytes with the shortest code: all 256 of them together are the largest total.
constexpr uint32_t kShortestFrequency = FrequencyTable::kMaxTotal / 256;

class CodeLengthModel {
 public:
  CodeLengthModel(std::shared_ptr<const Compressor> compressor, CodeLengthOptions options)
      : compressor_(std::move(compressor)), window_(options.window) {
    history_.reserve(window_ + 1);
  }

  void forecast(FrequencyTable& table) {
    std::array<size_t, 256> lengths;
    history_.push_back(0);
    for (size_t byte = 0; byte < lengths.size(); ++byte) {
      history_.back() = static_cast<uint8_t>(byte);
      lengths[byte] = compressed_length(history_);
    }
    history_.pop_back();

    // len(x) is the same for all candidates: it falls out when the shortest gets the largest frequency.
    const size_t shortest = *std::min_element(lengths.begin(), lengths.end());
    std::array<uint32_t, 256> frequencies;
    std::transform(lengths.begin(), lengths.end(), frequencies.begin(), [shortest](size_t length) {
      const size_t excess_bits = 8 * (length - shortest);
      return excess_bits > 16 ? 1 : kShortestFrequency >> excess_bits;
    });
    table.assign(frequencies);
  }

  void advance(Symbol symbol) {
    history_.push_back(static_cast<uint8_t>(symbol));
    if (history_.size() > window_) history_.erase(history_.begin());
  }

 private:
  size_t compressed_length(ByteSpan bytes) const {
    ProgressSink unwatched;
    return compressor_->compress({&bytes, 1}, unwatched).front().size();
  }

  std::shared_ptr<const Compressor> compressor_;
  size_t window_;
  Bytes history_;
};

}  // namespace

CodeLengthPredictor::CodeLengthPredictor(std::shared_ptr<const Compressor> compressor, CodeLengthOptions options)
    : compressor_(std::move(compressor)), options_(options) {
  const CompressorInfo& codec = compressor_->info();
  const auto per_window = static_cast<uint64_t>(codec.bytes_per_byte * static_cast<double>(options_.window));
  info_ = {.spec = "length-" + codec.spec,
           .alphabet = 256,
           .context_length = options_.window,
           .numerics = Numerics::kHostBound,
           .parameter_bytes = codec.parameter_bytes,
           .lane_bytes =
               codec.fixed_bytes + per_window + 3 * options_.window + sizeof(CodeLengthModel) + 257 * sizeof(uint32_t)};
}

std::unique_ptr<Session> CodeLengthPredictor::open(int lanes) const {
  return std::make_unique<predict::LaneSession<CodeLengthModel>>(lanes, compressor_, options_);
}

}  // namespace lmzip::codec
