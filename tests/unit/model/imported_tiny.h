// SPDX-License-Identifier: Apache-2.0
// A tiny decoder whose arrays have all forms of numbers, and lmzip's own file of it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "model/ggml_types.h"
#include "model/grouped_weight.h"
#include "model/imported.h"

namespace lmzip::test {

struct TinyDecoder {
  enum Tokens { kByteLevel, kScored };

  model::Decoder decoder;

  explicit TinyDecoder(Tokens tokens) {
    model::DecoderShape& shape = decoder.shape;
    shape.vocabulary = 20;
    shape.width = 32;
    shape.layers = 2;
    shape.context = 16;
    shape.heads = 2;
    shape.key_value_heads = 1;
    shape.head_width = shape.rotary_width = 16;
    shape.feed_width = 32;
    shape.gated = true;
    base::Random random(5);
    for (const model::TensorShape& array : tensors_of(shape)) {
      auto values = std::make_shared<std::vector<float>>();
      for (int64_t i = 0; i < array.rows * array.columns; ++i) {
        const auto eighths = (static_cast<float>(random.below(251)) - 125) / 8;
        const float step = array.name == "layers.0.attention_output" ? 0x1p-9F
                           : array.name == "embedding"               ? 0x1p-20F
                                                                     : 0;
        values->push_back(eighths + (eighths < 2 && eighths > -2 ? step : 0));
      }
      decoder.weights[array.name] = {array.rows, array.columns, [values](int64_t row, std::span<float> out) {
                                       std::copy_n(values->begin() + row * static_cast<int64_t>(out.size()), out.size(),
                                                   out.begin());
                                     }};
    }
    pack(random);
    decoder.vocabulary = tokens == kByteLevel ? byte_level() : scored();
    decoder.format = "a test's, F32";
    decoder.licence = "mit";
    check(decoder);
  }

 private:
  Bytes blocks_, values_, scales_;

  static Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

  /// A matrix of each form of small integers.
  void pack(base::Random& random) {
    const model::GgmlType& type = model::ggml_type(8);  // Q8_0
    for (int row = 0; row < 32; ++row) {
      blocks_.insert(blocks_.end(), {0, 0x2C});  // 1/16
      for (int i = 0; i < 32; ++i) blocks_.push_back(static_cast<uint8_t>(random.below(256)));
    }
    const auto row = [this](int64_t i) { return ByteSpan(blocks_).subspan(static_cast<size_t>(i) * 34, 34); };
    decoder.weights["layers.0.query"] = {
        32, 32,
        [row, &type](int64_t i, std::span<float> out) { type.read(row(i).data(), out.size() / 32, out.data()); },
        model::PackedNumbers{&type, 32, row}};
    for (int i = 0; i < 32 * 32; ++i) values_.push_back(static_cast<uint8_t>(random.below(256)));
    for (int i = 0; i < 64; ++i) scales_.insert(scales_.end(), {0, 0, 0x80, 0x3E});  // 1/4
    decoder.weights["layers.1.query"] = model::grouped_weight({"layers.1.query", 32, 32, true}, values_, scales_, 16);
  }

  static std::shared_ptr<const model::Vocabulary> byte_level() {
    model::ByteLevelTokens made;
    for (const std::string token : {"a", "b", " ", "c", "t", "ab", " a", "cat", "at", "<s>", "aa", "aaaa"}) {
      made.tokens.push_back(bytes_of(token));
    }
    made.merges = {{bytes_of("a"), bytes_of("b")}, {bytes_of("a"), bytes_of("t")},   {bytes_of("c"), bytes_of("at")},
                   {bytes_of(" "), bytes_of("a")}, {bytes_of("aa"), bytes_of("aa")}, {bytes_of("a"), bytes_of("a")}};
    made.added = {9};
    made.start = 3;
    return model::make_byte_level(std::move(made));
  }

  static std::shared_ptr<const model::Vocabulary> scored() {
    model::ScoredTokens made;
    for (const std::string token : {"", "", "a", "b", " ", "c", "t", "ab", " a", "at", "cat", "\xC3\xA4", "ba", "aa"}) {
      made.tokens.push_back(bytes_of(token));
      made.scores.push_back(token.size() < 2 ? -10.0F : -static_cast<float>(token.size()));  // with equal ones
      made.is_byte.push_back(0);
    }
    return model::make_scored(std::move(made));
  }
};

class BytesSink final : public Sink {
 public:
  Bytes bytes;
  void write(ByteSpan more) override { bytes.insert(bytes.end(), more.begin(), more.end()); }
};

inline Bytes imported_file(const model::Decoder& decoder) {
  BytesSink sink;
  write_imported(decoder, 2, sink);
  return std::move(sink.bytes);
}

}  // namespace lmzip::test
