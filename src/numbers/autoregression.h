// SPDX-License-Identifier: Apache-2.0
// Linear prediction of sound, solved anew every few samples, in integers.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>

#include "base/fixed_point.h"
#include "kernels/isa.h"

namespace lmzip::numbers {

/// Weighted least squares over kTaps inputs with exponential forgetting: products are gathered kBlock samples at a
/// time, and the normal equations solved by L D L' decomposition (Levinson's recursion would need a stationary signal;
/// this one does not). The last input is a constant. Cost: kTaps^2 / 2 multiplications a sample and kTaps^3 / 6 a
/// solution.
template <size_t kTaps>
class alignas(64) Autoregression {
 public:
  using Inputs = std::array<int32_t, kTaps>;

  struct Options {
    size_t history = kTaps - 1;  ///< inputs that are the samples before, newest first; what follows begins with nothing
    int memory = 4;              ///< what was seen is worth 1 - 2^-memory of it after every kBlock samples
    int regularization = 14;     ///< 2^-regularization of each diagonal entry is added to it
  };

  /// As if it had seen kPrior samples with this autocovariance (12 fractional bits, of entry [lag]).
  template <typename Covariance>
  Autoregression(const Options& options, const Covariance& covariance) : options_(options) {
    while ((int64_t{covariance[0]} * kPrior >> shift_) > (1 << 27)) ++shift_;
    const auto at = [&](size_t lag) { return static_cast<int32_t>((int64_t{covariance[lag]} * kPrior) >> shift_); };
    for (size_t i = 0; i < kTaps; ++i) {
      if (i >= options.history) {
        products_[i][i] = at(0);
        continue;
      }
      for (size_t j = 0; j < options.history; ++j) products_[i][j] = at(i < j ? j - i : i - j);
      targets_[i] = at(i + 1);
      products_[i][i] += at(0) >> 12;
    }
    products_[kTaps - 1][kTaps - 1] = static_cast<int32_t>((int64_t{kPrior} * 50 * 64) >> shift_);
    solve();
  }

  /// The next sample, with `fraction` <= 20 fractional bits.
  LMZIP_INLINE int32_t predict(const Inputs& inputs, int fraction) const {
    int64_t sum = 0;
    for (size_t i = 0; i < kTaps; ++i) sum += int64_t{weights_[i]} * inputs[i];
    return static_cast<int32_t>(sum >> (20 - fraction));
  }

  /// The inputs and what they were to predict; times `factor` >> `shift` they are in 64ths of the error's scale, so
  /// that loud places count no more than quiet ones.
  LMZIP_INLINE void update(const Inputs& inputs, int32_t sample, int32_t factor, int shift) {
    Inputs& row = pending_inputs_[pending_];
    for (size_t i = 0; i < kTaps; ++i) {
      row[i] = std::min(std::max((inputs[i] * factor) >> shift, -kLimit), kLimit);
    }
    pending_targets_[pending_] = std::clamp((sample * factor) >> shift, -kLimit, kLimit);
    ++pending_;
    // At first what little has been heard is used at once.
    const bool early = heard_ < 128 && pending_ == 4;
    heard_ += heard_ < 128;
    if (pending_ == kBlock || early) {
      gather();
      solve();
    }
  }

 private:
  static constexpr size_t kBlock = 16;
  static constexpr int32_t kLimit = 8191;       // sums of kBlock products are below 2^30
  static constexpr int32_t kLargest = 1 << 29;  // so that these can be added to what is kept
  static constexpr int32_t kPrior = 40;
  static_assert(kTaps % 8 == 0);

  LMZIP_INLINE void gather() {
    int memory = options_.memory;
    for (size_t samples = pending_; samples <= kBlock / 2; samples *= 2) ++memory;
    int32_t largest = 0;
    for (size_t i = 0; i < kTaps; ++i) {
      Inputs& row = products_[i];
      for (size_t first = 0; first <= i; first += 8) {  // the lower triangle, in whole vectors
        std::array<int32_t, 8> sums{};
        for (size_t b = 0; b < pending_; ++b) {
          for (size_t j = 0; j < 8; ++j) sums[j] += pending_inputs_[b][i] * pending_inputs_[b][first + j];
        }
        for (size_t j = 0; j < 8; ++j) row[first + j] += (sums[j] >> shift_) - (row[first + j] >> memory);
      }
      largest = std::max(largest, row[i]);
    }
    Inputs sums{};
    for (size_t b = 0; b < pending_; ++b) {
      for (size_t j = 0; j < kTaps; ++j) sums[j] += pending_inputs_[b][j] * pending_targets_[b];
    }
    for (size_t j = 0; j < kTaps; ++j) targets_[j] += (sums[j] >> shift_) - (targets_[j] >> memory);
    pending_ = 0;
    if (largest > kLargest) {
      ++shift_;
      for (size_t i = 0; i < kTaps; ++i) {
        targets_[i] >>= 1;
        for (int32_t& product : products_[i]) product >>= 1;
      }
    } else if (largest < kLargest / 8 && shift_ > 0) {
      --shift_;
      for (size_t i = 0; i < kTaps; ++i) {
        targets_[i] *= 2;
        for (int32_t& product : products_[i]) product *= 2;
      }
    }
    // Samples that are louder than all that is to predict them could go beyond.
    for (int32_t& target : targets_) target = std::min(std::max(target, -kLargest), kLargest);
  }

  /// weights = products^-1 targets.
  LMZIP_INLINE void solve() {
    constexpr int32_t kLeastPivot = 1024;
    // Signals that cannot be told apart make solutions of any size. These bounds are beyond those of sound; within them
    // no sum leaves 63 bits.
    constexpr int64_t kMostFactor = int64_t{64} << 20, kMostWeight = int64_t{64} << 20, kMostTarget = int64_t{1} << 36;
    alignas(64) std::array<std::array<int64_t, kTaps>, kTaps> matrix;  // 20 fractional bits
    std::array<std::array<int32_t, kTaps>, kTaps> factors;             // L, 20 fractional bits
    std::array<int64_t, kTaps> inverse;                                // of D, 60 fractional bits
    std::array<int64_t, kTaps> y, solution;
    alignas(64) std::array<int32_t, kTaps> column;
    int32_t largest = 1;
    for (size_t i = 0; i < kTaps; ++i) largest = std::max(largest, products_[i][i]);
    const int up = std::max(0, 30 - static_cast<int>(std::bit_width(static_cast<uint32_t>(largest))));
    for (size_t i = 0; i < kTaps; ++i) {
      for (size_t j = 0; j < (i | 3) + 1; ++j) matrix[i][j] = int64_t{products_[i][j]} * (int64_t{1} << (20 + up));
      matrix[i][i] += (matrix[i][i] >> options_.regularization) + (int64_t{kLeastPivot} << 20);
      y[i] = int64_t{targets_[i]} * (int64_t{1} << up);
    }
    for (size_t k = 0; k < kTaps; ++k) {
      inverse[k] = (int64_t{1} << 60) / std::max<int64_t>(matrix[k][k] >> 20, kLeastPivot);
      for (size_t i = k + 1; i < kTaps; ++i) {
        column[i] = static_cast<int32_t>(matrix[i][k] >> 20);
        factors[i][k] =
            static_cast<int32_t>(std::clamp(base::multiply_q40(column[i], inverse[k]), -kMostFactor, kMostFactor));
      }
      for (size_t i = k + 1; i < kTaps; ++i) {
        const int32_t factor = factors[i][k];
        for (size_t j = (k + 1) & ~size_t{3}; j < (i | 3) + 1; ++j) matrix[i][j] -= int64_t{factor} * column[j];
        y[i] = std::clamp(y[i] - ((factor * y[k]) >> 20), -kMostTarget, kMostTarget);
      }
      column[k] = 0;
    }
    for (size_t i = kTaps; i-- > 0;) {
      int64_t sum = 0;
      for (size_t k = i + 1; k < kTaps; ++k) sum += factors[k][i] * solution[k];
      solution[i] = std::clamp(base::multiply_q40(y[i], inverse[i]) - (sum >> 20), -kMostWeight, kMostWeight);
      weights_[i] = static_cast<int32_t>(solution[i]);
    }
  }

  Options options_;
  std::array<Inputs, kTaps> products_{};  ///< sums >> shift_
  Inputs targets_{};                      ///< likewise, of inputs with what they were to predict
  Inputs weights_{};                      ///< 20 fractional bits
  std::array<Inputs, kBlock> pending_inputs_{};
  std::array<int32_t, kBlock> pending_targets_{};
  size_t pending_ = 0, heard_ = 0;
  int shift_ = 0;
};

}  // namespace lmzip::numbers
