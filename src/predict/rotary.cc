// SPDX-License-Identifier: Apache-2.0
#include "predict/rotary.h"

#include <cstddef>

namespace lmzip::predict {
namespace {

constexpr double kLogBase = 9.2103403719761836;            // ln 10000
constexpr double kCirclesPerRadian = 0.15915494309189535;  // 1 / (2 pi)
constexpr double kCircle = 18446744073709551616.0;         // 2^64
constexpr float kRadiansPerUnit = 1.4629180793e-9f;        // 2 pi / 2^32

/// e^x for -21 <= x <= 0, by the Taylor series of e^(x/1024), squared ten times; libm's last bit differs between
/// systems.
double exponential(double x) {
  const double small = x / 1024;
  double power = 1;
  for (int n = 8; n > 0; --n) power = 1 + power * small / n;
  for (int i = 0; i < 10; ++i) power *= power;
  return power;
}

/// ln x for 1 <= x <= 2^30: the powers of two taken out, then 2 artanh((m - 1) / (m + 1)).
double logarithm(double x) {
  constexpr double kLogTwo = 0.69314718055994531;
  double result = 0;
  for (; x > 1.5; x /= 2) result += kLogTwo;
  const double ratio = (x - 1) / (x + 1);  // within a fifth of zero
  const double square = ratio * ratio;
  double series = 0;
  for (int n = 25; n > 0; n -= 2) series = series * square + 1.0 / n;
  return result + 2 * ratio * series;
}

double stretched(double radians, const RotaryShape& shape) {
  const double turns = radians * kCirclesPerRadian * shape.original_context;
  if (shape.factor == 1 || turns >= shape.high_factor) return radians;
  if (turns <= shape.low_factor) return radians / shape.factor;
  const double kept = (turns - shape.low_factor) / (shape.high_factor - shape.low_factor);
  return (1 - kept) * radians / shape.factor + kept * radians;
}

}  // namespace

Rotary::Rotary(const RotaryShape& shape) {
  const double log_base = logarithm(shape.base);
  for (int k = 0; k < shape.width / 2; ++k) {
    const double radians = stretched(exponential(-log_base * (2.0 * k / shape.width)), shape);
    steps_.push_back(static_cast<uint64_t>(radians * kCirclesPerRadian * kCircle));
  }
}

Rotary::Rotary(int head_width) {
  for (int k = 0; k < head_width / 2; ++k) {
    const double radians = exponential(-kLogBase * (2.0 * k / head_width));
    steps_.push_back(static_cast<uint64_t>(radians * kCirclesPerRadian * kCircle));
  }
}

void Rotary::angles(uint64_t position, std::span<float> cosines, std::span<float> sines) const {
  for (size_t k = 0; k < steps_.size(); ++k) {
    const uint64_t angle = position * steps_[k];
    // The nearest quarter of the circle, and the rest within an eighth of it on either side, for which Taylor
    // polynomials of degree 9 and 8 are good to 3e-8.
    const uint64_t quarter = (angle + (uint64_t{1} << 61)) >> 62;
    const auto rest = static_cast<int32_t>(static_cast<int64_t>(angle - (quarter << 62)) >> 32);
    const float x = static_cast<float>(rest) * kRadiansPerUnit;
    const float xx = x * x;
    const float sine = x * (1 + xx * (-1.0f / 6 + xx * (1.0f / 120 + xx * (-1.0f / 5040 + xx * (1.0f / 362880)))));
    const float cosine = 1 + xx * (-0.5f + xx * (1.0f / 24 + xx * (-1.0f / 720 + xx * (1.0f / 40320))));
    switch (quarter & 3) {
      case 0:
        cosines[k] = cosine, sines[k] = sine;
        break;
      case 1:
        cosines[k] = -sine, sines[k] = cosine;
        break;
      case 2:
        cosines[k] = -cosine, sines[k] = -sine;
        break;
      default:
        cosines[k] = sine, sines[k] = -cosine;
    }
  }
}

}  // namespace lmzip::predict
