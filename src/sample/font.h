// SPDX-License-Identifier: Apache-2.0
// A small font for labels on pictures, of our own drawing: printable ASCII, all characters of one width.
#pragma once

#include <cstddef>

namespace lmzip::sample {

inline constexpr size_t kGlyphWidth = 5;
inline constexpr size_t kGlyphHeight = 9;  ///< 7 above the base line, 2 below it

/// Whether the glyph of `character` has ink at column x < kGlyphWidth, row y < kGlyphHeight from the top. What is not
/// printable ASCII is a box.
bool has_ink(char character, size_t x, size_t y);

}  // namespace lmzip::sample
