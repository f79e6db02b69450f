// SPDX-License-Identifier: Apache-2.0
// `pixels` and `samples`: the adaptive models of numbers of src/numbers behind the Predictor interface, alone or
// hearing a trained network before each byte.
#pragma once

#include <memory>
#include <string>

#include "lmzip/predictor.h"
#include "model/model_file.h"
#include "numbers/model.h"

namespace lmzip::predict {

inline constexpr unsigned kMaxHead = 65535;
inline constexpr unsigned kMaxPad = 3;

/// What stands around the numbers of a block, and how they are written.
struct NumberFraming {
  unsigned head = 0;  ///< bytes in front of the numbers, 0..kMaxHead
  unsigned pad = 0;   ///< bytes behind each row, 0..kMaxPad; numbers of 8 bits only
  bool big_endian = false;
};

/// A trained network, if any, and its name for the spec. It must know numbers of this kind, and they must be grey
/// pictures or mono sound of 8 bits. Errors: kUnsupported.
struct NumberGuide {
  std::shared_ptr<const model::Model> model = nullptr;
  std::string name = {};
};

/// Portable predictors of bits. Errors: kUsage for layouts that the models do not have.
std::shared_ptr<const Predictor> make_pixels(const numbers::PixelLayout& layout, const NumberFraming& framing,
                                             const NumberGuide& guide);
std::shared_ptr<const Predictor> make_samples(const numbers::SampleLayout& layout, const NumberFraming& framing,
                                              const NumberGuide& guide);

}  // namespace lmzip::predict
