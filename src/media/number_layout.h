// SPDX-License-Identifier: Apache-2.0
// Where and how a file has plain numbers: pictures and sound that no other program has compressed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "lmzip/bytes.h"

namespace lmzip::media {

/// The layout of numbers that stand in a file as they are. What it is taken from may be wrong or cut short: whoever
/// compresses by it must restore every byte all the same.
struct NumberLayout {
  enum class Kind { kPixels, kSamples };

  Kind kind = Kind::kPixels;
  uint32_t width = 0;       ///< pixels of a row; 0 for samples
  unsigned channels = 1;    ///< side by side
  unsigned bits = 8;        ///< of a number: 8, 16, 24
  bool big_endian = false;  ///< if of several bytes
  uint32_t head = 0;        ///< bytes before the numbers
  unsigned pad = 0;         ///< bytes behind each row, 0 to 3

  /// Bytes after which the layout repeats: a row, or a sample of each channel.
  uint64_t period() const;

  friend bool operator==(const NumberLayout&, const NumberLayout&) = default;
};

/// More of a file's start than any header needs that find_numbers() knows.
inline constexpr size_t kLayoutBytes = 65536;

/// Whether a file that begins so might be one that find_numbers() knows: by its first four bytes.
bool may_have_numbers(ByteSpan start);

/// What the `start` of a file says: WAV (PCM of 8 to 24 bits, up to 8 channels), PNM (P5, P6; P7, also called PAM), BMP
/// (uncompressed, 24 and 32 bits, or 8 with a grey palette). Nothing if it is none of these, damaged, or another kind
/// of them. Does not throw for whatever bytes.
std::optional<NumberLayout> find_numbers(ByteSpan start);

/// The width in pixels of rows without a header: at which distance numbers are most alike, if any stands out. `layout`
/// says channels and bits.
std::optional<uint32_t> find_width(ByteSpan pixels, const NumberLayout& layout);

}  // namespace lmzip::media
