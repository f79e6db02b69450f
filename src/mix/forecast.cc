// SPDX-License-Identifier: Apache-2.0
#include "mix/forecast.h"

#include <algorithm>
#include <cstdlib>

#include "mix/logistic.h"

namespace lmzip::mix {
namespace {

// ln 2 with 24 fractional bits: logarithms to the base 2 with 16 of them become natural ones with kStretchOne.
constexpr int64_t kLn2 = 11629080;
constexpr int32_t kMostStretched = 2047;

// Upper ends of the likeliest byte's costs that are a doubt, in hundredths of a bit.
constexpr std::array<int32_t, Forecast::kDoubts - 1> kCosts = {2,   5,   10,  20,  35,  55,  80, 105,
                                                               130, 160, 195, 235, 280, 330, 400};

}  // namespace

Forecast::Forecast() : map_(size_t{kDoubts} * 256, 6) {}

void Forecast::begin_byte(std::span<const uint32_t, 256> weights) {
  for (size_t i = 0; i < 256; ++i) sums_[256 + i] = weights[i] + 1;  // nothing is impossible
  for (size_t i = 255; i > 0; --i) sums_[i] = sums_[2 * i] + sums_[2 * i + 1];
  likeliest_ = static_cast<uint8_t>(std::ranges::max_element(weights) - weights.begin());
  const int32_t cost = (log2_of(sums_[1]) - log2_of(sums_[256 + size_t{likeliest_}])) * 100 >> 16;
  doubt_ = static_cast<uint32_t>(std::ranges::upper_bound(kCosts, cost) - kCosts.begin());
}

void Forecast::write_inputs(int32_t* inputs, uint32_t partial) {
  const uint32_t zero = sums_[2 * partial], one = sums_[2 * partial + 1];
  const auto stretched = static_cast<int32_t>((int64_t{log2_of(one) - log2_of(zero)} * kLn2) >> 32);
  inputs[0] = std::clamp(stretched, -kMostStretched, kMostStretched);
  const auto p = static_cast<int32_t>((uint64_t{one} << 16) / (uint64_t{one} + zero));
  inputs[1] = (p - kProbabilityOne / 2) >> 6;
  inputs[2] = stretch(std::clamp(map_.refine(inputs[0], doubt_ * 256 + partial), 0, kProbabilityOne - 1));
  inputs[3] = doubt_ < 5 ? inputs[0] : 0;
  certainty_ = std::min(15u, static_cast<uint32_t>(std::abs(inputs[0])) >> 6);
}

template <typename Save>
void Forecast::update(int bit, Save save) {
  map_.update(bit, save);
}
template void Forecast::update(int, Forget);
template void Forecast::update(int, Keep);

}  // namespace lmzip::mix
