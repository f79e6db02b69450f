// SPDX-License-Identifier: Apache-2.0
// The container of weights: named arrays behind a JSON header (https://github.com/huggingface/safetensors). Here its
// syntax only; model_file.h knows what the names mean.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lmzip/bytes.h"

namespace lmzip::model {

/// The types of numbers that the format names and we know.
enum class Dtype : uint8_t { kF64, kF32, kF16, kBf16, kI64, kI32, kI16, kI8, kU64, kU32, kU16, kU8, kBool };

/// "F32", ...
std::string_view dtype_name(Dtype dtype);
/// Bytes of one number: 1, 2, 4 or 8.
size_t dtype_size(Dtype dtype);

/// One array.
struct Tensor {
  std::string name;
  Dtype dtype = Dtype::kF32;
  std::vector<uint64_t> shape;  ///< row-major; empty: one number
  ByteSpan data;                ///< product of shape * dtype_size() bytes
};

using Metadata = std::map<std::string, std::string>;

/// What a file holds. `tensors` are in the order of their data, which are little-endian and point into the file.
struct Safetensors {
  static constexpr size_t kMaxHeader = size_t{1} << 21;
  static constexpr size_t kMaxForeignHeader = 100'000'000;  ///< of other people's files: the reference's limit
  static constexpr size_t kMaxRank = 8;

  Metadata metadata;
  std::vector<Tensor> tensors;
};

/// Reads `file`, which must outlive the result. Errors (kCorrupt, naming the tensor where there is one): a header above
/// `max_header` or beyond the end, malformed JSON, a name twice, a rank above kMaxRank, a size that overflows or does
/// not match the offsets, holes, overlaps, bytes left over. kUnsupported: a type not in Dtype.
Safetensors read_safetensors(ByteSpan file, size_t max_header = Safetensors::kMaxHeader);

/// How a file with these tensors begins, whose data, little-endian, follow in this order; their `data` are not looked
/// at. A multiple of 64 bytes. Errors: as of write_safetensors().
Bytes safetensors_head(const Safetensors& contents);

/// The file with these tensors in this order; the same bytes on every machine. `data` are in this machine's byte order.
/// The arrays begin at a multiple of 64 bytes. Refuses (kUsage) what read_safetensors() would, and a tensor that would
/// not begin at a multiple of its numbers' size.
Bytes write_safetensors(const Safetensors& contents);

}  // namespace lmzip::model
