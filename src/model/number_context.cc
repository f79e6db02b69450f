// SPDX-License-Identifier: Apache-2.0
#include "model/number_context.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace lmzip::model {
namespace {

constexpr int32_t kMost = 127;

/// 8 sqrt(i), rounded.
constexpr std::array<int8_t, 256> kRoots = [] {
  std::array<int8_t, 256> table{};
  int32_t twice = 0;  // floor(16 sqrt(i))
  for (int32_t i = 0; i < 256; ++i) {
    while ((twice + 1) * (twice + 1) <= 256 * i) ++twice;
    table[static_cast<size_t>(i)] = static_cast<int8_t>(std::min(kMost, (twice + 1) / 2));
  }
  return table;
}();

int8_t root(int32_t x) {
  const int8_t size = kRoots[static_cast<size_t>(std::min(std::abs(x), 255))];
  return static_cast<int8_t>(x < 0 ? -size : size);
}

int8_t linear(int32_t x) { return static_cast<int8_t>(std::clamp(x * 7, -kMost, kMost)); }

/// 16 log2(1 + x / 16), in straight lines between powers of two.
int8_t logarithm(int32_t x) {
  const auto value = static_cast<uint32_t>(x) + 16;
  const int whole = std::bit_width(value) - 1;
  const uint32_t part = (value << 4 >> whole) - 16;
  return static_cast<int8_t>(std::min(kMost, (whole - 4) * 16 + static_cast<int32_t>(part)));
}

struct Offset {
  int32_t up, right;
};

// The nearest first.
constexpr std::array<Offset, 28> kAround = {{{0, -1}, {1, 0},  {1, -1}, {1, 1}, {0, -2}, {2, 0},  {1, 2},
                                             {2, 1},  {2, -1}, {1, -2}, {2, 2}, {2, -2}, {0, -3}, {1, 3},
                                             {3, 0},  {0, -4}, {1, -3}, {3, 1}, {3, -1}, {0, -5}, {0, -6},
                                             {1, 4},  {2, 3},  {2, -3}, {3, 2}, {3, -2}, {1, 5},  {1, -4}}};
constexpr size_t kReach = 34;  // samples

/// The median edge detector of JPEG-LS (Weinberger, Seroussi, Sapiro 2000).
int32_t median_of(int32_t w, int32_t n, int32_t nw) { return std::clamp(w + n - nw, std::min(w, n), std::max(w, n)); }

}  // namespace

NumberContext::NumberContext(Numbers numbers, int row)
    : numbers_(numbers),
      row_(static_cast<size_t>(row)),
      history_(numbers == Numbers::kNone ? 1 : std::bit_ceil(std::max(kReach, 3 * row_ + 16))) {}

void NumberContext::advance(uint8_t value) {
  history_[count_++ & (history_.size() - 1)] = value;
  if (++column_ >= row_) column_ = 0, ++rows_;
  find_centre();
}

int32_t NumberContext::pixel(int32_t up, int32_t right, int32_t otherwise) const {
  const auto column = static_cast<ptrdiff_t>(column_) + right;
  if (static_cast<size_t>(up) > rows_ || column < 0 || column >= static_cast<ptrdiff_t>(row_)) return otherwise;
  return back(static_cast<size_t>(up) * row_ - static_cast<size_t>(right));
}

void NumberContext::find_centre() {
  if (numbers_ == Numbers::kSamples) {
    centre_ = static_cast<uint8_t>(sample(1));
    return;
  }
  beside_ = column_ > 0 ? back(1) : pixel(1, 0, 128);
  const int32_t w = pixel(0, -1, beside_), n = pixel(1, 0, beside_), ne = pixel(1, 1, beside_);
  median_ = median_of(w, n, pixel(1, -1, beside_));
  centre_ = static_cast<uint8_t>((20 * median_ + 4 * w + 4 * n + 2 * ne + 15) / 30);
}

void NumberContext::features(std::span<int8_t, kFeatures> features) const {
  if (numbers_ == Numbers::kPixels) {
    pixel_features(features);
  } else {
    sample_features(features);
  }
}

void NumberContext::pixel_features(std::span<int8_t, kFeatures> features) const {
  size_t next = 0;
  int32_t near = 0, wide = 0, most = 0;
  for (size_t i = 0; i < kAround.size(); ++i) {
    const int32_t distance = pixel(kAround[i].up, kAround[i].right, beside_) - centre_;
    features[next++] = root(distance);
    features[next++] = linear(distance);
    const int32_t size = std::abs(distance);
    if (i < 4) near += size;
    if (i >= 4 && i < 12) wide += size;
    most = std::max(most, size);
  }
  features[next++] = logarithm(4 * near);
  features[next++] = logarithm(2 * wide);
  features[next++] = logarithm(16 * most);
  features[next++] = root(median_ - centre_);
  features[next++] = linear(median_ - centre_);
  features[next++] = column_ == 0 ? kMost : 0;
  features[next++] = rows_ == 0 ? kMost : 0;
  features[next++] = kMost;
}

void NumberContext::sample_features(std::span<int8_t, kFeatures> features) const {
  size_t next = 0;
  for (size_t i = 1; i <= 24; ++i) features[next++] = root(sample(i) - 128);
  int32_t changes = 0, levels = 0;
  std::array<int32_t, 6> energies{};
  for (size_t i = 1; i <= 32; ++i) {
    const int32_t change = sample(i) - sample(i + 1);
    if (i <= 16) {
      features[next++] = root(change);
      features[next++] = linear(change);
    }
    changes += std::abs(change);
    levels += std::abs(sample(i) - 128);
    if (i == 4) energies[0] = 4 * changes;
    if (i == 8) energies[1] = 2 * changes, energies[2] = 2 * levels;
    if (i == 16) energies[3] = changes;
    if (i == 32) energies[4] = changes / 2, energies[5] = levels / 2;
  }
  for (const int32_t energy : energies) features[next++] = logarithm(energy);
  features[next++] = linear(sample(1) - 128);
  features[next++] = kMost;
}

}  // namespace lmzip::model
