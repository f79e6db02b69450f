// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "lmzip/error.h"
#include "model/byte_order.h"
#include "model/ggml_types.h"
#include "model/imported.h"
#include "model/imported_names.h"
#include "model/json.h"

namespace lmzip::model {
namespace {

/// Runs of bytes, gathered to larger ones.
class Gatherer {
 public:
  explicit Gatherer(Sink& sink) : sink_(sink) { buffer_.reserve(kSize); }
  void add(ByteSpan bytes) {
    if (buffer_.size() + bytes.size() > kSize) flush();
    if (bytes.size() > kSize) return sink_.write(bytes);
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }
  void flush() {
    if (!buffer_.empty()) sink_.write(buffer_);
    buffer_.clear();
  }

 private:
  static constexpr size_t kSize = size_t{1} << 20;
  Sink& sink_;
  Bytes buffer_;
};

std::vector<float> row_of(const DecoderWeight& weight, int64_t row) {
  std::vector<float> numbers(static_cast<size_t>(weight.columns));
  weight.read(row, numbers);
  return numbers;
}

template <bool (*kConvert)(float, uint16_t&)>
bool all_are(const std::vector<float>& numbers) {
  uint16_t bits = 0;
  return std::ranges::all_of(numbers, [&bits](float number) { return kConvert(number, bits); });
}

/// The shortest type that says all its numbers exactly.
Dtype float_type_of(const DecoderWeight& weight) {
  bool half = true, brain = true;
  for (int64_t i = 0; i < weight.rows && (half || brain); ++i) {
    const std::vector<float> numbers = row_of(weight, i);
    brain = brain && all_are<to_bfloat16>(numbers);
    half = half && all_are<to_half>(numbers);
  }
  return brain ? Dtype::kBf16 : half ? Dtype::kF16 : Dtype::kF32;
}

Bytes encoded(const std::vector<float>& numbers, Dtype type) {
  Bytes bytes(numbers.size() * dtype_size(type));
  for (size_t i = 0; i < numbers.size(); ++i) {
    uint16_t bits = 0;
    if (type == Dtype::kF32) {
      std::memcpy(&bytes[i * sizeof(float)], &numbers[i], sizeof(float));
    } else {
      type == Dtype::kBf16 ? to_bfloat16(numbers[i], bits) : to_half(numbers[i], bits);
      std::memcpy(&bytes[i * sizeof bits], &bits, sizeof bits);
    }
  }
  Bytes file(bytes.size());
  copy_little_endian(bytes, dtype_size(type), file.data());
  return file;
}

bool same_numbers(const DecoderWeight& a, const DecoderWeight& b) {
  for (int64_t i = 0; i < a.rows; ++i) {
    const std::vector<float> of_a = row_of(a, i), of_b = row_of(b, i);
    if (std::memcmp(of_a.data(), of_b.data(), of_a.size() * sizeof(float)) != 0) return false;
  }
  return true;
}

/// A tensor of the file, and how its data are made.
struct Part {
  Tensor tensor;
  std::function<void(Gatherer&)> write;
};

/// The arrays of a decoder as tensors of a file.
class Parts {
 public:
  std::vector<Part> all;
  nlohmann::ordered_json types = nlohmann::ordered_json::object();

  void add(const TensorShape& array, const DecoderWeight& weight) {
    if (!weight.packed) return add_floats(array, weight);
    const PackedNumbers& packed = *weight.packed;
    const auto pieces = static_cast<uint64_t>(packed.pieces);
    const auto copy = [count = packed.pieces](const std::function<ByteSpan(int64_t)>& piece) {
      return [count, piece](Gatherer& to) {
        for (int64_t i = 0; i < count; ++i) to.add(piece(i));
      };
    };
    if (packed.type != nullptr) {
      const uint64_t size = row_bytes(*packed.type, static_cast<uint64_t>(weight.columns));
      types[array.name] = packed.type->name;
      all.push_back({{array.name, Dtype::kU8, {pieces, size}, {}}, copy(packed.piece)});
    } else {
      all.push_back({{array.name, Dtype::kI8, extents(weight), {}}, copy(packed.piece)});
      all.push_back({{array.name + std::string(kScalesEnd), Dtype::kF32, {pieces}, {}}, copy(packed.scale)});
    }
  }

  /// Longer types first: each array begins at a multiple of its numbers' size.
  void sort() {
    std::ranges::stable_sort(all, std::ranges::greater(),
                             [](const Part& part) { return dtype_size(part.tensor.dtype); });
  }

 private:
  static std::vector<uint64_t> extents(const DecoderWeight& weight) {
    return {static_cast<uint64_t>(weight.rows), static_cast<uint64_t>(weight.columns)};
  }

  void add_floats(const TensorShape& array, const DecoderWeight& weight) {
    const Dtype type = float_type_of(weight);
    std::vector<uint64_t> shape = extents(weight);
    if (!array.matrix) shape.erase(shape.begin());
    all.push_back({{array.name, type, std::move(shape), {}}, [&weight, type](Gatherer& to) {
                     for (int64_t i = 0; i < weight.rows; ++i) to.add(encoded(row_of(weight, i), type));
                   }});
  }
};

}  // namespace

void write_imported(const Decoder& decoder, unsigned threads, Sink& sink) {
  const MergingTokens* const vocabulary = decoder.vocabulary ? decoder.vocabulary->parts() : nullptr;
  if (vocabulary == nullptr) throw Error(ErrorKind::kUnsupported, "has no tokenizer beside it");
  DecoderShape shape = decoder.shape;
  const auto weight = [&decoder](std::string_view name) -> const DecoderWeight& {
    return decoder.weights.find(name)->second;
  };
  shape.tied = shape.tied || same_numbers(weight("embedding"), weight("output"));

  Parts parts;
  for (const TensorShape& array : tensors_of(shape)) parts.add(array, weight(array.name));
  const VocabularyTensors tokens = vocabulary_tensors(*vocabulary);
  for (const Tensor& tensor : tokens.tensors) {
    parts.all.push_back({tensor, [&tensor](Gatherer& to) { to.add(tensor.data); }});
  }
  parts.sort();
  Safetensors head;
  head.metadata = {{kFormatEntry, std::string(kFormatVersion)},
                   {kShapeEntry, to_json(shape)},
                   {kVocabularyEntry, tokens.json},
                   {kTypesEntry, parts.types.dump()},
                   {kDigestEntry, digest_of(decoder, threads)},
                   {kSourceEntry, shown(decoder.format)},
                   {kLicenceEntry, shown(decoder.licence)}};
  for (const Part& part : parts.all) head.tensors.push_back(part.tensor);
  Gatherer to(sink);
  to.add(safetensors_head(head));
  for (const Part& part : parts.all) part.write(to);
  to.flush();
}

}  // namespace lmzip::model
