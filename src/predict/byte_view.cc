// SPDX-License-Identifier: Apache-2.0
#include "predict/byte_view.h"

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "lmzip/error.h"

namespace lmzip::predict {
namespace {

constexpr Symbol kBytes = 256;
/// What the probabilities of all bytes sum to. Times a frequency (at most 2^24) it still fits 64 bits.
constexpr uint64_t kCertain = uint64_t{1} << 39;

class ByteViewSession final : public Session {
 public:
  explicit ByteViewSession(std::unique_ptr<Session> bits)
      : bits_(std::move(bits)), tables_(static_cast<size_t>(bits_->lanes())), next_(tables_.size(), kIdle) {}

  int lanes() const override { return bits_->lanes(); }

  const FrequencyTable& forecast(int lane) override {
    Table& chosen = tables_[static_cast<size_t>(lane)];
    if (!chosen.fresh) {
      look(lane, 1, kCertain);
      chosen.table.assign(frequencies_);
      chosen.fresh = true;
    }
    return chosen.table;
  }

  void advance(std::span<const Symbol> next) override {
    for (int shift = 7; shift >= 0; --shift) {
      for (size_t lane = 0; lane < next.size(); ++lane)
        next_[lane] = next[lane] == kIdle ? kIdle : next[lane] >> shift & 1;
      bits_->advance(next_);
    }
    for (size_t lane = 0; lane < next.size(); ++lane) {
      next_[lane] = kIdle;
      tables_[lane].fresh &= next[lane] == kIdle;
    }
  }

 private:
  /// Finds the frequencies of all bytes that begin with the bits of `partial` (highest first, behind a leading one),
  /// which have been fed to `lane` and together have the probability `p`.
  void look(int lane, uint32_t partial, uint64_t p) {
    const FrequencyTable& table = bits_->forecast(lane);
    const uint64_t one = p * (table.high(1) - table.low(1)) / table.total();
    const std::array<uint64_t, 2> either = {p - one, one};
    Symbol& next = next_[static_cast<size_t>(lane)];
    for (const Symbol bit : {0u, 1u}) {
      const uint32_t longer = partial << 1 | bit;
      if (longer >= kBytes) {  // the bit itself need not be fed
        frequencies_[longer - kBytes] =
            1 + static_cast<uint32_t>(either[bit] * (FrequencyTable::kMaxTotal - kBytes) / kCertain);
        continue;
      }
      bits_->mark(lane);
      next = bit;
      bits_->advance(next_);
      look(lane, longer, either[bit]);
      bits_->rewind(lane);
    }
    next = kIdle;
  }

  struct Table {
    FrequencyTable table;
    bool fresh = false;  ///< table belongs to the lane's present state
  };
  std::unique_ptr<Session> bits_;
  std::vector<Table> tables_;
  std::array<uint32_t, kBytes> frequencies_{};
  std::vector<Symbol> next_;  ///< what is fed to the lanes of bits_; idle but while it is used
};

class ByteView final : public Predictor {
 public:
  explicit ByteView(std::shared_ptr<const Predictor> bits) : bits_(std::move(bits)), info_(bits_->info()) {
    info_.alphabet = kBytes;
    info_.context_length = (info_.context_length + 7) / 8;
    info_.lane_bytes += (kBytes + 1) * sizeof(uint32_t);
  }
  const PredictorInfo& info() const override { return info_; }
  std::unique_ptr<Session> open(int lanes) const override {
    return std::make_unique<ByteViewSession>(bits_->open(lanes));
  }

 private:
  std::shared_ptr<const Predictor> bits_;
  PredictorInfo info_;
};

}  // namespace

std::shared_ptr<const Predictor> make_byte_view(std::shared_ptr<const Predictor> bits) {
  if (const PredictorInfo& info = bits->info(); info.alphabet != 2) {
    throw Error(ErrorKind::kUsage,
                info.spec + ": predicts one of " + std::to_string(info.alphabet) + " symbols, not bits");
  }
  return std::make_shared<ByteView>(std::move(bits));
}

}  // namespace lmzip::predict
