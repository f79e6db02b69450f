// SPDX-License-Identifier: Apache-2.0
#include "mix/layout.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>

namespace lmzip::mix {
namespace {

// What the last `window` bytes differ from those `lag` earlier.
struct Difference {
  uint32_t sum = 0;    ///< of |difference|, around the circle of 256 values
  uint32_t count = 0;  ///< of differences that are not zero
  /// Mean size of a change, in 256ths. Only changes count: tables of equal fields repeat exactly at many lags, but
  /// where they change they jump, and numbers do not.
  uint32_t mean() const { return count == 0 ? 0 : sum * 256 / count; }
};

Difference difference(const std::vector<uint8_t>& history, size_t lag, size_t window, size_t stride = 1) {
  Difference result;
  const uint8_t* const now = history.data() + history.size() - window;
  for (size_t i = 0; i < window; i += stride) {
    const auto change = static_cast<uint32_t>(std::abs(static_cast<int8_t>(now[i] - *(now + i - lag))));
    result.sum += change;
    result.count += change != 0;
  }
  return result;
}

constexpr size_t kWindow = 1024;
// Candidates for the distance between numbers of one channel: mono to 24-bit stereo, grey to RGBA.
constexpr std::array<uint32_t, 6> kSteps = {1, 2, 3, 4, 6, 8};
// Lags that have nothing to do with any layout; what they show is how unlike arbitrary bytes of this data are.
constexpr std::array<uint32_t, 8> kArbitrary = {37, 101, 173, 257, 359, 467, 571, 683};

}  // namespace

void LayoutDetector::look(const std::vector<uint8_t>& history) {
  if (history.size() < 2 * kWindow) return;
  uint32_t arbitrary = 0;
  for (const uint32_t lag : kArbitrary) arbitrary += difference(history, lag, kWindow).mean();
  arbitrary /= uint32_t{kArbitrary.size()};

  uint32_t step = 0;
  uint32_t least = ~0u;
  uint32_t changes = 0;
  for (const uint32_t lag : kSteps) {
    const Difference found = difference(history, lag, kWindow);
    // A longer step must be clearly better: multiples of the right one are nearly as good.
    if (found.mean() * 10 >= least * 9) continue;
    least = found.mean();
    step = lag;
    changes = found.count;
  }
  // Coming in needs more evidence than staying.
  const uint32_t limit = layout_.numeric() ? 75 : 60;
  if (changes < kWindow / 4 || least * 100 > arbitrary * limit) {
    layout_ = {};
    return;
  }

  Layout now{.step = step, .pitch = layout_.pitch};
  if (step % 2 == 0) {
    std::array<uint32_t, 2> mean{};  // of the changes at even and at odd positions
    for (size_t parity = 0; parity < 2; ++parity) {
      std::vector<uint8_t> part(history.end() - static_cast<std::ptrdiff_t>(2 * kWindow), history.end());
      part.resize(part.size() - parity);
      mean[(history.size() - parity) % 2] = difference(part, step, kWindow - 2, 2).mean();
    }
    // The low bytes of 16-bit numbers are close to random, the high bytes are smooth.
    if (mean[0] > 2 * mean[1] || mean[1] > 2 * mean[0]) {
      now.width = 2;
      now.phase = mean[0] > mean[1] ? 0 : 1;
    }
  }
  if (now.step != layout_.step || now.width != layout_.width) {
    now.pitch = 0;
    // Data that keeps changing its mind pays for few searches.
    next_pitch_search_ = last_pitch_search_ == 0 ? 0 : last_pitch_search_ + kPitchInterval;
  }
  layout_ = now;
  if (layout_.width == 1 && history.size() >= next_pitch_search_) {
    layout_.pitch = find_pitch(history);
    last_pitch_search_ = history.size();
    next_pitch_search_ = 2 * last_pitch_search_;
  }
}

uint32_t LayoutDetector::find_pitch(const std::vector<uint8_t>& history) const {
  constexpr size_t kPitchWindow = 2048;
  if (history.size() < 2 * kPitchWindow) return 0;
  const uint32_t beside = difference(history, layout_.step, kPitchWindow).sum;
  uint32_t best = 0;
  uint32_t least = ~0u;
  const auto limit = static_cast<uint32_t>(std::min<size_t>(kMaxPitch, history.size() - kPitchWindow));
  for (uint32_t lag = 24; lag < limit; ++lag) {
    const uint32_t sum = difference(history, lag, kPitchWindow).sum;
    if (sum < least) least = sum, best = lag;
  }
  // A pixel is about as like the one above as the one beside it; sound at any such distance is not.
  return least < 2 * beside ? best : 0;
}

}  // namespace lmzip::mix
