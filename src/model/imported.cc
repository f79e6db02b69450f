// SPDX-License-Identifier: Apache-2.0
#include "model/imported.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "base/mapped_file.h"
#include "lmzip/error.h"
#include "model/ggml_types.h"
#include "model/grouped_weight.h"
#include "model/hugging_face_tensors.h"
#include "model/imported_names.h"
#include "model/json.h"

namespace lmzip::model {
namespace {

using Tensors = std::map<std::string, Tensor, std::less<>>;

constexpr size_t kMaxTypes = size_t{1} << 20;  // 60 bytes for an array, so 17,000 of them

Error corrupt(const std::string& message) { return Error(ErrorKind::kCorrupt, message); }

const std::string& entry(const Metadata& metadata, const char* name) {
  const auto found = metadata.find(name);
  if (found == metadata.end()) throw corrupt(fmt::format("{} is missing", name));
  return found->second;
}

Tensor take(Tensors& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw corrupt("is missing");
  Tensor tensor = std::move(found->second);
  tensors.erase(found);
  return tensor;
}

void require_shape(const Tensor& tensor, uint64_t rows, uint64_t columns) {
  if (tensor.shape != std::vector<uint64_t>{rows, columns}) {
    throw corrupt(fmt::format("its shape is not [{}, {}]", rows, columns));
  }
}

DecoderWeight blocks(const Tensor& tensor, const TensorShape& array, const GgmlType& type) {
  const uint64_t size = row_bytes(type, static_cast<uint64_t>(array.columns));
  require_shape(tensor, static_cast<uint64_t>(array.rows), size);
  const auto row = [data = tensor.data, size](int64_t i) {
    return data.subspan(static_cast<uint64_t>(i) * size, size);
  };
  const auto read = [row, &type](int64_t i, std::span<float> out) {
    type.read(row(i).data(), out.size() / type.block, out.data());
  };
  return {array.rows, array.columns, read, PackedNumbers{&type, array.rows, row}};
}

/// One array, in whichever of its forms it is there.
DecoderWeight read_weight(Tensors& tensors, const TensorShape& array,
                          const std::map<std::string, std::string>& types) try {
  const Tensor tensor = take(tensors, array.name);
  if (tensor.dtype == Dtype::kU8) {
    const auto type = types.find(array.name);
    if (type == types.end()) throw corrupt(fmt::format("{} does not tell its type", kTypesEntry));
    return blocks(tensor, array, ggml_type(std::string_view(type->second)));
  }
  if (tensor.dtype != Dtype::kI8) return weight_in(tensor, array, {}, nullptr);
  const auto rows = static_cast<uint64_t>(array.rows), columns = static_cast<uint64_t>(array.columns);
  require_shape(tensor, rows, columns);
  const Tensor scales = take(tensors, array.name + std::string(kScalesEnd));
  const uint64_t pieces = scales.data.size() / sizeof(float);
  if (scales.dtype != Dtype::kF32 || scales.shape.size() != 1 || pieces == 0 || rows * columns % pieces != 0) {
    throw corrupt("its scales do not belong to it");
  }
  return grouped_weight(array, tensor.data, scales.data, static_cast<int64_t>(rows * columns / pieces));
} catch (const Error& error) {
  throw error.within(fmt::format("tensor {}", array.name));
}

std::map<std::string, std::string> read_types(const std::string& json) {
  const nlohmann::json parsed = parse_json(json, kMaxTypes, kTypesEntry);
  JsonFields fields(parsed, kTypesEntry);
  std::map<std::string, std::string> types;
  for (const auto& [name, type] : parsed.items()) types[name] = fields.text(name);
  return types;
}

}  // namespace

bool is_imported(ByteSpan file) {
  uint64_t length = 0;
  for (size_t i = std::min<size_t>(8, file.size()); i-- > 0;) length = length << 8 | file[i];
  if (file.size() < 8 || length > Safetensors::kMaxHeader || length > file.size() - 8) return false;
  const std::string_view header(reinterpret_cast<const char*>(file.data()) + 8, length);
  return header.find(fmt::format("\"{}\"", kFormatEntry)) != std::string_view::npos;
}

Decoder read_imported(ByteSpan file) {
  Safetensors contents = read_safetensors(file);
  const Metadata& metadata = contents.metadata;
  if (const std::string& version = entry(metadata, kFormatEntry); version != kFormatVersion) {
    throw Error(ErrorKind::kUnsupported, fmt::format("{} '{}' is not known", kFormatEntry, shown(version)));
  }
  Tensors tensors;
  for (Tensor& tensor : contents.tensors) {
    const std::string name = tensor.name;
    tensors.emplace(name, std::move(tensor));
  }
  Decoder decoder;
  decoder.shape = parse_decoder_shape(entry(metadata, kShapeEntry));
  decoder.vocabulary = read_vocabulary_tensors(entry(metadata, kVocabularyEntry), tensors);
  const std::map<std::string, std::string> types = read_types(entry(metadata, kTypesEntry));
  for (const TensorShape& array : tensors_of(decoder.shape)) {
    decoder.weights[array.name] = read_weight(tensors, array, types);
  }
  if (!tensors.empty()) throw corrupt(fmt::format("tensor {} is not known", shown(tensors.begin()->first)));
  decoder.format = shown(entry(metadata, kSourceEntry));
  decoder.licence = shown(entry(metadata, kLicenceEntry));
  decoder.file_bytes = file.size();
  check(decoder);
  return decoder;
}

Decoder open_imported(const std::string& path) {
  const auto file = std::make_shared<const base::MappedFile>(path);
  try {
    Decoder decoder = read_imported(file->bytes());
    decoder.sources = {path};
    decoder.files = file;
    return decoder;
  } catch (const Error& error) {
    throw error.within(path);
  }
}

std::string claimed_digest(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return "";
  const base::MappedFile file(path);
  if (!is_imported(file.bytes())) return "";
  try {
    return entry(read_safetensors(file.bytes()).metadata, kDigestEntry);
  } catch (const Error& error) {
    throw error.within(path);
  }
}

}  // namespace lmzip::model
