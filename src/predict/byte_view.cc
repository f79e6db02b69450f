// SPDX-License-Identifier: Apache-2.0
#include "predict/byte_view.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "lmzip/error.h"

namespace lmzip::predict {
namespace {

constexpr Symbol kBytes = 256;

/// One walk over the tree of a byte's bits. All 127 places within it surprise the model but for a few, and it learns
/// most from surprises: hence the price.
class Look {
 public:
  Look(Session& bits, int lane)
      : bits_(bits),
        lane_(lane),
        next_(static_cast<size_t>(bits.lanes()), kIdle),
        symbol_(next_[static_cast<size_t>(lane)]) {}

  std::array<uint64_t, kBytes> at_all() {
    at(1, kCertain);
    return found_;
  }

 private:
  /// Finds all bytes that begin with the bits of `partial` (highest first, behind a leading one), which have been fed
  /// and together have the probability `p`.
  void at(uint32_t partial, uint64_t p) {
    const FrequencyTable& table = bits_.forecast(lane_);
    const uint64_t one = p * (table.high(1) - table.low(1)) / table.total();
    const std::array<uint64_t, 2> either = {p - one, one};
    for (const Symbol bit : {0u, 1u}) {
      const uint32_t longer = partial << 1 | bit;
      if (longer >= kBytes) {  // the bit itself need not be fed
        found_[longer - kBytes] = either[bit];
        continue;
      }
      bits_.mark(lane_);
      symbol_ = bit;
      bits_.advance(next_);
      at(longer, either[bit]);
      bits_.rewind(lane_);
    }
  }

  Session& bits_;
  const int lane_;
  std::vector<Symbol> next_;  ///< what is fed to the lanes; idle but for one
  Symbol& symbol_;            ///< of that
  std::array<uint64_t, kBytes> found_{};
};

class ByteViewSession final : public Session {
 public:
  explicit ByteViewSession(std::unique_ptr<Session> bits)
      : bits_(std::move(bits)), tables_(static_cast<size_t>(bits_->lanes())), next_(tables_.size(), kIdle) {}

  int lanes() const override { return bits_->lanes(); }

  const FrequencyTable& forecast(int lane) override {
    Table& chosen = tables_[static_cast<size_t>(lane)];
    if (!chosen.fresh) {
      const std::array<uint64_t, kBytes> found = look_at_bytes(*bits_, lane);
      std::array<uint32_t, kBytes> frequencies;
      std::ranges::transform(found, frequencies.begin(), [](uint64_t p) {
        return 1 + static_cast<uint32_t>(p * (FrequencyTable::kMaxTotal - kBytes) / kCertain);
      });
      chosen.table.assign(frequencies);
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
  struct Table {
    FrequencyTable table;
    bool fresh = false;  ///< table belongs to the lane's present state
  };
  std::unique_ptr<Session> bits_;
  std::vector<Table> tables_;
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

std::array<uint64_t, 256> look_at_bytes(Session& bits, int lane) { return Look(bits, lane).at_all(); }

std::shared_ptr<const Predictor> make_byte_view(std::shared_ptr<const Predictor> bits) {
  if (const PredictorInfo& info = bits->info(); info.alphabet != 2) {
    throw Error(ErrorKind::kUsage,
                info.spec + ": predicts one of " + std::to_string(info.alphabet) + " symbols, not bits");
  }
  return std::make_shared<ByteView>(std::move(bits));
}

}  // namespace lmzip::predict
