// SPDX-License-Identifier: Apache-2.0
#include "model/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "lmzip/error.h"
#include "unit/codec/adversarial_inputs.h"

namespace lmzip::model {
namespace {

using test::bytes_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Symbols = std::vector<Symbol>;

template <typename Action>
void expect_corrupt(Action&& action, const std::string& part) {
  try {
    action();
    ADD_FAILURE() << "no error; expected: " << part;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
    EXPECT_THAT(error.what(), HasSubstr(part));
  }
}

Symbols encode(const std::vector<Merge>& merges, std::string_view text) {
  return BpeTokenizer(merges).encode(bytes_of(text));
}

/// Pairs of bytes that occur in `inputs`, and of symbols made of them.
std::vector<Merge> random_merges(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  const Bytes source = test::text(5000);
  std::map<std::pair<Symbol, Symbol>, int> known;
  std::vector<Merge> merges;
  std::vector<size_t> lengths(256, 1);
  while (merges.size() < count) {
    const auto any = [&]() -> Symbol {
      return random() % 2 == 0 || merges.empty() ? source[random() % source.size()]
                                                 : static_cast<Symbol>(256 + random() % merges.size());
    };
    const Symbol left = any(), right = any();
    if (lengths[left] + lengths[right] > 64 || known[{left, right}]++ != 0) continue;
    merges.push_back({left, right});
    lengths.push_back(lengths[left] + lengths[right]);
  }
  return merges;
}

/// What the header says, step by step.
Symbols reference(const std::vector<Merge>& merges, ByteSpan text) {
  Symbols all;
  while (!text.empty()) {
    const size_t length = word_length(text);
    Symbols word(text.begin(), text.begin() + static_cast<ptrdiff_t>(length));
    text = text.subspan(length);
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t merge = 0; merge < merges.size() && !changed; ++merge) {
        for (size_t i = 0; i + 1 < word.size() && !changed; ++i) {
          if (word[i] != merges[merge].left || word[i + 1] != merges[merge].right) continue;
          word[i] = static_cast<Symbol>(256 + merge);
          word.erase(word.begin() + static_cast<ptrdiff_t>(i) + 1);
          changed = true;
        }
      }
    }
    all.insert(all.end(), word.begin(), word.end());
  }
  return all;
}

TEST(Tokenizer, SymbolsAreTheBytesAndWhatMergesSpell) {
  const BpeTokenizer tokenizer({{'t', 'h'}, {256, 'e'}, {' ', 257}});
  EXPECT_EQ(tokenizer.size(), 259u);
  for (Symbol byte = 0; byte < 256; ++byte) EXPECT_THAT(tokenizer.bytes(byte), ElementsAre(byte));
  EXPECT_THAT(tokenizer.bytes(256), ElementsAre('t', 'h'));
  EXPECT_THAT(tokenizer.bytes(257), ElementsAre('t', 'h', 'e'));
  EXPECT_THAT(tokenizer.bytes(258), ElementsAre(' ', 't', 'h', 'e'));
  EXPECT_EQ(tokenizer.encode(bytes_of("the then th")), (Symbols{257, 258, 'n', ' ', 256}));
}

TEST(Tokenizer, WithoutMergesSymbolsAreBytes) {
  const Bytes all = test::all_byte_values();
  EXPECT_EQ(BpeTokenizer({}).encode(all), Symbols(all.begin(), all.end()));
  EXPECT_EQ(BpeTokenizer({}).size(), 256u);
}

TEST(Tokenizer, EarlierMergesGoFirstAndLeftOnesBeforeRightOnes) {
  EXPECT_EQ(encode({{'b', 'c'}, {'a', 'b'}}, "abc"), (Symbols{'a', 256}));
  EXPECT_EQ(encode({{'a', 'b'}, {'b', 'c'}}, "abc"), (Symbols{256, 'c'}));
  EXPECT_EQ(encode({{'a', 'a'}}, "aaa"), (Symbols{256, 'a'}));
  EXPECT_EQ(encode({{'a', 'a'}, {256, 'a'}}, "aaaaa"), (Symbols{256, 257}));
}

TEST(Tokenizer, MergesStayWithinWords) {
  EXPECT_EQ(encode({{'a', ' '}, {'a', '1'}}, "a a1"), (Symbols{'a', ' ', 'a', '1'}));
  EXPECT_EQ(encode({{' ', 'a'}}, "a a1"), (Symbols{'a', 256, '1'}));
}

TEST(Tokenizer, AgreesWithTheSlowWay) {
  for (const uint64_t seed : {1, 2, 3, 4}) {
    const std::vector<Merge> merges = random_merges(300 * seed, seed);
    const BpeTokenizer tokenizer(merges);
    for (const Bytes& text : {test::text(600), test::all_byte_values()}) {
      EXPECT_EQ(tokenizer.encode(text), reference(merges, text)) << seed;
    }
  }
}

TEST(Tokenizer, EveryByteStringComesBack) {
  const BpeTokenizer tokenizer(random_merges(3000, 5));
  for (const test::Input& input : test::contents(20'000)) {
    Bytes back;
    const Symbols symbols = tokenizer.encode(input.bytes);
    for (const Symbol symbol : symbols) {
      ASSERT_LT(symbol, tokenizer.size());
      const ByteSpan bytes = tokenizer.bytes(symbol);
      back.insert(back.end(), bytes.begin(), bytes.end());
    }
    EXPECT_TRUE(back == input.bytes) << input.name;
    EXPECT_LE(symbols.size(), input.bytes.size() * (input.name == "text" ? 9 : 10) / 10) << input.name;
  }
}

TEST(Tokenizer, WordsAreAsTheHeaderSays) {
  const std::map<std::string, std::vector<std::string>> cases = {
      {"It's 1,000 words", {"It", "'", "s", " 1", ",", "000", " words"}},
      {"a  b", {"a", " ", " b"}},
      {"a\n  b\n", {"a", "\n ", " b", "\n"}},
      {"a \n b", {"a", " \n", " b"}},
      {"a\t\tb", {"a", "\t\t", "b"}},
      {"x   ", {"x", "   "}},
      {" ", {" "}},
      {"  ", {"  "}},
      {" \xC3\xA4\xFF"
       "b (c)",
       {" \xC3\xA4\xFF"
        "b",
        " (", "c", ")"}},
      {std::string("a\0\x7F"
                   "1",
                   4),
       {"a", std::string("\0\x7F", 2), "1"}}};
  for (const auto& [text, words] : cases) {
    std::vector<std::string> found;
    for (size_t at = 0; at < text.size();) {
      const size_t length = word_length(ByteSpan(bytes_of(text)).subspan(at));
      found.push_back(text.substr(at, length));
      at += length;
    }
    EXPECT_EQ(found, words) << text;
  }
}

TEST(Tokenizer, NoWordIsLongerThanASymbolMayBe) {
  EXPECT_EQ(word_length(bytes_of(std::string(200, 'a'))), 64u);
  EXPECT_EQ(word_length(bytes_of(" " + std::string(200, '='))), 64u);
  EXPECT_EQ(word_length(bytes_of(std::string(200, ' '))), 64u);
  EXPECT_EQ(word_length(bytes_of(std::string(64, ' ') + "a")), 63u);
  EXPECT_EQ(word_length(bytes_of(std::string(65, ' ') + "a")), 64u);
}

TEST(Tokenizer, RefusesMergesThatMakeNoTokenizer) {
  const auto made = [](std::vector<Merge> merges) { return [=] { BpeTokenizer tokenizer(merges); }; };
  expect_corrupt(made({{256, 'a'}}), "merge 0: of a symbol that is not there yet");
  expect_corrupt(made({{'a', 'b'}, {'a', 257}}), "merge 1: of a symbol that is not there yet");
  expect_corrupt(made({{'a', ~Symbol{0}}}), "merge 0: of a symbol that is not there yet");
  expect_corrupt(made({{'a', 'b'}, {'b', 'a'}, {'a', 'b'}}), "merge 2: stands there twice");
  std::vector<Merge> doubling = {{'a', 'a'}};
  for (Symbol last = 256; last < 261; ++last) doubling.push_back({last, last});
  BpeTokenizer whole(doubling);
  EXPECT_EQ(whole.bytes(261).size(), 64u);
  doubling.push_back({261, 'a'});
  expect_corrupt(made(doubling), "merge 6: makes a symbol of more than 64 bytes");
}

TEST(Tokenizer, HoldsAsManySymbolsAsTheCoderKnows) {
  std::vector<Merge> merges;
  for (Symbol left = 0; merges.size() < BpeTokenizer::kMaxSymbols - 256; ++left) {
    for (Symbol right = 0; right < 256; ++right) merges.push_back({left, right});
  }
  ASSERT_EQ(merges.size(), BpeTokenizer::kMaxSymbols - 256);
  EXPECT_EQ(BpeTokenizer(merges).size(), BpeTokenizer::kMaxSymbols);
  merges.push_back({0, 256});
  expect_corrupt([&] { BpeTokenizer tokenizer(merges); }, "there are too many");
}

TEST(Tokenizer, ItsFileComesBack) {
  const BpeTokenizer tokenizer(random_merges(500, 6));
  EXPECT_EQ(parse_tokenizer(to_json(tokenizer)).merges(), tokenizer.merges());
  EXPECT_EQ(to_json(BpeTokenizer({{'a', 'b'}})), R"({"type":"byte-level BPE","merges":[[97,98]]})");
}

TEST(Tokenizer, RefusesFilesThatAreNotExactlyThat) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "tokenizer: no JSON"},
      {"{}", "'type' is missing"},
      {R"({"type":"BPE","merges":[]})", "'type' is not known"},
      {R"({"type":"byte-level BPE"})", "'merges' is missing"},
      {R"({"type":"byte-level BPE","merges":{}})", "'merges' is not a list"},
      {R"({"type":"byte-level BPE","merges":[],"more":1})", "'more' is not known"},
      {R"({"type":"byte-level BPE","merges":[[1]]})", "no list of pairs"},
      {R"({"type":"byte-level BPE","merges":[[1,2,3]]})", "no list of pairs"},
      {R"({"type":"byte-level BPE","merges":[1]})", "no list of pairs"},
      {R"({"type":"byte-level BPE","merges":[[1,-2]]})", "holds what is no symbol"},
      {R"({"type":"byte-level BPE","merges":[[1,2.0]]})", "holds what is no symbol"},
      {R"({"type":"byte-level BPE","merges":[[1,4294967297]]})", "holds what is no symbol"},
      {R"({"type":"byte-level BPE","merges":[[1,256]]})", "merge 0: of a symbol that is not there yet"}};
  for (const auto& [text, complaint] : cases) {
    expect_corrupt([text = text] { parse_tokenizer(text); }, complaint);
  }
}

}  // namespace
}  // namespace lmzip::model
