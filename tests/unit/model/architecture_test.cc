// SPDX-License-Identifier: Apache-2.0
#include "model/architecture.h"

#include <fmt/format.h>

#include <functional>

#include "unit/model/fixtures.h"

namespace lmzip::model {
namespace {

using test::expect_corrupt;
using test::hybrid;
using test::recurrent;
using test::tokens;
using test::transformer;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Architecture, SurvivesJson) {
  for (const Architecture& a : {transformer(), recurrent(), hybrid(), tokens()}) {
    EXPECT_EQ(parse_architecture(to_json(a)), a) << to_json(a);
  }
}

TEST(Architecture, JsonIsOneLineInAFixedOrder) {
  EXPECT_EQ(to_json(recurrent()),
            R"({"width":16,"layers":["recurrence"],"norm":"rms","feed":"none","feed_width":0,"tied":true,)"
            R"("convolution":true,"context":64,"heads":0,"key_value_heads":0,"head_width":0,"window":0,)"
            R"("state_width":48,"tables":["order2","word"],"table_bits":8,"table_width":16})");
}

TEST(Architecture, JsonNamesTheVocabularyOnlyOfTokens) {
  EXPECT_EQ(to_json(hybrid()).find("vocabulary"), std::string::npos);
  EXPECT_NE(to_json(tokens()).find(R"("vocabulary":272)"), std::string::npos);
  EXPECT_EQ(parse_architecture(replaced(to_json(hybrid()), "{", R"({"vocabulary":256,)")), hybrid());
  for (const char* wrong : {"255", "257", "264", "131088", "-256", "\"272\"", "272.0"}) {
    expect_corrupt([&] { parse_architecture(replaced(to_json(tokens()), "272", wrong)); }, "vocabulary");
  }
}

Architecture pictures() {
  Architecture a{.width = 32, .layers = {Mixer::kRecurrence}, .state_width = 48, .tables = {}};
  a.numbers = Numbers::kPixels;
  a.row = 64;
  return a;
}

TEST(Architecture, JsonNamesNumbersOnlyWhereThereAreSome) {
  EXPECT_EQ(to_json(hybrid()).find("numbers"), std::string::npos);
  EXPECT_NE(to_json(pictures()).find(R"("numbers":"pixels","row":64)"), std::string::npos);
  EXPECT_EQ(parse_architecture(to_json(pictures())), pictures());
  expect_corrupt([&] { parse_architecture(replaced(to_json(pictures()), "pixels", "voxels")); }, "numbers");
  expect_corrupt([&] { parse_architecture(replaced(to_json(pictures()), "pixels", "samples")); }, "row");
  expect_corrupt([&] { parse_architecture(replaced(to_json(hybrid()), "{", R"({"numbers":"samples",)")); }, "row");
  for (const int row : {-1, 0, 1, 16385}) {
    Architecture a = pictures();
    a.row = row;
    expect_corrupt([&] { check(a); }, "row");
  }
}

TEST(Architecture, NumbersAreBytesWithoutTables) {
  Architecture a = pictures();
  a.vocabulary = 512;
  expect_corrupt([&] { check(a); }, "numbers");
  a = pictures();
  a.tables = {NgramContext::kOrder2};
  a.table_bits = 8;
  a.table_width = 16;
  expect_corrupt([&] { check(a); }, "numbers");
  a = recurrent();
  a.row = 64;
  expect_corrupt([&] { check(a); }, "row");
}

TEST(Architecture, CountsItsParameters) {
  // embedding, 2 x (norm, q, k, v, o, norm, feed), norm, head, bias
  const uint64_t layer = 2 * 32 + 64 * 32 + 2 * 32 * 32 + 32 * 64 + 2 * 32 + 64 * 32 + 64 + 32 * 64 + 32;
  EXPECT_EQ(transformer().parameters(), 256u * 32 + 2 * layer + 2 * 32 + 256 * 32 + 256);
  // embedding, tables, project, norm, convolution, input, bias, output, norm, bias of the head
  EXPECT_EQ(recurrent().parameters(), 256u * 16 + 512 * 16 + 16 * 32 + 16 + 64 + 144 * 16 + 144 + 16 * 48 + 16 + 256);
}

TEST(Architecture, EmbeddingAndHeadAreOfTheWholeVocabulary) {
  Architecture a = transformer();
  const uint64_t of_bytes = a.parameters();
  a.vocabulary = 20480;
  EXPECT_EQ(a.parameters(), of_bytes + (20480 - 256) * (2 * 32 + 1));
  EXPECT_EQ(tensors_of(a).front().rows, 20480);
  EXPECT_EQ(tensors_of(a).back().columns, 20480);
}

TEST(Architecture, NamesItsTensorsInTheOrderOfTheFormat) {
  std::string names;
  for (const TensorShape& shape : tensors_of(hybrid())) {
    names += fmt::format("{} {}x{}{}\n", shape.name, shape.rows, shape.columns, shape.matrix ? "" : " float");
  }
  EXPECT_EQ(names,
            "embedding 256x32\ntables 512x32\ntables.project 32x32\n"
            "layers.0.mixer_norm.gain 1x32 float\nlayers.0.convolution 4x32 float\n"
            "layers.0.recurrence.input 48x32\nlayers.0.recurrence.input.bias 1x48 float\n"
            "layers.0.recurrence.output 32x16\nlayers.0.feed_norm.gain 1x32 float\n"
            "layers.0.feed.input 64x32\nlayers.0.feed.gate 64x32\nlayers.0.feed.output 32x64\n"
            "layers.1.mixer_norm.gain 1x32 float\nlayers.1.convolution 4x32 float\n"
            "layers.1.attention.query 64x32\nlayers.1.attention.key 32x32\nlayers.1.attention.value 32x32\n"
            "layers.1.attention.output 32x64\nlayers.1.feed_norm.gain 1x32 float\n"
            "layers.1.feed.input 64x32\nlayers.1.feed.gate 64x32\nlayers.1.feed.output 32x64\n"
            "output_norm.gain 1x32 float\noutput 256x32\noutput.bias 1x256 float\n");
}

TEST(Architecture, RefusesEveryFieldOutsideItsRange) {
  struct Case {
    const char* field;
    std::function<void(Architecture&)> spoil;
  };
  const Case cases[] = {
      {"vocabulary", [](auto& a) { a.vocabulary = 0; }},
      {"vocabulary", [](auto& a) { a.vocabulary = 240; }},
      {"vocabulary", [](auto& a) { a.vocabulary = 263; }},
      {"vocabulary", [](auto& a) { a.vocabulary = (1 << 17) + 16; }},
      {"tables", [](auto& a) { a.vocabulary = 272; }},
      {"width", [](auto& a) { a.width = 0; }},
      {"width", [](auto& a) { a.width = 24; }},
      {"width", [](auto& a) { a.width = -16; }},
      {"width", [](auto& a) { a.width = 4112; }},
      {"layers", [](auto& a) { a.layers.clear(); }},
      {"layers", [](auto& a) { a.layers.resize(65); }},
      {"layers", [](auto& a) { a.layers[0] = static_cast<Mixer>(2); }},
      {"norm", [](auto& a) { a.norm = static_cast<Norm>(2); }},
      {"feed", [](auto& a) { a.feed = static_cast<Feed>(4); }},
      {"feed_width", [](auto& a) { a.feed = Feed::kNone; }},
      {"feed_width", [](auto& a) { a.feed_width = 0; }},
      {"feed_width", [](auto& a) { a.feed_width = 16400; }},
      {"context", [](auto& a) { a.context = 32; }},
      {"context", [](auto& a) { a.context = 96; }},
      {"context", [](auto& a) { a.context = 65600; }},
      {"heads", [](auto& a) { a.heads = 0; }},
      {"heads", [](auto& a) { a.heads = 65; }},
      {"key_value_heads", [](auto& a) { a.key_value_heads = 0; }},
      {"key_value_heads", [](auto& a) { a.key_value_heads = 3; }},
      {"key_value_heads", [](auto& a) { a.key_value_heads = 8; }},
      {"head_width", [](auto& a) { a.head_width = 8; }},
      {"head_width", [](auto& a) { a.head_width = 272; }},
      {"window", [](auto& a) { a.window = 0; }},
      {"window", [](auto& a) { a.window = 80; }},
      {"window", [](auto& a) { a.window = 192; }},
      {"state_width", [](auto& a) { a.state_width = 0; }},
      {"state_width", [](auto& a) { a.state_width = 4112; }},
      {"tables", [](auto& a) { a.tables = {static_cast<NgramContext>(7)}; }},
      {"tables",
       [](auto& a) {
         a.tables = {NgramContext::kWord, NgramContext::kWord};
       }},
      {"tables",
       [](auto& a) {
         a.tables = {NgramContext::kWord, NgramContext::kOrder2};
       }},
      {"table_bits", [](auto& a) { a.table_bits = 7; }},
      {"table_bits", [](auto& a) { a.table_bits = 23; }},
      {"table_bits", [](auto& a) { a.tables.clear(); }},
      {"table_width", [](auto& a) { a.table_width = 264; }},
      {"table_width", [](auto& a) { a.table_width = 272; }},
  };
  check(hybrid());
  for (const Case& c : cases) {
    Architecture a = hybrid();
    c.spoil(a);
    expect_corrupt([&] { check(a); }, std::string("architecture: ") + c.field);
  }
}

TEST(Architecture, RefusesSizesOfPartsItDoesNotHave) {
  for (int Architecture::*field :
       {&Architecture::heads, &Architecture::key_value_heads, &Architecture::head_width, &Architecture::window}) {
    Architecture a = recurrent();
    a.*field = 64;
    expect_corrupt([&] { check(a); }, "must be 0");
  }
  for (int Architecture::*field : {&Architecture::state_width, &Architecture::table_bits, &Architecture::table_width}) {
    Architecture a = transformer();
    a.*field = 16;
    expect_corrupt([&] { check(a); }, "must be 0");
  }
}

TEST(Architecture, ItsParametersAreBounded) {
  Architecture a = transformer();
  check(a, a.parameters());
  expect_corrupt([&] { check(a, a.parameters() - 1); }, "parameters");
  // The largest of everything: counted without overflow, and refused.
  a.width = 4096;
  a.layers.assign(64, Mixer::kAttention);
  a.feed_width = 4 * 4096;
  a.heads = a.key_value_heads = 64;
  a.head_width = 256;
  a.tables = {NgramContext::kOrder2};
  a.table_bits = 22;
  a.table_width = 256;
  expect_corrupt([&] { check(a); }, "parameters");
}

TEST(Architecture, RefusesJsonThatIsNotExactlyItsFields) {
  const std::string good = to_json(hybrid());
  const struct {
    const char *from, *to, *complaint;
  } cases[] = {
      {"{\"width\":32,", "{", "'width' is missing"},
      {"{", "{\"depth\":4,", "'depth' is not known"},
      {"{", "{\"width\":32,", "'width' stands there twice"},
      {"\"width\":32", "\"width\":32.0", "'width' is not a whole number"},
      {"\"width\":32", "\"width\":\"32\"", "'width' is not a whole number"},
      {"\"width\":32", "\"width\":4294967328", "'width' is not a whole number"},
      {"\"width\":32", "\"width\":18446744073709551615", "'width' is not a whole number"},
      {"\"width\":32", "\"width\":99999999999999999999", "'width' is not a whole number"},
      {"\"width\":32", "\"width\":1e999", "a number is too large"},
      {"\"width\":32", "\"width\":NaN", "no JSON"},
      {"\"width\":32", "\"width\":null", "'width' is not a whole number"},
      {"\"tied\":false", "\"tied\":0", "'tied' is neither"},
      {"\"recurrence\"", "\"convolution\"", "layers is not known"},
      {"\"recurrence\"", "7", "layers is not known"},
      {"[\"recurrence\",\"attention\"]", "{}", "'layers' is not a list"},
      {"\"swiglu\"", "\"SwiGLU\"", "feed is not known"},
      {"}", "", "no JSON"},
      {"}", "}}", "no JSON"},
      {"\"width\"", "\"wid\xff\"", "no JSON"},
      {"{", "{\"\\u0007\\n\":1,", "' is not known"},
  };
  for (const auto& c : cases) {
    expect_corrupt([&] { parse_architecture(replaced(good, c.from, c.to)); }, c.complaint);
  }
  for (const char* text : {"", " ", "null", "[]", "{}", "0"}) {
    expect_corrupt([&] { parse_architecture(text); }, "architecture: ");
  }
}

TEST(Architecture, RefusesDeepAndLongJson) {
  expect_corrupt([] { parse_architecture(std::string(4000, '[')); }, "nested too deeply");
  std::string objects;
  for (int i = 0; i < 100; ++i) objects += "{\"a\":";
  expect_corrupt([&] { parse_architecture(objects); }, "nested too deeply");
  expect_corrupt([] { parse_architecture(to_json(hybrid()) + std::string(5000, ' ')); }, "longer than");
}

}  // namespace
}  // namespace lmzip::model
