// SPDX-License-Identifier: Apache-2.0
// Adaptive models of numbers in a known layout: pixels and samples of sound.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "mix/model.h"

namespace lmzip::numbers {

/// Rows of pixels from the left, channels side by side.
struct PixelLayout {
  uint32_t width = 0;     ///< pixels of a row, 1..kMaxWidth
  unsigned channels = 1;  ///< 1..kMaxChannels
  unsigned bits = 8;      ///< of a number: 8 or 16
};

/// Samples in order, channels side by side.
struct SampleLayout {
  unsigned channels = 1;  ///< 1..kMaxChannels
  unsigned bits = 16;     ///< of a sample: 8, silence being 128; 16 or 24, two's complement
};

inline constexpr uint32_t kMaxWidth = 65535;
inline constexpr unsigned kMaxChannels = 8;

/// A model of bytes that stand for numbers, the highest byte of each first.
class Model : public mix::Model {
 public:
  /// Models with a network only, before each byte: it thinks `weights` of the byte, of a sum below 2^32 - 256.
  virtual void expect(std::span<const uint32_t, 256> weights) = 0;
};

/// The adaptive model, or that which also hears a network (8 bits only: kUsage).
std::unique_ptr<Model> make_model(const PixelLayout& layout, bool guided);
std::unique_ptr<Model> make_model(const SampleLayout& layout, bool guided);

/// Memory of one, in bytes, roughly and at most. Errors: kUsage for layouts that there is no model for; make_model()
/// refuses the same.
uint64_t model_bytes(const PixelLayout& layout);
uint64_t model_bytes(const SampleLayout& layout);

}  // namespace lmzip::numbers
