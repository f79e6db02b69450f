// SPDX-License-Identifier: Apache-2.0
#include "sample/spectrogram.h"

#include <kiss_fftr.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <new>
#include <numbers>
#include <numeric>
#include <vector>

#include "lmzip/error.h"

namespace lmzip::sample {
namespace {

/// From black over blue, purple and orange to light yellow, in steps of 14 of CIE L*.
constexpr std::array<std::array<uint8_t, 3>, 8> kColours = {{
    {0, 0, 0},
    {18, 22, 82},
    {84, 28, 132},
    {170, 40, 128},
    {228, 82, 84},
    {246, 146, 62},
    {250, 204, 100},
    {255, 250, 208},
}};
constexpr std::array<uint8_t, 3> kMarkColour = {90, 230, 170};  // none of them

constexpr double kWindowSeconds = 0.025;
constexpr size_t kMinWindow = 64, kMaxWindow = 1 << 16;

/// The power of two nearest to kWindowSeconds.
size_t window_size(unsigned rate) {
  const double wanted = rate * kWindowSeconds;
  size_t size = kMinWindow;
  while (size < kMaxWindow && wanted > 1.5 * static_cast<double>(size)) size *= 2;
  return size;
}

/// Sums the power spectra of windows of a sound.
class Transform {
 public:
  explicit Transform(size_t size) : hann_(size), input_(size), output_(size / 2 + 1), power_(size / 2 + 1) {
    for (size_t i = 0; i < size; ++i) {
      const double turn = (static_cast<double>(i) + 0.5) / static_cast<double>(size);
      hann_[i] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * turn);
    }
    state_.reset(kiss_fftr_alloc(static_cast<int>(size), 0, nullptr, nullptr));
    if (state_ == nullptr) throw std::bad_alloc();
  }

  /// Mean power of each bin, from 0 Hz to half the rate, over samples [first, last): of windows that overlap by half or
  /// more, so that none of a long stretch is lost; of one in the middle of a short one. Beyond its ends the sound is
  /// silent.
  std::span<const double> power(std::span<const int32_t> samples, double first, double last) {
    const double hop = static_cast<double>(hann_.size()) / 2;
    const auto windows = static_cast<size_t>(std::max(1.0, std::ceil((last - first) / hop)));
    std::fill(power_.begin(), power_.end(), 0);
    for (size_t i = 0; i < windows; ++i) {
      const double centre = first + (last - first) * (static_cast<double>(i) + 0.5) / static_cast<double>(windows);
      add(samples, static_cast<ptrdiff_t>(std::floor(centre - hop)));
    }
    for (double& bin : power_) bin /= static_cast<double>(windows);
    return power_;
  }

 private:
  void add(std::span<const int32_t> samples, ptrdiff_t start) {
    const auto begin = static_cast<size_t>(std::max<ptrdiff_t>(0, start));
    const auto end = std::min(samples.size(), static_cast<size_t>(start + static_cast<ptrdiff_t>(hann_.size())));
    const auto present = samples.subspan(begin, end - begin);
    const auto sum = static_cast<double>(std::accumulate(present.begin(), present.end(), int64_t{0}));
    const double mean = sum / static_cast<double>(present.size());
    std::fill(input_.begin(), input_.end(), 0.0f);
    const auto offset = static_cast<size_t>(static_cast<ptrdiff_t>(begin) - start);
    for (size_t i = 0; i < present.size(); ++i) {
      input_[offset + i] = static_cast<float>((present[i] - mean) * hann_[offset + i]);
    }
    kiss_fftr(state_.get(), input_.data(), output_.data());
    for (size_t i = 0; i < power_.size(); ++i) {
      const double real = output_[i].r, imaginary = output_[i].i;
      power_[i] += real * real + imaginary * imaginary;
    }
  }

  struct Free {
    void operator()(kiss_fftr_cfg state) const { kiss_fftr_free(state); }
  };
  std::vector<double> hann_;
  std::vector<float> input_;
  std::vector<kiss_fft_cpx> output_;
  std::vector<double> power_;
  std::unique_ptr<kiss_fftr_state, Free> state_;
};

/// Power at each row from the bottom: of the bins around its middle, weighed by a triangle. That interpolates where
/// bins are fewer than rows and takes the mean where they are more.
void resample(std::span<const double> bins, std::span<float> rows) {
  const double step = static_cast<double>(bins.size() - 1) / static_cast<double>(rows.size());
  const double radius = std::max(1.0, step);
  for (size_t row = 0; row < rows.size(); ++row) {
    const double middle = (static_cast<double>(row) + 0.5) * step;
    const auto first = static_cast<size_t>(std::max(0.0, std::ceil(middle - radius)));
    const auto last = std::min(bins.size() - 1, static_cast<size_t>(middle + radius));
    double sum = 0, weights = 0;
    for (size_t bin = first; bin <= last; ++bin) {
      const double weight = 1 - std::abs(static_cast<double>(bin) - middle) / radius;
      sum += weight * bins[bin];
      weights += weight;
    }
    rows[row] = static_cast<float>(sum / weights);
  }
}

}  // namespace

std::array<uint8_t, 3> colour_of(double loudness) {
  const double position = std::clamp(loudness, 0.0, 1.0) * (kColours.size() - 1);
  const size_t below = std::min(static_cast<size_t>(position), kColours.size() - 2);
  const double part = position - static_cast<double>(below);
  std::array<uint8_t, 3> colour;
  for (size_t i = 0; i < colour.size(); ++i) {
    colour[i] = static_cast<uint8_t>(std::lround(std::lerp(kColours[below][i], kColours[below + 1][i], part)));
  }
  return colour;
}

media::Image spectrogram(std::span<const int32_t> samples, const SpectrogramOptions& options) {
  const uint32_t width = options.width, height = options.height;
  if (samples.empty()) throw Error(ErrorKind::kUsage, "no sound to be shown");
  if (width == 0 || height == 0) throw Error(ErrorKind::kUsage, "a spectrogram without pixels");
  if (!(options.range > 0)) throw Error(ErrorKind::kUsage, "a spectrogram needs a range of decibels above 0");
  media::check_size({width, height});

  Transform transform(window_size(options.rate));
  std::vector<float> power(size_t{width} * height);  // columns, each from the bottom
  const double part = static_cast<double>(samples.size()) / width;
  for (size_t x = 0; x < width; ++x) {
    const double first = part * static_cast<double>(x);
    resample(transform.power(samples, first, first + part), std::span(power).subspan(x * height, height));
  }
  const double loudest = *std::max_element(power.begin(), power.end());

  media::Image image{{width, height}, 3, Bytes(size_t{width} * height * 3)};
  const auto pixel = [&](size_t x, size_t y) { return &image.pixels[(y * width + x) * 3]; };
  for (size_t y = 0; y < height; ++y) {
    for (size_t x = 0; x < width; ++x) {
      const double value = power[x * height + (height - 1 - y)];
      if (value <= 0) continue;
      const auto colour = colour_of(1 + 10 * std::log10(value / loudest) / options.range);
      std::copy(colour.begin(), colour.end(), pixel(x, y));
    }
  }
  if (options.mark > 0 && options.mark < samples.size()) {
    const auto x = std::min<size_t>(width - 1, static_cast<size_t>(static_cast<double>(options.mark) / part));
    for (size_t y = 0; y < height; ++y) std::copy(kMarkColour.begin(), kMarkColour.end(), pixel(x, y));
  }
  return image;
}

}  // namespace lmzip::sample
