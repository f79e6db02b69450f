// SPDX-License-Identifier: Apache-2.0
#include "model/ggml_types.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <string>

#include "lmzip/error.h"
#include "model/json.h"

namespace lmzip::model {
namespace {

uint16_t u16(const uint8_t* from) { return static_cast<uint16_t>(from[0] | from[1] << 8); }
uint32_t u32(const uint8_t* from) { return u16(from) | static_cast<uint32_t>(u16(from + 2)) << 16; }
float half(const uint8_t* from) { return from_half(u16(from)); }
float signed_byte(uint8_t bits) { return static_cast<float>(static_cast<int8_t>(bits)); }

// Each of these reads one block. Products and sums stand in ggml's order, each rounded to float32, so that numbers are
// what other readers of such files compute.

void read_f32(const uint8_t* from, float* to) { *to = std::bit_cast<float>(u32(from)); }
void read_f16(const uint8_t* from, float* to) { *to = half(from); }
void read_bf16(const uint8_t* from, float* to) { *to = from_bfloat16(u16(from)); }
void read_f64(const uint8_t* from, float* to) {
  *to = static_cast<float>(std::bit_cast<double>(u32(from) | static_cast<uint64_t>(u32(from + 4)) << 32));
}

// 32 numbers: a scale, perhaps a lowest value, perhaps the fifth bits; then the low nibbles of 16 bytes, then the high.
template <bool kLowest, bool kFifthBits>
void read_nibbles(const uint8_t* from, float* to) {
  const float scale = half(from);
  const float lowest = kLowest ? half(from + 2) : 0.0F;
  from += kLowest ? 4 : 2;
  const uint32_t fifth = kFifthBits ? u32(from) : 0;
  from += kFifthBits ? 4 : 0;
  constexpr int kMiddle = kLowest ? 0 : kFifthBits ? 16 : 8;
  for (int i = 0; i < 32; ++i) {
    const int nibble = from[i % 16] >> (i < 16 ? 0 : 4) & 15;
    const int quant = nibble | static_cast<int>(fifth >> i & 1) << 4;
    to[i] = static_cast<float>(quant - kMiddle) * scale;
    if constexpr (kLowest) to[i] += lowest;
  }
}

void read_q8_0(const uint8_t* from, float* to) {
  const float scale = half(from);
  for (int i = 0; i < 32; ++i) to[i] = signed_byte(from[2 + i]) * scale;
}

// The others have 256 numbers in groups of 16 or 32, whose scales are small integers times the block's own.

/// Six bits each of 8 scales and 8 minima in 12 bytes: the first four of both lie whole in the low bits of bytes 0 to
/// 7, whose high bits continue the nibbles of bytes 8 to 11.
struct ScaleAndMinimum {
  float scale, minimum;
};
ScaleAndMinimum six_bits(const uint8_t* packed, int group) {
  if (group < 4) return {static_cast<float>(packed[group] & 63), static_cast<float>(packed[group + 4] & 63)};
  const int nibbles = packed[group + 4];
  return {static_cast<float>((nibbles & 15) | packed[group - 4] >> 6 << 4),
          static_cast<float>(nibbles >> 4 | packed[group] >> 6 << 4)};
}

void read_q2_k(const uint8_t* from, float* to) {
  const uint8_t* quants = from + 16;
  const float scale = half(from + 80), minimum = half(from + 82);
  for (int i = 0; i < 256; ++i) {
    const int quant = quants[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;
    const uint8_t group = from[i / 16];
    to[i] =
        scale * static_cast<float>(group & 15) * static_cast<float>(quant) - minimum * static_cast<float>(group >> 4);
  }
}

void read_q3_k(const uint8_t* from, float* to) {
  const uint8_t *high = from, *quants = from + 32, *scales = from + 96;
  const float scale = half(from + 108);
  for (int i = 0; i < 256; ++i) {
    const int low = quants[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;
    const int quant = low - (high[i % 32] >> i / 32 & 1 ? 0 : 4);
    const int group = i / 16;
    const int factor = (scales[group % 8] >> group / 8 * 4 & 15) | (scales[8 + group % 4] >> group / 4 * 2 & 3) << 4;
    to[i] = scale * static_cast<float>(factor - 32) * static_cast<float>(quant);
  }
}

// Q4_K and Q5_K: groups of 32, two and two in the low and the high nibbles of the same bytes.
template <bool kFifthBits>
void read_q45_k(const uint8_t* from, float* to) {
  const float scale = half(from), minimum = half(from + 2);
  const uint8_t *packed = from + 4, *fifth = from + 16, *quants = from + (kFifthBits ? 48 : 16);
  for (int group = 0; group < 8; ++group) {
    const ScaleAndMinimum own = six_bits(packed, group);
    const float factor = scale * own.scale, lowest = minimum * own.minimum;
    for (int i = 0; i < 32; ++i) {
      int quant = quants[group / 2 * 32 + i] >> group % 2 * 4 & 15;
      if constexpr (kFifthBits) quant |= (fifth[i] >> group & 1) << 4;
      to[group * 32 + i] = factor * static_cast<float>(quant) - lowest;
    }
  }
}

void read_q6_k(const uint8_t* from, float* to) {
  const uint8_t *low = from, *high = from + 128, *scales = from + 192;
  const float scale = half(from + 208);
  for (int i = 0; i < 256; ++i) {
    const int part = i / 128, quarter = i % 128 / 32;
    const int nibble = low[part * 64 + quarter % 2 * 32 + i % 32] >> quarter / 2 * 4 & 15;
    const int quant = nibble | (high[part * 32 + i % 32] >> quarter * 2 & 3) << 4;
    to[i] = scale * signed_byte(scales[i / 16]) * static_cast<float>(quant - 32);
  }
}

void read_q8_k(const uint8_t* from, float* to) {  // behind the quants are their sums, which nobody needs here
  const float scale = std::bit_cast<float>(u32(from));
  for (int i = 0; i < 256; ++i) to[i] = signed_byte(from[4 + i]) * scale;
}

template <void (*kRead)(const uint8_t*, float*), uint32_t kNumbers, uint32_t kBytes>
constexpr GgmlType type(std::string_view name) {
  return {name, kNumbers, kBytes, [](const uint8_t* from, size_t blocks, float* to) {
            for (; blocks > 0; --blocks, from += kBytes, to += kNumbers) kRead(from, to);
          }};
}
constexpr GgmlType unread(std::string_view name) { return {name, 0, 0, nullptr}; }

// By the numbers that files call them; without a name where ggml took a number back.
constexpr std::array<GgmlType, 41> kTypes = {
    type<read_f32, 1, 4>("F32"),
    type<read_f16, 1, 2>("F16"),
    type<read_nibbles<false, false>, 32, 18>("Q4_0"),
    type<read_nibbles<true, false>, 32, 20>("Q4_1"),
    unread(""),
    unread(""),
    type<read_nibbles<false, true>, 32, 22>("Q5_0"),
    type<read_nibbles<true, true>, 32, 24>("Q5_1"),
    type<read_q8_0, 32, 34>("Q8_0"),
    unread("Q8_1"),
    type<read_q2_k, 256, 84>("Q2_K"),
    type<read_q3_k, 256, 110>("Q3_K"),
    type<read_q45_k<false>, 256, 144>("Q4_K"),
    type<read_q45_k<true>, 256, 176>("Q5_K"),
    type<read_q6_k, 256, 210>("Q6_K"),
    type<read_q8_k, 256, 292>("Q8_K"),
    unread("IQ2_XXS"),
    unread("IQ2_XS"),
    unread("IQ3_XXS"),
    unread("IQ1_S"),
    unread("IQ4_NL"),
    unread("IQ3_S"),
    unread("IQ2_S"),
    unread("IQ4_XS"),
    unread("I8"),
    unread("I16"),
    unread("I32"),
    unread("I64"),
    type<read_f64, 1, 8>("F64"),
    unread("IQ1_M"),
    type<read_bf16, 1, 2>("BF16"),
    unread("Q4_0_4_4"),
    unread("Q4_0_4_8"),
    unread("Q4_0_8_8"),
    unread("TQ1_0"),
    unread("TQ2_0"),
    unread("IQ4_NL_4_4"),
    unread("IQ4_NL_4_8"),
    unread("IQ4_NL_8_8"),
    unread("MXFP4"),
    unread("NVFP4"),
};

std::string known_types() {
  std::string names;
  for (const GgmlType& known : kTypes) {
    if (known.read != nullptr) names.append(names.empty() ? "" : ", ").append(known.name);
  }
  return names;
}

}  // namespace

float from_half(uint16_t bits) {
  const uint32_t sign = (bits & 0x8000U) << 16;
  const uint32_t rest = bits & 0x7FFFU;
  if (rest < 0x400) {  // subnormal: not as a subnormal float32, which a processor may be set to flush
    const float magnitude = static_cast<float>(rest) * 0x1p-24F;
    return std::bit_cast<float>(std::bit_cast<uint32_t>(magnitude) | sign);
  }
  const uint32_t exponent_step = rest < 0x7C00 ? 127 - 15 : 255 - 31;
  return std::bit_cast<float>(sign | ((rest << 13) + (exponent_step << 23)));
}

float from_bfloat16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

bool to_half(float value, uint16_t& bits) {
  const auto wide = std::bit_cast<uint32_t>(value);
  const uint32_t sign = wide >> 16 & 0x8000, exponent = wide >> 23 & 255, mantissa = wide >> 13 & 0x3FF;
  if (exponent == 255) {
    bits = static_cast<uint16_t>(sign | 0x7C00 | mantissa);
  } else if (exponent > 127 - 15) {
    bits = static_cast<uint16_t>(sign | ((exponent - (127 - 15)) << 10 & 0x7C00) | mantissa);
  } else {
    const float steps = std::bit_cast<float>(wide & 0x7FFFFFFF) * 0x1p24F;
    bits = static_cast<uint16_t>(sign | static_cast<uint32_t>(steps));
  }
  return std::bit_cast<uint32_t>(from_half(bits)) == wide;
}

bool to_bfloat16(float value, uint16_t& bits) {
  const auto wide = std::bit_cast<uint32_t>(value);
  bits = static_cast<uint16_t>(wide >> 16);
  return (wide & 0xFFFF) == 0;
}

const GgmlType& ggml_type(std::string_view name) {
  for (const GgmlType& known : kTypes) {
    if (known.read != nullptr && known.name == name) return known;
  }
  throw Error(ErrorKind::kUnsupported,
              fmt::format("numbers of the type '{}' cannot be read (known: {})", shown(name), known_types()));
}

const GgmlType& ggml_type(uint32_t id) {
  if (id < kTypes.size() && kTypes[id].read != nullptr) return kTypes[id];
  const bool named = id < kTypes.size() && !kTypes[id].name.empty();
  throw Error(ErrorKind::kUnsupported,
              fmt::format("numbers of the type {} cannot be read (known: {})",
                          named ? std::string(kTypes[id].name) : std::to_string(id), known_types()));
}

uint64_t row_bytes(const GgmlType& type, uint64_t columns) {
  if (columns % type.block != 0) {
    throw Error(ErrorKind::kCorrupt,
                fmt::format("rows of {} numbers are not whole blocks of {}'s {}", columns, type.name, type.block));
  }
  if (columns / type.block > UINT64_MAX / type.bytes) throw Error(ErrorKind::kCorrupt, "its size overflows");
  return columns / type.block * type.bytes;
}

}  // namespace lmzip::model
