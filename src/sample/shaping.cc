// SPDX-License-Identifier: Apache-2.0
#include "sample/shaping.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace lmzip::sample {
namespace {

// The powers below are ours since libm's differ between machines by a last bit, and one bit can be another symbol,
// after which nothing is the same. IEEE + - * / are the same everywhere (the whole tree is compiled without
// contraction).

/// 1 / n
constexpr std::array<double, 18> kInverse = [] {
  std::array<double, 18> table{};
  for (size_t n = 1; n < table.size(); ++n) table[n] = 1.0 / static_cast<double>(n);
  return table;
}();

/// log2 of x >= 1: a whole number and the series of atanh for m between sqrt(1/2) and sqrt(2), whose argument is at
/// most 0.172, so that what is left out is below 2^-49.
double log2_of(uint32_t x) {
  int exponent = std::bit_width(x) - 1;
  double m = static_cast<double>(x) / static_cast<double>(uint32_t{1} << exponent);
  if (m > 1.4142135623730951) m *= 0.5, ++exponent;
  const double t = (m - 1) / (m + 1);
  const double square = t * t;
  double sum = 0;
  for (size_t n = 17; n < kInverse.size(); n -= 2) sum = sum * square + kInverse[n];
  constexpr double kTwoOverLn2 = 2.8853900817779268;
  return exponent + kTwoOverLn2 * t * sum;
}

/// 2^x for x <= 0, 0 far below what kUnit could show: a whole power, and the series of the exponential for what is at
/// most 1/2 of one; what is left out is below 2^-47.
double exp2_of(double x) {
  if (x < -64) return 0;
  const double whole = std::floor(x + 0.5);
  constexpr double kLn2 = 0.6931471805599453;
  const double r = (x - whole) * kLn2;
  double sum = 1;
  for (size_t n = 12; n > 0; --n) sum = 1 + sum * r * kInverse[n];
  return std::ldexp(sum, static_cast<int>(whole));
}

/// Weight of the likeliest symbol. All weights together stay below 2^49, so that a double holds their sum exactly.
constexpr double kUnit = 0x1p32;

}  // namespace

Symbol Sampler::draw(const FrequencyTable& forecast, base::Random& random) {
  if (shaping_.none()) return forecast.find(static_cast<uint32_t>(random.below(forecast.total())));

  const auto frequency = [&](Symbol symbol) { return forecast.high(symbol) - forecast.low(symbol); };
  Symbol likeliest = 0;
  for (Symbol s = 1; s < forecast.size(); ++s) {
    if (frequency(s) > frequency(likeliest)) likeliest = s;
  }
  if (shaping_.temperature == 0) return likeliest;

  const double top = log2_of(frequency(likeliest));
  candidates_.clear();
  for (Symbol s = 0; s < forecast.size(); ++s) {
    const double weight = shaping_.temperature == 1
                              ? static_cast<double>(frequency(s))
                              : kUnit * exp2_of((log2_of(frequency(s)) - top) / shaping_.temperature) + 0.5;
    if (weight >= 1) candidates_.push_back({static_cast<uint64_t>(weight), s});
  }
  const auto likelier = [](const Candidate& a, const Candidate& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.symbol < b.symbol;
  };
  if (shaping_.top_k > 0 && shaping_.top_k < candidates_.size()) {
    std::partial_sort(candidates_.begin(), candidates_.begin() + shaping_.top_k, candidates_.end(), likelier);
    candidates_.resize(shaping_.top_k);
  }
  uint64_t sum = 0;
  for (const Candidate& candidate : candidates_) sum += candidate.weight;
  if (shaping_.top_p < 1) {
    std::sort(candidates_.begin(), candidates_.end(), likelier);
    const double wanted = shaping_.top_p * static_cast<double>(sum);
    size_t kept = 0;
    for (sum = 0; kept < candidates_.size() && static_cast<double>(sum) < wanted; ++kept) {
      sum += candidates_[kept].weight;
    }
    candidates_.resize(kept);
  }

  uint64_t target = random.below(sum);
  size_t chosen = 0;
  while (target >= candidates_[chosen].weight) target -= candidates_[chosen++].weight;
  return candidates_[chosen].symbol;
}

}  // namespace lmzip::sample
