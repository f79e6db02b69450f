// SPDX-License-Identifier: Apache-2.0
#include "model/decoder.h"

#include <set>

#include "unit/model/checkpoint_fixture.h"

namespace lmzip::model {
namespace {

using test::expect_corrupt;

DecoderShape small() {
  DecoderShape shape;
  shape.vocabulary = 10;
  shape.width = 8;
  shape.layers = 2;
  shape.context = 16;
  shape.heads = 4;
  shape.key_value_heads = 2;
  shape.head_width = 2;
  shape.rotary_width = 2;
  shape.feed_width = 12;
  shape.gated = true;
  return shape;
}

/// All of a vocabulary that a digest sees.
class Words final : public Vocabulary {
 public:
  explicit Words(std::vector<Bytes> words, Symbol start = 0) : words_(std::move(words)), start_(start) {}
  Symbol size() const override { return static_cast<Symbol>(words_.size()); }
  ByteSpan bytes(Symbol id) const override { return words_[id]; }
  std::vector<Symbol> encode(ByteSpan) const override { return {}; }
  Symbol start() const override { return start_; }

 private:
  std::vector<Bytes> words_;
  Symbol start_;
};

/// Each number says which array it is in, and where.
Decoder decoder_of(const DecoderShape& shape) {
  Decoder decoder;
  decoder.shape = shape;
  float first = 0;
  for (const TensorShape& array : tensors_of(shape)) {
    decoder.weights[array.name] = {array.rows, array.columns, [first](int64_t row, std::span<float> out) {
                                     for (size_t i = 0; i < out.size(); ++i) {
                                       out[i] = first + static_cast<float>(row) + static_cast<float>(i) / 64;
                                     }
                                   }};
    first += 100;
  }
  return decoder;
}

TEST(Decoder, ParametersAreThoseOfPublishedModels) {
  DecoderShape gpt2;
  gpt2.vocabulary = 50257;
  gpt2.width = 768;
  gpt2.layers = gpt2.heads = gpt2.key_value_heads = 12;
  gpt2.head_width = 64;
  gpt2.context = 1024;
  gpt2.query_bias = gpt2.attention_output_bias = gpt2.learned_positions = gpt2.feed_bias = gpt2.tied = true;
  gpt2.norm = Norm::kLayer;
  gpt2.feed_width = 3072;
  check(gpt2);
  EXPECT_EQ(gpt2.parameters(), 124439808u);

  DecoderShape tiny_llama = small();
  tiny_llama.vocabulary = 32000;
  tiny_llama.width = 2048;
  tiny_llama.layers = 22;
  tiny_llama.heads = 32;
  tiny_llama.key_value_heads = 4;
  tiny_llama.head_width = tiny_llama.rotary_width = 64;
  tiny_llama.feed_width = 5632;
  check(tiny_llama);
  EXPECT_EQ(tiny_llama.parameters(), 1100048384u);
}

TEST(Decoder, EveryFieldIsHeldToItsRange) {
  check(small());
  const auto refused = [](const std::string& field, auto change) {
    DecoderShape shape = small();
    change(shape);
    expect_corrupt([&] { check(shape); }, "shape: " + field);
  };
  using S = DecoderShape;
  for (const int wrong : {0, -1, S::kMaxVocabulary + 1}) refused("vocabulary", [&](S& s) { s.vocabulary = wrong; });
  for (const int wrong : {0, -1, S::kMaxWidth + 1}) refused("width", [&](S& s) { s.width = wrong; });
  for (const int wrong : {0, -1, S::kMaxLayers + 1}) refused("layers", [&](S& s) { s.layers = wrong; });
  for (const int wrong : {0, -1, S::kMaxContext + 1}) refused("context", [&](S& s) { s.context = wrong; });
  for (const int wrong : {0, -1, S::kMaxHeads + 1}) refused("heads", [&](S& s) { s.heads = wrong; });
  for (const int wrong : {0, -1, 3, 5}) refused("key_value_heads", [&](S& s) { s.key_value_heads = wrong; });
  for (const int wrong : {0, -1, S::kMaxHeadWidth + 1}) refused("head_width", [&](S& s) { s.head_width = wrong; });
  for (const int wrong : {0, -1, S::kMaxFeedWidth + 1}) refused("feed_width", [&](S& s) { s.feed_width = wrong; });
  for (const int wrong : {-1, S::kMaxContext + 1}) refused("window", [&](S& s) { s.window = wrong; });
  refused("local", [](S& s) { s.local = {1, 0}; });
  refused("local", [](S& s) {
    s.window = 4;
    s.local = {1};
  });
  for (const int wrong : {-2, 1, 3, 4}) refused("rotary_width", [&](S& s) { s.rotary_width = wrong; });
  for (const double wrong : {0.0, -1.0, 1e10, std::nan("")})
    refused("rotary_base", [&](S& s) { s.rotary_base = wrong; });
  for (const double wrong : {0.5, std::nan("")}) refused("rotary_factor", [&](S& s) { s.rotary_factor = wrong; });
  refused("rotary_low_factor", [](S& s) { s.rotary_low_factor = s.rotary_high_factor; });
  refused("rotary_original_context", [](S& s) { s.rotary_original_context = 0; });
  for (const float wrong : {0.0F, -1.0F, 0.1F, std::nanf("")})
    refused("norm_epsilon", [&](S& s) { s.norm_epsilon = wrong; });
}

TEST(Decoder, WeightsAreExactlyThoseOfTheShape) {
  const Decoder good = decoder_of(small());
  check(good);
  for (const TensorShape& array : tensors_of(small())) {
    Decoder bad = decoder_of(small());
    bad.weights.erase(array.name);
    expect_corrupt([&] { check(bad); }, "the array " + array.name + " is missing");
    bad = decoder_of(small());
    ++bad.weights[array.name].columns;
    expect_corrupt([&] { check(bad); }, "the array " + array.name + " is ");
  }
  Decoder bad = decoder_of(small());
  bad.weights["layers.2.query"] = good.weights.find("layers.1.query")->second;
  expect_corrupt([&] { check(bad); }, "the array layers.2.query does not belong");
}

TEST(Decoder, VocabulariesMayHaveFewerIdsThanTheEmbeddingButNotMore) {
  Decoder decoder = decoder_of(small());
  decoder.vocabulary = std::make_shared<Words>(std::vector<Bytes>(9));
  check(decoder);
  decoder.vocabulary = std::make_shared<Words>(std::vector<Bytes>(11));
  expect_corrupt([&] { check(decoder); }, "the vocabulary has 11 ids");
}

TEST(Decoder, DigestSeesEverythingThatIsComputedAndCodedAndNothingElse) {
  std::set<std::string> seen;
  const auto differs = [&](const Decoder& decoder) {
    EXPECT_TRUE(seen.insert(digest_of(decoder)).second) << seen.size();
  };
  const Decoder decoder = decoder_of(small());
  EXPECT_EQ(digest_of(decoder).size(), 32u);
  differs(decoder);
  const std::vector<std::function<void(DecoderShape&)>> changes = {
      [](DecoderShape& s) { s.scaled = false; },
      [](DecoderShape& s) { s.activation = Activation::kGelu; },
      [](DecoderShape& s) { s.rotary_width = 0; },
      [](DecoderShape& s) { s.rotary_base = 10001; },
      [](DecoderShape& s) { s.rotary_factor = 8; },
      [](DecoderShape& s) { s.norm_epsilon = 1e-6F; },
      [](DecoderShape& s) { s.parallel = true; },
      [](DecoderShape& s) { s.window = 4; },
      [](DecoderShape& s) { s.context = 17; },
      [](DecoderShape& s) {
        s.window = 4;
        s.local = {1, 0};
      }};
  for (const auto& change : changes) {
    Decoder other = decoder_of(small());
    change(other.shape);
    differs(other);
  }
  for (const TensorShape& array : tensors_of(small())) {
    Decoder other = decoder_of(small());
    const auto read = other.weights[array.name].read;
    const int64_t last = array.rows - 1;
    other.weights[array.name].read = [read, last](int64_t row, std::span<float> out) {
      read(row, out);
      if (row == last) out.back() = std::nextafter(out.back(), 0.0F);
    };
    differs(other);
  }
  Decoder other = decoder_of(small());
  const auto word = [](const std::string& text) { return Bytes(text.begin(), text.end()); };
  for (const auto& [words, start] : std::vector<std::pair<std::vector<Bytes>, Symbol>>{
           {{}, 0}, {{word("ab"), word("c")}, 0}, {{word("a"), word("bc")}, 0}, {{word("a"), word("bc")}, 1}}) {
    other.vocabulary = std::make_shared<Words>(words, start);
    differs(other);
  }
  other = decoder_of(small());
  other.format = "something else";
  other.shape.local = {0, 0};          // as an empty list says
  other.shape.rotary_high_factor = 7;  // of no use while the factor is 1
  EXPECT_EQ(digest_of(other), digest_of(decoder));
}

TEST(Decoder, DigestIsThatOfAnyNumberOfThreadsAndOfAHeadThatIsTheEmbedding) {
  DecoderShape shape = small();
  shape.vocabulary = 200000;  // several pieces
  Decoder decoder = decoder_of(shape);
  const std::string digest = digest_of(decoder);
  EXPECT_EQ(digest_of(decoder, 3), digest);
  decoder.weights["output"] = decoder.weights.at("embedding");
  const std::string repeated = digest_of(decoder);
  EXPECT_NE(repeated, digest);
  decoder.weights.erase("output");
  decoder.shape.tied = true;
  EXPECT_EQ(digest_of(decoder, 2), repeated);
  decoder.digest = "known";
  EXPECT_EQ(digest_of(decoder), "known");
}

TEST(Decoder, NeighboursThatAreTurnedBecomeHalves) {
  DecoderShape shape = small();
  shape.heads = 2;
  shape.key_value_heads = 1;
  shape.head_width = 6;
  shape.rotary_width = 4;
  shape.query_bias = true;
  Decoder decoder = decoder_of(shape);
  const Decoder before = decoder;
  Bytes file(2 * 12 + 2 * 12);
  for (size_t i = 0; i < file.size(); ++i) file[i] = static_cast<uint8_t>(i);
  const auto at = [&file](size_t first, size_t size) {
    return
        [&file, first, size](int64_t i) { return ByteSpan(file).subspan(first + static_cast<size_t>(i) * size, size); };
  };
  decoder.weights["layers.0.query"].packed = {nullptr, 24, at(0, 1), at(24, 1)};  // two pieces a row
  decoder.weights["layers.1.query"].packed = {nullptr, 8, at(0, 1), at(24, 1)};   // these cross rows
  unite_halves(decoder);
  const std::vector<int> source = {0, 2, 1, 3, 4, 5, 6, 8, 7, 9, 10, 11};
  const PackedNumbers& packed = *decoder.weights["layers.0.query"].packed;
  for (int row = 0; row < 12; ++row) {
    std::vector<float> expected(8), found(8);
    before.weights.at("layers.1.query").read(source[static_cast<size_t>(row)], expected);
    decoder.weights["layers.1.query"].read(row, found);
    EXPECT_EQ(found, expected) << row;
    EXPECT_EQ(packed.piece(2 * row + 1)[0], 2 * source[static_cast<size_t>(row)] + 1);
    EXPECT_EQ(packed.scale(2 * row)[0], 24 + 2 * source[static_cast<size_t>(row)]);
  }
  EXPECT_FALSE(decoder.weights["layers.1.query"].packed);
  std::vector<float> bias(6), turned(6);
  before.weights.at("layers.1.key.bias").read(0, bias);
  decoder.weights["layers.1.key.bias"].read(0, turned);
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(turned[i], bias[static_cast<size_t>(source[i])]);
  std::vector<float> value(8), same(8);
  before.weights.at("layers.0.value").read(1, value);
  decoder.weights["layers.0.value"].read(1, same);
  EXPECT_EQ(same, value);
}

TEST(Decoder, DigestIsTheSameEverywhere) {
  // Files name it: it may never change.
  EXPECT_EQ(digest_of(decoder_of(small())), "9f5a0193aef8c5a00850efd452bae01f");
}

}  // namespace
}  // namespace lmzip::model
