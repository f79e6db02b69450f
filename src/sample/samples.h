// SPDX-License-Identifier: Apache-2.0
// The small picture, sound and text inside the program, for `lmzip sample demo`: of our own making, see
// samples/README.md.
#pragma once

#include "lmzip/bytes.h"

namespace lmzip::sample {

/// A grey photograph-like picture, 500 wide and 290 high, as a PNG file.
ByteSpan sample_image();
/// Some seconds of mono sound, 16 kHz, 16 bits, as a FLAC file.
ByteSpan sample_sound();
/// A few thousand bytes of English prose, UTF-8.
ByteSpan sample_text();

}  // namespace lmzip::sample
