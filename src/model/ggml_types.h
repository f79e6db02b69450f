// SPDX-License-Identifier: Apache-2.0
// The forms in which ggml (llama.cpp) keeps numbers: plain, or as small integers in blocks that share scales. The
// layouts are those of ggml's block_q4_0, block_q4_K and so on, little-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lmzip::model {

/// float32 of the 16 bits of an IEEE half (F16), subnormal ones and infinities too, and of a bfloat16 (BF16). Exact.
float from_half(uint16_t bits);
float from_bfloat16(uint16_t bits);
/// The bits of such a number that is `value`, bit for bit; false: there is none.
bool to_half(float value, uint16_t& bits);
bool to_bfloat16(float value, uint16_t& bits);

/// One of those forms. Numbers come in whole blocks; no block crosses a row's end.
struct GgmlType {
  std::string_view name;                                        ///< "Q4_K"
  uint32_t block = 1;                                           ///< numbers in one
  uint32_t bytes = 0;                                           ///< that it takes
  void (*read)(const uint8_t* from, size_t blocks, float* to);  ///< any alignment; the same bits on every machine
};

/// The type that files call `id`: F32, F16, BF16, F64, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1 and Q2_K to Q6_K, Q8_K. F64 are
/// rounded to float32. Errors: kUnsupported, naming the type where it has a name, and those that are known.
const GgmlType& ggml_type(uint32_t id);

/// The type of that name. Errors: kUnsupported, as above.
const GgmlType& ggml_type(std::string_view name);

/// Bytes of a row of `columns` numbers. Refuses (kCorrupt) what are not whole blocks, and what 64 bits cannot say.
uint64_t row_bytes(const GgmlType& type, uint64_t columns);

}  // namespace lmzip::model
