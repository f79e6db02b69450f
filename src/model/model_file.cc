// SPDX-License-Identifier: Apache-2.0
#include "model/model_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/mapped_file.h"
#include "lmzip/error.h"
#include "model/byte_order.h"
#include "model/json.h"
#include "model/safetensors.h"

namespace lmzip::model {
namespace {

constexpr const char* kFormatKey = "lmzip.format";
constexpr const char* kArchitectureKey = "lmzip.architecture";
constexpr const char* kFormat = "1";
constexpr const char* kScale = ".scale";
constexpr const char* kMerges = "tokenizer.merges";

Error corrupt(std::string_view tensor, std::string_view complaint) {
  return Error(ErrorKind::kCorrupt, fmt::format("tensor {}: {}", shown(tensor), complaint));
}

std::vector<uint64_t> file_shape(const TensorShape& shape) {
  const auto rows = static_cast<uint64_t>(shape.rows);
  const auto columns = static_cast<uint64_t>(shape.columns);
  if (!shape.matrix && rows == 1) return {columns};
  return {rows, columns};
}

void check_floats(std::string_view name, std::span<const float> floats) {
  if (!std::ranges::all_of(floats, [](float x) { return std::abs(x) <= kMaxWeight; })) {
    throw corrupt(name, fmt::format("holds numbers that are not finite or beyond {}", kMaxWeight));
  }
}

void check_scales(std::string_view name, std::span<const float> scales) {
  if (!std::ranges::all_of(scales, [](float x) { return x >= 0 && x <= kMaxWeight / INT8_MAX; })) {
    throw corrupt(name, fmt::format("holds scales that are not from 0 to {} / {}", kMaxWeight, INT8_MAX));
  }
}

void check_values(std::string_view name, std::span<const int8_t> values) {
  // Tables have millions of values, and this is the fastest search there is.
  const bool found = !values.empty() && std::memchr(values.data(), INT8_MIN, values.size()) != nullptr;
  if (found) throw corrupt(name, "holds -128");
}

Architecture architecture_of(const Metadata& metadata) {
  const auto format = metadata.find(kFormatKey);
  const auto architecture = metadata.find(kArchitectureKey);
  if (format == metadata.end()) throw Error(ErrorKind::kCorrupt, "not a model of lmzip");
  if (format->second != kFormat) {
    throw Error(ErrorKind::kUnsupported,
                fmt::format("a model of format '{}'; this program knows format {}", shown(format->second), kFormat));
  }
  if (architecture == metadata.end()) throw Error(ErrorKind::kCorrupt, "the architecture is missing");
  return parse_architecture(architecture->second);
}

std::vector<uint64_t> merges_shape(const Architecture& a) {
  return {static_cast<uint64_t>(a.vocabulary - kVocabulary), 2};
}

std::shared_ptr<const BpeTokenizer> tokenizer_of(ByteSpan merges) try {
  static_assert(sizeof(Merge) == 2 * sizeof(Symbol));
  std::vector<Merge> all(merges.size() / sizeof(Merge));
  copy_little_endian(merges, sizeof(Symbol), reinterpret_cast<uint8_t*>(all.data()));
  return std::make_shared<const BpeTokenizer>(std::move(all));
} catch (const Error& error) {
  throw error.within(fmt::format("tensor {}", kMerges));
}

/// The tensors of a file, each to be taken once.
class Supply {
 public:
  explicit Supply(std::vector<Tensor> tensors) {
    for (Tensor& tensor : tensors) {
      std::string name = tensor.name;
      left_.emplace(std::move(name), std::move(tensor));
    }
  }

  bool has(std::string_view name, Dtype dtype) const {
    const auto found = left_.find(name);
    return found != left_.end() && found->second.dtype == dtype;
  }

  ByteSpan take(std::string_view name, Dtype dtype, const std::vector<uint64_t>& shape) {
    const auto found = left_.find(name);
    if (found == left_.end()) throw corrupt(name, "is missing");
    const Tensor& tensor = found->second;
    if (tensor.dtype != dtype) {
      throw corrupt(name, fmt::format("is {}, not {}", dtype_name(tensor.dtype), dtype_name(dtype)));
    }
    if (tensor.shape != shape) throw corrupt(name, fmt::format("has the shape {}, not {}", tensor.shape, shape));
    const ByteSpan data = tensor.data;
    left_.erase(found);
    return data;
  }

  void finish() const {
    if (!left_.empty()) throw corrupt(left_.begin()->first, "is none of this architecture's");
  }

 private:
  std::map<std::string, Tensor, std::less<>> left_;
};

class FileModel final : public Model {
 public:
  FileModel(ByteSpan file, std::shared_ptr<const void> owner)
      : owner_(std::move(owner)), digest_(base::hex(base::xxh3_128(file))), file_bytes_(file.size()) {
    Safetensors contents = read_safetensors(file);
    architecture_ = architecture_of(contents.metadata);
    Supply supply(std::move(contents.tensors));
    quantised_ = supply.has("embedding", Dtype::kI8);
    for (const TensorShape& shape : tensors_of(architecture_)) {
      Entry& entry = entries_[shape.name];
      if (shape.matrix && quantised_) {
        const ByteSpan values = supply.take(shape.name, Dtype::kI8, file_shape(shape));
        entry.matrix = {static_cast<int>(shape.rows), static_cast<int>(shape.columns),
                        std::span(reinterpret_cast<const int8_t*>(values.data()), values.size()),
                        floats_in(supply.take(shape.name + kScale, Dtype::kF32, {static_cast<uint64_t>(shape.rows)}))};
        check_values(shape.name, entry.matrix.values);
        check_scales(shape.name + kScale, entry.matrix.scales);
      } else {
        entry.floats = floats_in(supply.take(shape.name, Dtype::kF32, file_shape(shape)));
        check_floats(shape.name, entry.floats);
      }
    }
    if (architecture_.vocabulary != kVocabulary) {
      tokenizer_ = tokenizer_of(supply.take(kMerges, Dtype::kI32, merges_shape(architecture_)));
    }
    supply.finish();
  }

  const Architecture& architecture() const override { return architecture_; }
  const std::string& digest() const override { return digest_; }
  uint64_t file_bytes() const override { return file_bytes_; }
  bool quantised() const override { return quantised_; }
  std::shared_ptr<const BpeTokenizer> tokenizer() const override { return tokenizer_; }

  std::span<const float> floats(std::string_view name) const override {
    const std::span<const float> floats = entry(name).floats;
    if (floats.empty()) throw Error(ErrorKind::kUsage, fmt::format("tensor {} is quantised", name));
    return floats;
  }

  QuantisedMatrix matrix(std::string_view name) const override {
    const QuantisedMatrix& matrix = entry(name).matrix;
    if (matrix.values.empty()) throw Error(ErrorKind::kUsage, fmt::format("tensor {} is not quantised", name));
    return matrix;
  }

 private:
  /// One of the two; no tensor is empty.
  struct Entry {
    std::span<const float> floats;
    QuantisedMatrix matrix;
  };

  const Entry& entry(std::string_view name) const {
    const auto found = entries_.find(name);
    if (found == entries_.end()) throw Error(ErrorKind::kUsage, fmt::format("there is no tensor {}", name));
    return found->second;
  }

  /// The file's own bytes where they can be used as they are.
  std::span<const float> floats_in(ByteSpan data) {
    const size_t count = data.size() / sizeof(float);
    if (std::endian::native == std::endian::little && reinterpret_cast<uintptr_t>(data.data()) % alignof(float) == 0) {
      return {reinterpret_cast<const float*>(data.data()), count};
    }
    std::vector<float>& copy = copies_.emplace_back(count);
    copy_little_endian(data, sizeof(float), reinterpret_cast<uint8_t*>(copy.data()));
    return copy;
  }

  std::shared_ptr<const void> owner_;
  std::string digest_;
  uint64_t file_bytes_;
  Architecture architecture_;
  bool quantised_ = false;
  std::shared_ptr<const BpeTokenizer> tokenizer_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::deque<std::vector<float>> copies_;
};

template <typename Number>
ByteSpan bytes_of(std::span<const Number> numbers) {
  return {reinterpret_cast<const uint8_t*>(numbers.data()), numbers.size_bytes()};
}

}  // namespace

std::shared_ptr<const Model> read_model(ByteSpan file, std::shared_ptr<const void> owner) {
  return std::make_shared<FileModel>(file, std::move(owner));
}

std::shared_ptr<const Model> read_model(Bytes file) {
  auto owner = std::make_shared<const Bytes>(std::move(file));
  const ByteSpan bytes = *owner;
  return read_model(bytes, std::move(owner));
}

std::shared_ptr<const Model> open_model(const std::string& path) {
  auto file = std::make_shared<const base::MappedFile>(path);
  const ByteSpan bytes = file->bytes();
  try {
    return read_model(bytes, std::move(file));
  } catch (const Error& error) {
    throw error.within(path);
  }
}

Bytes make_model(const Architecture& architecture, const std::function<Weights(const TensorShape&)>& weights,
                 const BpeTokenizer* tokenizer) {
  check(architecture);
  const int symbols = tokenizer == nullptr ? kVocabulary : static_cast<int>(tokenizer->size());
  if (symbols != architecture.vocabulary) {
    throw Error(ErrorKind::kUsage,
                fmt::format("a tokenizer of {} symbols for a vocabulary of {}", symbols, architecture.vocabulary));
  }
  Safetensors contents;
  contents.metadata = {{kFormatKey, kFormat}, {kArchitectureKey, to_json(architecture)}};
  size_t quantised = 0;
  size_t matrices = 0;
  for (const TensorShape& shape : tensors_of(architecture)) {
    const Weights given = weights(shape);
    matrices += shape.matrix;
    if (const auto* floats = std::get_if<std::span<const float>>(&given)) {
      check_floats(shape.name, *floats);
      contents.tensors.push_back({shape.name, Dtype::kF32, file_shape(shape), bytes_of(*floats)});
    } else {
      const auto& matrix = std::get<QuantisedMatrix>(given);
      if (!shape.matrix) throw Error(ErrorKind::kUsage, fmt::format("tensor {}: vectors stay float", shape.name));
      ++quantised;
      check_values(shape.name, matrix.values);
      check_scales(shape.name + kScale, matrix.scales);
      contents.tensors.push_back({shape.name, Dtype::kI8, file_shape(shape), bytes_of(matrix.values)});
      contents.tensors.push_back(
          {shape.name + kScale, Dtype::kF32, {static_cast<uint64_t>(shape.rows)}, bytes_of(matrix.scales)});
    }
  }
  if (quantised != 0 && quantised != matrices) {
    throw Error(ErrorKind::kUsage, "a model's matrices are all quantised or none");
  }
  if (tokenizer != nullptr && !tokenizer->merges().empty()) {
    const std::span<const Merge> merges = tokenizer->merges();
    contents.tensors.push_back({kMerges, Dtype::kI32, merges_shape(architecture), bytes_of(merges)});
  }
  return write_safetensors(contents);
}

}  // namespace lmzip::model
