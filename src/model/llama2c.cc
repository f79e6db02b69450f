// SPDX-License-Identifier: Apache-2.0
// llama2.c's model.bin (https://github.com/karpathy/llama2.c): its first form without a version, and versions 1
// (float32) and 2 (int8 in groups that share a scale).
#include "model/llama2c.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "base/file_io.h"
#include "base/mapped_file.h"
#include "lmzip/error.h"
#include "model/byte_order.h"
#include "model/checkpoint.h"
#include "model/grouped_weight.h"
#include "model/vocabulary_readers.h"

namespace lmzip::model {
namespace {

constexpr uint32_t kMagic = 0x616B3432;  // "ak42"
constexpr size_t kFields = 7;
constexpr size_t kVersionedHeader = 256;

struct Header {
  int version = 0;
  DecoderShape shape;
  size_t size = 0;    ///< bytes of it
  int64_t group = 0;  ///< numbers that share a scale, in version 2
};

uint32_t word(ByteSpan file, size_t at) {
  if (at + 4 > file.size()) throw Error(ErrorKind::kCorrupt, "ends within its header");
  uint32_t value = 0;
  for (size_t i = 4; i-- > 0;) value = value << 8 | file[at + i];
  return value;
}

Header read_header(ByteSpan file) {
  Header header;
  size_t at = 0;
  if (word(file, 0) == kMagic) {
    const uint32_t version = word(file, 4);
    if (version != 1 && version != 2) {
      throw Error(ErrorKind::kUnsupported, fmt::format("llama2.c's version {} is not known (known: 0, 1, 2)", version));
    }
    header.version = static_cast<int>(version);
    at = 8;
  }
  std::array<int32_t, kFields> fields{};
  for (int32_t& field : fields) {
    field = static_cast<int32_t>(word(file, at));
    at += 4;
  }
  DecoderShape& shape = header.shape;
  const int32_t vocabulary = fields[5];
  if (header.version == 0) {
    if (vocabulary == INT32_MIN) throw Error(ErrorKind::kCorrupt, "shape: vocabulary is no number of ids");
    shape.vocabulary = std::abs(vocabulary);
    shape.tied = vocabulary > 0;
    header.size = at;
  } else {
    shape.vocabulary = vocabulary;
    const uint32_t flag_and_group = word(file, at);  // the flag takes one byte, so the group begins beside a word
    shape.tied = (flag_and_group & 0xFF) != 0;
    if (header.version == 2) header.group = static_cast<int32_t>(word(file, at + 1));
    header.size = kVersionedHeader;
  }
  shape.width = fields[0];
  shape.feed_width = fields[1];
  shape.layers = fields[2];
  shape.heads = fields[3];
  shape.key_value_heads = fields[4];
  shape.context = fields[6];
  if (shape.heads < 1 || shape.width % shape.heads != 0) {
    throw Error(ErrorKind::kCorrupt,
                fmt::format("shape: width {} is not divisible by {} heads", shape.width, shape.heads));
  }
  shape.head_width = shape.width / shape.heads;
  shape.rotary_width = shape.head_width;
  shape.gated = true;
  check(shape);
  return header;
}

/// Takes one array after the other off a file.
class Reader {
 public:
  Reader(ByteSpan file, const Header& header)
      : rest_(file.subspan(std::min(file.size(), header.size))), header_(header) {
    for (TensorShape& array : tensors_of(header.shape)) {
      const std::string name = array.name;
      arrays_.emplace(name, std::move(array));
    }
  }

  std::map<std::string, DecoderWeight, std::less<>> weights;

  void take(const std::string& name) {
    const TensorShape& array = arrays_.at(name);
    const int64_t count = array.rows * array.columns;
    const bool grouped = header_.version == 2 && array.matrix;
    DecoderWeight weight{array.rows, array.columns, {}};
    if (grouped) {
      if (header_.group < 1 || count % header_.group != 0) {
        refuse(name, fmt::format("groups of {} numbers do not fill it", header_.group));
      }
      const ByteSpan values = cut(name, static_cast<uint64_t>(count));
      const ByteSpan scales = cut(name, static_cast<uint64_t>(count / header_.group) * sizeof(float));
      weight = grouped_weight(array, values, scales, header_.group);
    } else {
      const ByteSpan values = cut(name, static_cast<uint64_t>(count) * sizeof(float));
      weight.read = [values](int64_t row, std::span<float> out) {
        copy_little_endian(values.subspan(static_cast<size_t>(row) * out.size_bytes(), out.size_bytes()), sizeof(float),
                           reinterpret_cast<uint8_t*>(out.data()));
      };
    }
    weights.emplace(name, std::move(weight));
  }

  void take_of_layers(std::string_view part) {
    for (int i = 0; i < header_.shape.layers; ++i) take(fmt::format("layers.{}.{}", i, part));
  }

  void skip(std::string_view what, int64_t numbers) { cut(what, static_cast<uint64_t>(numbers) * sizeof(float)); }

  void finish() const {
    if (!rest_.empty()) {
      throw Error(ErrorKind::kCorrupt, fmt::format("{} bytes behind the last array", rest_.size()));
    }
  }

 private:
  [[noreturn]] static void refuse(std::string_view name, std::string_view complaint) {
    throw Error(ErrorKind::kCorrupt, fmt::format("the array {}: {}", name, complaint));
  }

  ByteSpan cut(std::string_view name, uint64_t bytes) {
    if (bytes > rest_.size()) refuse(name, fmt::format("{} of its {} bytes are there", rest_.size(), bytes));
    const ByteSpan piece = rest_.first(bytes);
    rest_ = rest_.subspan(bytes);
    return piece;
  }

  ByteSpan rest_;
  const Header& header_;
  std::map<std::string, TensorShape, std::less<>> arrays_;
};

constexpr std::array<std::string_view, 7> kMatrices = {"query",     "key",       "value",  "attention_output",
                                                       "feed.gate", "feed.down", "feed.up"};

auto read_weights(ByteSpan file, const Header& header) {
  Reader reader(file, header);
  if (header.version == 0) {
    reader.take("embedding");
    reader.take_of_layers("attention_norm.gain");
    for (size_t i = 0; i < kMatrices.size(); ++i) {
      if (i == 4) reader.take_of_layers("feed_norm.gain");
      reader.take_of_layers(kMatrices[i]);
    }
    reader.take("output_norm.gain");
    // Cosines and sines, which are computed instead.
    reader.skip("freq_cis", int64_t{header.shape.context} * (header.shape.head_width / 2) * 2);
  } else {
    reader.take_of_layers("attention_norm.gain");
    reader.take_of_layers("feed_norm.gain");
    reader.take("output_norm.gain");
    reader.take("embedding");
    for (const std::string_view part : kMatrices) reader.take_of_layers(part);
  }
  if (!header.shape.tied) reader.take("output");
  reader.finish();
  return std::move(reader.weights);
}

/// Empty: there is none.
std::string tokenizer_beside(const std::filesystem::path& model, int ids) {
  for (const std::string& name : {fmt::format("tok{}.bin", ids), std::string("tokenizer.bin")}) {
    std::string path = std::filesystem::path(model).replace_filename(name).string();
    if (base::file_exists(path)) return path;
  }
  return "";
}

std::shared_ptr<const Vocabulary> read_vocabulary(const std::string& path, int ids) {
  const base::MappedFile file(path);
  try {
    return read_llama2c_tokenizer(file.bytes(), static_cast<Symbol>(ids));
  } catch (const Error& error) {
    throw error.within(path);
  }
}

}  // namespace

bool is_llama2c(ByteSpan file) {
  try {
    if (word(file, 0) != kMagic) read_header(file);
    return true;
  } catch (const Error&) {
    return false;
  }
}

Decoder open_llama2c(const std::string& path) {
  const auto file = std::make_shared<const base::MappedFile>(path);
  Decoder decoder;
  try {
    const Header header = read_header(file->bytes());
    decoder.shape = header.shape;
    decoder.weights = read_weights(file->bytes(), header);
    decoder.format = fmt::format("llama2.c, version {}, {}", header.version, header.version == 2 ? "int8" : "F32");
  } catch (const Error& error) {
    throw error.within(path);
  }
  decoder.file_bytes = file->bytes().size();
  decoder.sources = {path};
  if (const std::string tokenizer = tokenizer_beside(path, decoder.shape.vocabulary); !tokenizer.empty()) {
    decoder.sources.push_back(tokenizer);
    decoder.vocabulary = read_vocabulary(tokenizer, decoder.shape.vocabulary);
  }
  try {
    check(decoder);
    unite_halves(decoder);
  } catch (const Error& error) {
    throw error.within(path);
  }
  decoder.files = file;
  return decoder;
}

}  // namespace lmzip::model
