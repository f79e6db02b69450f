// SPDX-License-Identifier: Apache-2.0
// The container of llama.cpp's models: typed keys and arrays of numbers (GGUF, versions 2 and 3, little-endian;
// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). Here its syntax only; gguf_decoder.h knows what the names
// mean.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lmzip/bytes.h"
#include "model/ggml_types.h"

namespace lmzip::model {

/// Types of keys' values, by the format's numbers.
enum class GgufType : uint32_t { kU8, kI8, kU16, kI16, kU32, kI32, kF32, kBool, kString, kArray, kU64, kI64, kF64 };

/// A key's value, as it lies in the file.
struct GgufValue {
  GgufType type = GgufType::kU8;  ///< an array's: that of its elements
  bool array = false;
  uint64_t count = 1;     ///< elements
  ByteSpan data;          ///< of strings with their lengths (8 bytes) before them
  uint64_t position = 0;  ///< of the data in the file
};

/// An array of numbers, as it lies in the file: `rows` of `columns` (the first of the file's extents), each row_bytes()
/// long. A vector (rank 1) is one row.
struct GgufTensor {
  const GgmlType* type = nullptr;
  uint32_t rank = 1;
  int64_t rows = 1, columns = 0;
  ByteSpan data;

  /// Fills `out`, which has `columns`, with row `row` < rows.
  void read(int64_t row, std::span<float> out) const;
};

/// A file's contents. Keeps one small entry for each key and array; all else stays in the file.
class Gguf {
 public:
  static constexpr uint64_t kMaxKeys = 1 << 16;
  static constexpr uint64_t kMaxTensors = 1 << 16;
  static constexpr uint64_t kMaxName = 1 << 16;  ///< bytes of a key's or an array's name
  static constexpr uint32_t kMaxRank = 4;
  static constexpr uint64_t kMaxAlignment = 1 << 20;

  /// `file` must outlive this. Errors: kCorrupt with the offset, for whatever does not fit into the file or together
  /// (names twice, arrays that overlap or are not aligned); kUnsupported for other versions, big-endian files, arrays
  /// of arrays, and types of numbers that ggml_type() refuses.
  explicit Gguf(ByteSpan file);

  bool has(std::string_view key) const { return keys_.contains(key); }

  // Values of keys that must be there. Errors: kCorrupt with the key, also where the type is another. Any type of
  // whole number serves for an integer, and any number for a real one.
  std::string_view text(std::string_view key) const;
  bool boolean(std::string_view key) const;
  int64_t integer(std::string_view key, int64_t lowest, int64_t highest) const;
  double number(std::string_view key) const;
  /// Arrays of at most `most` elements.
  std::vector<std::string_view> texts(std::string_view key, uint64_t most) const;
  std::vector<int64_t> integers(std::string_view key, uint64_t most) const;
  std::vector<double> numbers(std::string_view key, uint64_t most) const;

  const std::map<std::string_view, GgufTensor, std::less<>>& tensors() const { return tensors_; }
  /// The array, or null.
  const GgufTensor* find(std::string_view tensor) const;

  [[noreturn]] void fail(std::string_view key, const std::string& complaint) const;

 private:
  const GgufValue& value(std::string_view key, bool array, uint64_t most) const;

  std::map<std::string_view, GgufValue, std::less<>> keys_;
  std::map<std::string_view, GgufTensor, std::less<>> tensors_;
};

}  // namespace lmzip::model
