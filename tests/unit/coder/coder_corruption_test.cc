// SPDX-License-Identifier: Apache-2.0
// Whatever bytes the decoder is given, it returns symbols of the alphabet or stops with an error, soon.
#include <gtest/gtest.h>

#include <memory>

#include "lmzip/error.h"
#include "unit/coder/coder_fixtures.h"

namespace lmzip::test {
namespace {

/// A heap block of exactly this size, so that a sanitizer sees the first byte read behind it.
class Exact {
 public:
  explicit Exact(ByteSpan bytes) : data_(new uint8_t[bytes.size()]), size_(bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), data_.get());
  }
  ByteSpan span() const { return {data_.get(), size_}; }

 private:
  std::unique_ptr<uint8_t[]> data_;
  size_t size_;
};

Bytes random_bytes(size_t count, std::mt19937_64& random) {
  Bytes bytes(count);
  for (auto& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

TEST(CoderCorruption, DecoderStopsAfterOverread) {
  std::mt19937_64 random(1);
  for (const size_t size : {0u, 1u, 2u, 3u, 4u, 5u, 7u, 8u, 100u}) {
    const Exact code(random_bytes(size, random));
    ArithmeticDecoder decoder(code.span());
    // Fair bits take one bit of code each: the real ones decode, the first one behind the zeros allowed does not.
    for (size_t i = 0; i < 8 * size; ++i) decoder.decode_bit(1 << 15);
    try {
      decoder.decode_bit(1 << 15);
      FAIL() << "read on behind " << size << " bytes";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
      EXPECT_NE(std::string(error.what()).find("byte " + std::to_string(size)), std::string::npos) << error.what();
    }
  }
}

TEST(CoderCorruption, WholeCodeNeverNeedsMoreThanTheOverread) {
  // The bound from the other side: no well-formed stream may hit it, whatever state it ends in.
  std::mt19937_64 random(2);
  for (int i = 0; i < 3000; ++i) {
    const uint32_t symbols = 2 + below(random, 5);
    const FrequencyTable table = random_table(symbols, symbols + below(random, 1 << (1 + i % 24)), random);
    const auto sequence = draw(table, static_cast<size_t>(i % 70), random);
    const Exact code(encode_all(sequence, table));
    ASSERT_EQ(decode_all(code.span(), sequence.size(), table), sequence);
  }
}

TEST(CoderCorruption, OneCodeAloneDecodesToGivenSymbols) {
  std::mt19937_64 random(6);
  for (int i = 0; i < 300; ++i) {
    const FrequencyTable table =
        random_table(2, 2 + below(random, 1 << (1 + i % 16)), random);  // long runs of E3 steps
    const auto sequence = draw(table, static_cast<size_t>(i), random);
    const Bytes code = encode_all(sequence, table);
    const auto decodes = [&](const Bytes& other) {
      const Exact exact(other);
      try {
        return decode_all(exact.span(), sequence.size(), table) == sequence;
      } catch (const Error&) {
        return false;
      }
    };
    ASSERT_TRUE(decodes(code));
    for (size_t bit = 8 * code.size() - std::min<size_t>(40, 8 * code.size()); bit < 8 * code.size(); ++bit) {
      Bytes other = code;
      other[bit / 8] = static_cast<uint8_t>(other[bit / 8] ^ 0x80 >> bit % 8);
      ASSERT_FALSE(decodes(other)) << "bit " << bit << " of " << 8 * code.size();
    }
    Bytes other = code;
    other.pop_back();
    ASSERT_FALSE(decodes(other));
    other = code;
    other.push_back(0);
    ASSERT_FALSE(decodes(other));
  }
}

TEST(CoderCorruption, TruncatedCodeDecodesItsBeginningOrThrows) {
  std::mt19937_64 random(3);
  const FrequencyTable table = random_table(256, 1 << 16, random);
  const auto sequence = draw(table, 300, random);
  const Bytes code = encode_all(sequence, table);
  for (size_t size = 0; size < code.size(); ++size) {
    const Exact head(ByteSpan(code).first(size));
    size_t decoded = 0, right = 0;
    try {
      ArithmeticDecoder decoder(head.span());
      for (; decoded < sequence.size(); ++decoded) {
        const Symbol symbol = decoder.decode(table);
        ASSERT_LT(symbol, table.size());
        right += decoded == right && symbol == sequence[decoded];
      }
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
    }
    EXPECT_GE(ideal_bits(std::span(sequence).first(right), table) + 32, 8.0 * static_cast<double>(size) - 32);
    if (size + ArithmeticDecoder::kMaxOverread + 1 < code.size()) {
      EXPECT_LT(decoded, sequence.size()) << "of " << size << " bytes";
    }
  }
}

TEST(CoderCorruption, RandomInputYieldsSymbolsOfTheAlphabetOrThrows) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 400; ++i) {
    const uint32_t symbols = i % 2 == 0 ? 2 + below(random, 9) : 2 + below(random, 3000);
    const FrequencyTable table = random_table(symbols, symbols + below(random, (1 << 24) - symbols), random);
    const Exact code(random_bytes(below(random, 200), random));
    size_t decoded = 0;
    try {
      ArithmeticDecoder decoder(code.span());
      for (; decoded < 5000; ++decoded) {
        const bool as_bit = decoded % 5 == 4;
        const Symbol symbol = as_bit ? Symbol{decoder.decode_bit(1 + below(random, 65535))} : decoder.decode(table);
        ASSERT_LT(symbol, as_bit ? 2 : symbols);
      }
    } catch (const Error& error) {
      ASSERT_EQ(error.kind(), ErrorKind::kCorrupt);
    }
  }
}

TEST(CoderCorruption, BitFlipAnywhereIsSurvived) {
  std::mt19937_64 random(5);
  const FrequencyTable table = winner_takes_all(1 << 17, 1 << 24, 77);
  const auto sequence = draw(table, 2000, random);
  const Bytes code = encode_all(sequence, table);
  for (size_t bit = 0; bit < 8 * code.size(); ++bit) {
    Bytes damaged = code;
    damaged[bit / 8] = static_cast<uint8_t>(damaged[bit / 8] ^ 0x80 >> bit % 8);
    const Exact exact(damaged);
    try {
      for (const Symbol symbol : decode_all(exact.span(), sequence.size(), table)) ASSERT_LT(symbol, table.size());
    } catch (const Error& error) {
      ASSERT_EQ(error.kind(), ErrorKind::kCorrupt);
    }
  }
}

}  // namespace
}  // namespace lmzip::test
