// SPDX-License-Identifier: Apache-2.0
// A model's weights: read, checked, and kept mapped while anyone uses them. The bytes are specified in FORMAT.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "lmzip/bytes.h"
#include "model/architecture.h"
#include "model/tokenizer.h"

namespace lmzip::model {

/// No weight is larger. Trained ones are far below; with the limits of architecture.h it follows that no sum or product
/// of FORMAT.md leaves the range of float32, except squares in a norm, which may become infinite and make it 0.
inline constexpr float kMaxWeight = 256;

/// An int8 matrix: the weight of (row, column) is values[row * columns + column] * scales[row].
struct QuantisedMatrix {
  int rows = 0;
  int columns = 0;
  std::span<const int8_t> values;  ///< rows * columns, -127..127
  std::span<const float> scales;   ///< rows, 0..kMaxWeight / 127
};

/// The weights of one model, quantised or float. Immutable; whoever holds one keeps its bytes alive.
/// Everything was checked when it was made: names, shapes, ranges of numbers.
class Model {
 public:
  virtual ~Model() = default;
  virtual const Architecture& architecture() const = 0;
  /// XXH3-128 of the whole file, 32 hexadecimal digits.
  virtual const std::string& digest() const = 0;
  /// Of the whole file; what a decoder must have.
  virtual uint64_t file_bytes() const = 0;
  virtual bool quantised() const = 0;
  /// Of architecture().vocabulary symbols; null for a model of bytes.
  virtual std::shared_ptr<const BpeTokenizer> tokenizer() const = 0;

  /// The tensor `name`, which the architecture must have (tensors_of()): a vector, or, in a float model, a matrix,
  /// whole.
  virtual std::span<const float> floats(std::string_view name) const = 0;
  /// The matrix `name` of a quantised model.
  virtual QuantisedMatrix matrix(std::string_view name) const = 0;
};

/// Reads a model out of `file`, which `owner` keeps alive. Multi-byte numbers must be little-endian on this machine, or
/// are converted. Errors: kCorrupt with the tensor's name or the byte offset, kUnsupported for a later format.
std::shared_ptr<const Model> read_model(ByteSpan file, std::shared_ptr<const void> owner);

/// The same for bytes that nobody else needs.
std::shared_ptr<const Model> read_model(Bytes file);

/// The same for a file on disk, which is mapped. Errors climb with `path`; kIo when it cannot be opened, kUsage when it
/// is no regular file.
std::shared_ptr<const Model> open_model(const std::string& path);

/// What one tensor consists of: numbers in row-major order, or a matrix with its scales.
using Weights = std::variant<std::span<const float>, QuantisedMatrix>;

/// The file of a model, whose tensors `weights` gives, asked for each of tensors_of(architecture) in order; what it
/// returns must stay until make_model() does. Matrices are all float or all quantised. A model of tokens needs its
/// tokenizer, a model of bytes has none (null). The result is what read_model() accepts, or an error: kUsage for a
/// wrong size, mix or tokenizer, kCorrupt (naming the tensor) for numbers out of range. The same bytes on every
/// machine.
Bytes make_model(const Architecture& architecture, const std::function<Weights(const TensorShape&)>& weights,
                 const BpeTokenizer* tokenizer = nullptr);

}  // namespace lmzip::model
