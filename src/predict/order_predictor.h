// SPDX-License-Identifier: Apache-2.0
// `order0` .. `order6`: byte statistics in contexts of growing length, blended. The classic model that fits on a page,
// here to be read, to be tested against and to be compared with; `mix` is the one to compress with.
#pragma once

#include <memory>

#include "lmzip/predictor.h"

namespace lmzip::predict {

inline constexpr int kMaxOrder = 6;

/// The adaptive byte model that has counted which bytes followed the last 0, 1, ..., `order` bytes
/// (0 <= order <= kMaxOrder) and interpolates these counts from the longest context to the shortest as Witten and Bell
/// do ("The zero-frequency problem", IEEE Trans. Inf. Theory 37(4), 1991; the escape of PPM method C): a context in
/// which N bytes were seen, d of them different, is believed with N / (N + d), and the rest of the belief goes to the
/// next shorter context; what the empty context leaves is spread evenly over all bytes.
///
/// Integers only: portable. Memory per lane is bounded (info().lane_bytes); when it is full the model forgets
/// everything and starts anew, which the decoder does at the same byte. Errors: kUsage for another order.
std::shared_ptr<const Predictor> make_order(int order);

}  // namespace lmzip::predict
