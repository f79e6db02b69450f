// SPDX-License-Identifier: Apache-2.0
#include "mix/numeric_contexts.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdlib>

#include "mix/logistic.h"

namespace lmzip::mix {
namespace {

uint32_t back(const std::vector<uint8_t>& history, size_t distance) {
  return history.size() >= distance ? *(history.end() - static_cast<std::ptrdiff_t>(distance)) : 0u;
}

/// The 16-bit number `distance` bytes before the one about to be read.
int32_t sample(const std::vector<uint8_t>& history, size_t distance) {
  return static_cast<int16_t>(back(history, distance) | back(history, distance - 1) << 8);
}

int32_t clamped_byte(int32_t value) { return std::clamp(value, 0, 255); }

uint32_t log_of(uint32_t value) { return static_cast<uint32_t>(std::bit_width(value)); }

/// The pixels around the next one; the letters are compass points, doubled ones are two away.
struct Neighbours {
  int32_t w, ww, n, nn, nw, ne, nne;

  Neighbours(const std::vector<uint8_t>& history, const Layout& layout) {
    const size_t step = layout.step;
    const auto at = [&history](size_t distance) { return static_cast<int32_t>(back(history, distance)); };
    w = at(step);
    ww = at(2 * step);
    if (const size_t pitch = layout.pitch; pitch > 0) {
      n = at(pitch);
      nn = at(2 * pitch);
      nw = at(pitch + step);
      ne = at(pitch - step);
      nne = at(2 * pitch - step);
    } else {  // no rows: earlier numbers take the places
      n = at(3 * step);
      nw = at(4 * step);
      ne = at(5 * step);
      nn = at(6 * step);
      nne = at(7 * step);
    }
  }

  /// The median edge detector of JPEG-LS (Weinberger, Seroussi, Sapiro 2000).
  int32_t median() const {
    if (nw >= std::max(w, n)) return std::min(w, n);
    if (nw <= std::min(w, n)) return std::max(w, n);
    return w + n - nw;
  }
};

}  // namespace

void NumericContexts::byte_done(const std::vector<uint8_t>& history, const Layout& layout) {
  if (!layout.numeric()) {
    predicting_ = false;
    return;
  }
  if (layout.width == 1) {
    if (predicting_) learn(history.back());
    predict_pixel(history, layout);
    part_ = Part::kWhole;
  } else if (history.size() % 2 == layout.phase) {
    if (predicting_) learn(sample(history, 2));
    predict_sample(history, layout);
    part_ = Part::kLow;
  } else {
    part_ = Part::kHigh;
    low_byte_ = history.back();
    predicted_byte_ = static_cast<uint32_t>((prediction_[0] - history.back() + 128) >> 8) & 255;
  }
}

int32_t NumericContexts::below(size_t i, int32_t x) const {
  // The mean absolute value of a logistic variable is 2 ln 2 = 1.386 times its scale; 256 * 16 * 1.386 = 5678.
  const int64_t scaled = int64_t{x - prediction_[i]} * 5678 / std::max(error_[i], 5u);
  return squash(static_cast<int32_t>(std::clamp<int64_t>(scaled, -kStretchLimit, kStretchLimit)));
}

void NumericContexts::write_inputs(int32_t* inputs, uint32_t partial) const {
  const int used = std::bit_width(partial) - 1;
  const int32_t size = 256 >> used;  // values that the byte can still have
  const int32_t first = static_cast<int32_t>(partial << (8 - used)) - 256;
  for (size_t i = 0; i < kPredictors; ++i) {
    int32_t zero = 1, one = 1;
    const auto add = [&](int32_t from, int32_t middle, int32_t to) {
      const int32_t at_middle = below(i, middle);
      zero += at_middle - below(i, from);
      one += below(i, to) - at_middle;
    };
    if (part_ == Part::kWhole) {
      add(first, first + size / 2, first + size);
    } else if (part_ == Part::kLow) {  // with whatever high byte
      const int32_t around = prediction_[i] & ~255;
      for (int32_t high = around - 512; high <= around + 512; high += 256) {
        add(high + first, high + first + size / 2, high + first + size);
      }
    } else {  // a high byte stands for the numbers nearest to it with the low byte known
      const int32_t low = low_byte_ - 128;
      const int32_t high = used > 0 && first >= 128 ? first - 256 : first;  // two's complement
      if (used == 0) {
        zero += below(i, 128 * 256 + low) - below(i, low);
        one += below(i, low) - below(i, -128 * 256 + low);
      } else {
        add(high * 256 + low, (high + size / 2) * 256 + low, (high + size) * 256 + low);
      }
    }
    zero = std::max(zero, 1);
    one = std::max(one, 1);
    inputs[i] = stretch(static_cast<int32_t>(int64_t{one} * (kProbabilityOne - 1) / (int64_t{zero} + one)));
  }
}

void NumericContexts::learn(int32_t truth) {
  uint32_t least = ~0u;
  for (size_t i = 0; i < kPredictors; ++i) {
    const int32_t error = std::abs(truth - prediction_[i]);
    error_[i] += static_cast<uint32_t>((16 * error - static_cast<int32_t>(error_[i])) / 16);
    least = std::min(least, error_[i]);
  }
  activity_ = std::min(log_of(least / 4), 15u);
  for (LinearPredictor& linear : linear_) linear.learn(truth - base_);
}

void NumericContexts::predict_sample(const std::vector<uint8_t>& history, const Layout& layout) {
  // Changes are predicted from changes: neighbouring samples are too alike for the method to tell them apart soon. Two
  // channels take turns, so that each sees the other's newest change as well as its own.
  std::array<int32_t, kInputs> inputs;
  const size_t apart = layout.step == 4 ? 2 : layout.step;
  for (size_t i = 0; i < kInputs; ++i) {
    const size_t distance = apart * (i + 1);
    inputs[i] = std::clamp(sample(history, distance) - sample(history, distance + layout.step), -32768, 32767);
  }
  base_ = sample(history, layout.step);
  for (size_t i = 0; i < linear_.size(); ++i) {
    prediction_[i] = std::clamp(base_ + linear_[i].predict(inputs), -32768, 32767);
  }
  const int32_t newest = sample(history, layout.step), older = sample(history, 2 * layout.step);
  prediction_[2] = std::clamp(2 * newest - older, -32768, 32767);
  predicted_byte_ = static_cast<uint32_t>(prediction_[0]) & 255;
  predicting_ = true;
}

void NumericContexts::predict_pixel(const std::vector<uint8_t>& history, const Layout& layout) {
  const Neighbours near(history, layout);
  base_ = (near.w + near.n) / 2;
  const size_t step = layout.step, pitch = layout.pitch;
  const auto at = [&](size_t distance) { return static_cast<int32_t>(back(history, distance)) - base_; };
  std::array<int32_t, kInputs> inputs = {near.w - base_,  near.ww - base_, near.n - base_,   near.nn - base_,
                                         near.nw - base_, near.ne - base_, near.nne - base_, at(3 * step)};
  if (pitch > 3 * step) {
    inputs[8] = at(pitch + 2 * step);
    inputs[9] = at(pitch - 2 * step);
    inputs[10] = at(2 * pitch + step);
    inputs[11] = at(4 * step);
    inputs[12] = at(pitch - 3 * step);
    inputs[13] = step > 1 ? at(1) : at(3 * pitch);
    inputs[14] = step > 1 ? at(pitch + 1) - at(pitch + 1 + step) : at(5 * step);
    inputs[15] = at(pitch + 3 * step);
  } else {
    for (size_t i = 8; i < kInputs; ++i) inputs[i] = at((i + 1) * step);
  }
  for (size_t i = 0; i < linear_.size(); ++i) prediction_[i] = clamped_byte(base_ + linear_[i].predict(inputs));
  prediction_[2] = near.median();
  predicted_byte_ = static_cast<uint32_t>(prediction_[0]);
  predicting_ = true;
}

void NumericContexts::hash(HashList& list, const std::vector<uint8_t>& history, const Layout& layout) const {
  if (layout.width == 1) {
    hash_pixels(list, history, layout);
  } else {
    hash_samples(list, history, layout);
  }
}

void NumericContexts::hash_samples(HashList& list, const std::vector<uint8_t>& history, const Layout& layout) const {
  // Low bytes come first, while the number they belong to is known only roughly; once they are known, the high byte
  // follows from the prediction almost surely.
  const bool low = history.size() % 2 == layout.phase;
  const uint32_t known = low ? 256 : history.back();
  const auto rest = [&](size_t i) {
    return low ? static_cast<uint32_t>(prediction_[i]) & 0xFFFF
               : static_cast<uint32_t>(prediction_[i] - static_cast<int32_t>(known)) & 0xFFFF;
  };
  const uint32_t form = low ? 0 : 1;
  const auto error = [&](size_t i) { return std::min(log_of(error_[i] / 8), 15u); };
  for (size_t i = 0; i < kPredictors; ++i) {
    if (low) {
      list.add(form, rest(i) & 0xFF, error(i));
      list.add(form, (rest(i) & 0xFF) >> 2, rest(i) >> 12);
    } else {
      list.add(form, (rest(i) + 128) >> 8 & 0xFF, error(i));
      list.add(form, rest(i) >> 4, error(i) / 2);
      list.add(form, rest(i) >> 6, known >> 6);
    }
  }
  list.add(form, known);
  list.add(form, rest(0) >> 5, (rest(1) >> 7) & 0x1FF);
  list.add(form, (rest(0) + rest(1)) >> 3);
  list.add(form, back(history, layout.step), known >> 4);
  list.add(form, back(history, layout.step), back(history, 2 * layout.step));
  list.add(form, back(history, 1), back(history, 2), back(history, 3));
  list.fill();
}

void NumericContexts::hash_pixels(HashList& list, const std::vector<uint8_t>& history, const Layout& layout) const {
  const Neighbours p(history, layout);
  const uint32_t channel = static_cast<uint32_t>(history.size()) % layout.step;
  const auto add = [&](auto... values) { list.add(channel, values...); };
  const auto error = [&](size_t i) { return std::min(log_of(error_[i] / 4), 15u); };
  const auto edge = [](int32_t a, int32_t b) { return log_of(static_cast<uint32_t>(std::abs(a - b))) * 2 + (a < b); };
  const uint32_t beside = layout.step > 1 ? back(history, 1) : 0;  // the channel before, of the same pixel
  const int32_t beside_change = static_cast<int32_t>(beside) - static_cast<int32_t>(back(history, layout.step + 1));

  add(prediction_[0], error(0));
  add(prediction_[2], error(2));
  add(p.w, p.n);
  add(prediction_[1], edge(p.w, p.n));
  add(prediction_[0], edge(p.w, p.nw), edge(p.n, p.ne));
  if (list.full()) return;
  add(prediction_[0] >> 1, prediction_[2] >> 1);
  add(p.w, p.ne);
  add(p.n, p.nw);
  add(clamped_byte(p.w + p.n - p.nw), edge(p.n, p.nn));
  add(clamped_byte(p.w + p.ne - p.n), error(0) / 2);
  add(clamped_byte(2 * p.n - p.nn), error(2) / 2);
  add(clamped_byte(2 * p.w - p.ww));
  add((p.w + p.n) / 2, edge(p.w, p.n), edge(p.nw, p.ne));
  add((p.w + p.n + p.ne + p.nw + 2) / 4, edge(p.w, p.n));
  add(p.w >> 2, p.n >> 2, p.ne >> 2, p.nw >> 2);
  add(p.w, beside);
  add(p.n, beside);
  add(clamped_byte(p.w + beside_change), beside);
  add(prediction_[0], beside >> 2);
  add((prediction_[0] + prediction_[1]) / 2, clamped_byte(p.n + p.ne - p.nne) >> 3);
  add(p.w, p.ww);
  add(p.n, p.nn);
  add(prediction_[0], edge(p.n, p.w), edge(p.ne, p.nne));
  add(0);
  list.fill();
}

}  // namespace lmzip::mix
