// SPDX-License-Identifier: Apache-2.0
#include "codec/code_length_predictor.h"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/lookahead.h"
#include "lmzip/error.h"
#include "predict/lane_session.h"

namespace lmzip::codec {
namespace {

/// `table` in proportion to `weights`, some of which are above 0: exact in the ratio of two whose quotient is a power
/// of two, as far as frequencies have room for the smaller one; but each is at least 1.
void assign(FrequencyTable& table, const Lookahead::Weights& weights) {
  const double heaviest = *std::max_element(weights.begin(), weights.end());
  std::array<uint32_t, 256> frequencies;
  uint64_t total = 0;
  for (uint32_t scale = FrequencyTable::kMaxTotal; total == 0 || total > FrequencyTable::kMaxTotal; scale /= 2) {
    total = 0;
    for (size_t i = 0; i < weights.size(); ++i) {
      frequencies[i] = std::max(1u, static_cast<uint32_t>(weights[i] / heaviest * scale));
      total += frequencies[i];
    }
  }
  table.assign(frequencies);
}

class CodeLengthModel {
 public:
  CodeLengthModel(std::shared_ptr<const CodeLengthMeter> meter, const CodeLengthOptions& options)
      : window_(options.window),
        horizon_(options.horizon),
        block_(meter, options),
        one_byte_(meter, only_next(options)) {
    history_.reserve(window_ + horizon_);
  }

  void forecast(FrequencyTable& table) {
    while (!searched_) {
      const size_t left = block_.search(window_before(fed_), ByteSpan(history_).last(fed_));
      fed_ -= left;
      searched_ = left == 0;
    }
    Lookahead::Weights weights = block_.weights();
    if (std::all_of(weights.begin(), weights.end(), [](double weight) { return weight == 0; })) {
      one_byte_.search(window_before(0), {});
      weights = one_byte_.weights();
    }
    assign(table, weights);
  }

  void advance(Symbol symbol) {
    const auto byte = static_cast<uint8_t>(symbol);
    history_.push_back(byte);
    ++fed_;
    if (++beat_ == horizon_) {
      beat_ = 0;
      begin_block();
    } else if (searched_ && !block_.follow(byte)) {
      begin_block();
    }
    const size_t needed = window_ + fed_;
    if (history_.size() > needed) history_.erase(history_.begin(), history_.end() - static_cast<ptrdiff_t>(needed));
  }

 private:
  static CodeLengthOptions only_next(CodeLengthOptions options) {
    options.horizon = 1;
    return options;
  }

  void begin_block() {
    fed_ = 0;
    searched_ = false;
  }

  /// What a search that begins before the last `fed` bytes looks at.
  ByteSpan window_before(size_t fed) const {
    const ByteSpan before = ByteSpan(history_).first(history_.size() - fed);
    return before.last(std::min(window_, before.size()));
  }

  size_t window_;
  size_t horizon_;
  Lookahead block_;
  Lookahead one_byte_;
  Bytes history_;
  size_t beat_ = 0;        ///< bytes since the last multiple of the horizon
  size_t fed_ = 0;         ///< of those, since the block began or may have begun
  bool searched_ = false;  ///< the block began fed_ bytes ago, and its candidates are known
};

CodeLengthOptions checked(const CodeLengthOptions& options) {
  if (options.horizon < 1 || options.horizon > kMaxHorizon || options.beam < 1 || options.beam > kMaxBeam ||
      options.threads < 1) {
    throw Error(ErrorKind::kUsage, "a horizon is 1-256 bytes, a beam 1-4096 strings, and there is at least one thread");
  }
  return options;
}

}  // namespace

CodeLengthPredictor::CodeLengthPredictor(std::shared_ptr<const Compressor> compressor, CodeLengthOptions options)
    : options_(checked(options)), meter_(std::make_shared<CodeLengthMeter>(compressor, options.threads)) {
  const CompressorInfo& codec = compressor->info();
  const size_t longest = options_.window + options_.horizon;
  const auto per_string = static_cast<uint64_t>(codec.bytes_per_byte * static_cast<double>(longest));
  const size_t candidates = 256 * (options_.horizon == 1 ? 1 : options_.beam);
  info_ = {.spec = "length-" + codec.spec,
           .alphabet = 256,
           .context_length = options_.horizon == 1 ? options_.window : 0,
           .numerics = Numerics::kHostBound,
           .parameter_bytes = codec.parameter_bytes,
           .lane_bytes = options_.threads * (codec.fixed_bytes + per_string + 256 * (longest + sizeof(ByteSpan))) +
                         candidates * 4 * sizeof(double) + options_.beam * options_.horizon * 25 + 2 * longest +
                         sizeof(CodeLengthModel) + 257 * sizeof(uint32_t)};
}

std::unique_ptr<Session> CodeLengthPredictor::open(int lanes) const {
  return std::make_unique<predict::LaneSession<CodeLengthModel>>(lanes, meter_, options_);
}

}  // namespace lmzip::codec
