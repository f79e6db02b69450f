// SPDX-License-Identifier: Apache-2.0
// Code lengths: what the codecs tell without packing everything again, and what CodeLengthPredictor makes of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/random.h"
#include "codec/block_codec.h"
#include "codec/classical.h"
#include "codec/code_length_predictor.h"
#include "codec/predictive_compressor.h"
#include "lmzip/error.h"
#include "predict/mix_predictor.h"
#include "predict/order_predictor.h"
#include "unit/codec/compressor_battery.h"
#include "unit/predict/trace.h"

namespace lmzip::test {
namespace {

using codec::CodeLengthPredictor;
using codec::PredictiveCompressor;
using Strings = std::vector<Bytes>;

std::vector<double> lengths(const Compressor& codec, ByteSpan history, const Strings& endings, LengthUnit unit) {
  return codec.code_lengths(history, std::vector<ByteSpan>(endings.begin(), endings.end()), unit);
}

Bytes joined(ByteSpan history, ByteSpan ending) {
  Bytes whole(history.begin(), history.end());
  whole.insert(whole.end(), ending.begin(), ending.end());
  return whole;
}

void expect_brute_force(const Compressor& codec, ByteSpan history, const Strings& endings) {
  SCOPED_TRACE(codec.info().spec + " behind " + std::to_string(history.size()) + " bytes");
  const std::vector<double> told = lengths(codec, history, endings, LengthUnit::kBytes);
  ASSERT_EQ(told.size(), endings.size());
  for (size_t i = 0; i < endings.size(); ++i) {
    ASSERT_EQ(told[i], 8.0 * static_cast<double>(packed(codec, joined(history, endings[i])).size())) << "ending " << i;
  }
}

Bytes random_bytes(size_t size, base::Random& random, uint64_t distinct = 256) {
  Bytes bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.below(distinct));
  return bytes;
}

/// A few of everything: nothing, bytes, what the history has, what it has not, more than zlib looks ahead.
Strings some_endings(ByteSpan history, base::Random& random) {
  Strings endings = {{}, {0}, {'e'}, random_bytes(3, random), random_bytes(700, random), Bytes(300, 'x')};
  for (int i = 0; i < 3; ++i) {
    const size_t size = std::min<size_t>(history.size(), 1 + random.below(300));
    const auto from = history.begin() + static_cast<ptrdiff_t>(random.below(history.size() - size + 1));
    endings.emplace_back(from, from + static_cast<ptrdiff_t>(size));
  }
  return endings;
}

Strings all_bytes() {
  Strings endings;
  for (int byte = 0; byte < 256; ++byte) endings.push_back({static_cast<uint8_t>(byte)});
  return endings;
}

std::vector<Bytes> histories(size_t size, base::Random& random) {
  Bytes runs;
  while (runs.size() < size) runs.resize(runs.size() + 1 + random.below(600), static_cast<uint8_t>(random.next()));
  runs.resize(size);
  return {text(size), random_bytes(size, random), random_bytes(size, random, 3), runs};
}

TEST(GzipCodeLengths, EqualBruteForceOnRandomContexts) {
  base::Random random(1);
  for (int round = 0; round < 40; ++round) {
    const auto codec = codec::make_gzip(static_cast<unsigned>(1 + random.below(9)));
    for (const Bytes& history : histories(random.below(6000), random)) {
      expect_brute_force(*codec, history, some_endings(history, random));
    }
  }
}

TEST(GzipCodeLengths, EqualBruteForceForEveryNextByte) {
  base::Random random(2);
  for (const unsigned level : {1u, 4u, 6u, 9u}) {
    for (const size_t size : {0, 1, 300}) expect_brute_force(*codec::make_gzip(level), text(size), all_bytes());
  }
}

TEST(GzipCodeLengths, EqualBruteForceAroundTheWindowAndThePiece) {
  base::Random random(3);
  const size_t window = 32 << 10;
  for (const size_t size : {window - 262, window - 1, window, window + 1, 2 * window - 262, 2 * window,
                            codec::kPieceSize, codec::kPieceSize + 1}) {
    for (const unsigned level : {1u, 9u}) {
      for (const Bytes& history : histories(size, random)) {
        expect_brute_force(*codec::make_gzip(level), history, {{}, {'e'}, random_bytes(300, random)});
      }
    }
  }
}

TEST(GzipCodeLengths, EqualBruteForceForEndingsOfSeveralPieces) {
  base::Random random(4);
  const Bytes ending = random_bytes(2 * codec::kPieceSize + 5, random, 20);
  for (const size_t size : {0, 100}) expect_brute_force(*codec::make_gzip(6), text(size), {ending});
}

/// Of a gzip stream, in bits: what stands behind DEFLATE's, and the most that fills its last byte.
constexpr double kTrailer = 64, kPadding = 7;

TEST(GzipCodeLengths, BitsAreThoseOfTheBytesBeforePaddingAndTrailer) {
  base::Random random(5);
  for (int round = 0; round < 40; ++round) {
    const auto codec = codec::make_gzip(static_cast<unsigned>(1 + random.below(9)));
    for (const Bytes& history : histories(1 + random.below(6000), random)) {
      const Strings endings = some_endings(history, random);
      const auto bytes = lengths(*codec, history, endings, LengthUnit::kBytes);
      const auto bits = lengths(*codec, history, endings, LengthUnit::kBits);
      for (size_t i = 0; i < endings.size(); ++i) {
        ASSERT_LE(bits[i], bytes[i] - kTrailer) << round << " " << i;
        ASSERT_GE(bits[i], bytes[i] - kTrailer - kPadding) << round << " " << i;
      }
    }
  }
}

TEST(GzipCodeLengths, BitsTellApartWhatBytesDoNot) {
  const auto codec = codec::make_gzip(9);
  const auto bytes = lengths(*codec, text(2000), all_bytes(), LengthUnit::kBytes);
  const auto bits = lengths(*codec, text(2000), all_bytes(), LengthUnit::kBits);
  EXPECT_LE(std::set<double>(bytes.begin(), bytes.end()).size(), 4u);
  EXPECT_GE(std::set<double>(bits.begin(), bits.end()).size(), 12u);
}

TEST(GzipCodeLengths, BitsGrowByTheCodesOfTheBytes) {
  // Few short bytes make a block with the fixed codes: 8 bits for a byte below 144, 9 for others (RFC 1951, 3.2.6).
  const auto codec = codec::make_gzip(9);
  const auto bits = lengths(*codec, {}, {{'a'}, {'a', 'b'}, {'a', 'b', 200}, {'a', 'b', 200, 201}}, LengthUnit::kBits);
  EXPECT_THAT(bits, ::testing::ElementsAre(80 + 3 + 8 + 7, 80 + 3 + 16 + 7, 80 + 3 + 25 + 7, 80 + 3 + 34 + 7));
}

TEST(CodeLengths, OfAllCodecsEqualBruteForce) {
  std::vector<std::unique_ptr<Compressor>> codecs;
  codecs.push_back(codec::make_store());
  for (const unsigned preset : {0u, 6u}) codecs.push_back(codec::make_lzma2({.preset = preset}));
  codecs.push_back(codec::make_lzma2({.preset = 9, .extreme = true}));
  codecs.push_back(codec::make_png({}));
  codecs.push_back(codec::make_flac({}));
  codecs.push_back(codec::make_flac({.level = 5, .bits = 16}));
#if LMZIP_HAVE_ZSTD
  for (const unsigned level : {1u, 3u, 9u, 16u, 19u, 22u}) codecs.push_back(codec::make_zstd(level));
#endif
  codecs.push_back(std::make_unique<PredictiveCompressor>(predict::make_order(1)));
  base::Random random(6);
  for (const size_t size : {0, 100, 257, 1500, 5000}) {
    for (const Bytes& history : histories(size, random)) {
      for (const auto& codec : codecs) expect_brute_force(*codec, history, some_endings(history, random));
    }
  }
}

uint32_t frequency(const FrequencyTable& table, Symbol byte) { return table.high(byte) - table.low(byte); }

void feed(Session& session, ByteSpan bytes) {
  for (const Symbol byte : bytes) session.advance({&byte, 1});
}

TEST(Duality, CodeLengthsInBitsGiveBackThePredictor) {
  const Bytes context = text(180);
  for (const auto& predictor :
       {predict::make_order(0), predict::make_order(1), predict::make_order(2), predict::make_order(6)}) {
    const CodeLengthPredictor back(std::make_shared<PredictiveCompressor>(predictor), {.unit = LengthUnit::kBits});
    const auto session = predictor->open(1), back_session = back.open(1);
    feed(*session, context);
    feed(*back_session, context);
    const FrequencyTable& expected = session->forecast(0);
    const FrequencyTable& table = back_session->forecast(0);
    for (Symbol byte = 0; byte < 256; ++byte) {
      const double p = static_cast<double>(frequency(expected, byte)) / expected.total();
      ASSERT_NEAR(static_cast<double>(frequency(table, byte)) / table.total(), p, 0x1p-22 + p * 0x1p-14) << byte;
    }
  }
}

TEST(Duality, CodeLengthsInBitsGiveBackAPredictorOfBits) {
  const Bytes context = text(40);
  const auto mix = predict::make_mix(1);
  const PredictiveCompressor codec(mix);
  const CodeLengthPredictor back(std::make_shared<PredictiveCompressor>(mix), {.unit = LengthUnit::kBits});
  const auto session = back.open(1);
  feed(*session, context);
  const FrequencyTable& table = session->forecast(0);
  ProgressSink progress;
  const Bytes frequent = bytes_of("e tx");
  std::vector<Bytes> wholes = {context};
  for (const uint8_t byte : frequent) wholes.push_back(joined(context, {&byte, 1}));
  const auto bits = codec.ideal_bits(std::vector<ByteSpan>(wholes.begin(), wholes.end()), progress);
  for (size_t i = 0; i < frequent.size(); ++i) {
    EXPECT_NEAR(table.bits(frequent[i]), bits[i + 1] - bits[0], 0.001) << frequent[i];
  }
}

TEST(PredictiveCodeLengths, AreTheIdealBits) {
  base::Random random(7);
  const Bytes history = text(50);
  Strings endings = some_endings(history, random);
  for (uint8_t last = 1; last < 4; ++last) endings.push_back({'a', 'b', last});
  for (const auto& predictor : {predict::make_order(2), predict::make_mix(1)}) {
    const PredictiveCompressor codec(predictor);
    const auto told = lengths(codec, history, endings, LengthUnit::kBits);
    Strings wholes;
    for (const Bytes& ending : endings) wholes.push_back(joined(history, ending));
    ProgressSink progress;
    const auto ideal = codec.ideal_bits(std::vector<ByteSpan>(wholes.begin(), wholes.end()), progress);
    for (size_t i = 0; i < endings.size(); ++i) EXPECT_NEAR(told[i], ideal[i], 1e-6) << predictor->info().spec << i;
  }
}

double probability(const FrequencyTable& table, Symbol byte) {
  return static_cast<double>(frequency(table, byte)) / table.total();
}

std::shared_ptr<const Compressor> gzip() { return codec::make_gzip(9); }

/// What `string` costs after `context`.
double bits_of(const Predictor& predictor, ByteSpan context, std::string_view string) {
  const auto session = predictor.open(1);
  feed(*session, context);
  double bits = 0;
  for (const uint8_t byte : bytes_of(string)) {
    bits += session->forecast(0).bits(byte);
    feed(*session, {&byte, 1});
  }
  return bits;
}

TEST(Horizon, FindsAWordThatTheNextByteAloneDoesNotTell) {
  const Bytes context = text(448);  // the word is in it, and it ends with what stood before that
  EXPECT_GT(bits_of(CodeLengthPredictor(gzip(), {.horizon = 1}), context, "language"), 7);
  EXPECT_LT(bits_of(CodeLengthPredictor(gzip(), {.horizon = 8, .beam = 8}), context, "language"), 0.5);
}

TEST(Horizon, FindsItWithACodecThatKnowsOnlyBytes) {
  const Bytes all = joined(text(160), bytes_of("zPHRASE0123456789qwertz"));
  const ByteSpan context = ByteSpan(all).last(132);
  const std::shared_ptr<const Compressor> codec = codec::make_lzma2({});
  EXPECT_GT(bits_of(CodeLengthPredictor(codec, {.horizon = 1}), context, "PHRASE"), 5);
  EXPECT_LT(bits_of(CodeLengthPredictor(codec, {.horizon = 6, .beam = 4}), context, "PHRASE"), 0.5);
}

/// As long as a string is unlike "abcd".
class LikesAbcd final : public Compressor {
 public:
  const CompressorInfo& info() const override { return info_; }
  std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink&) const override {
    std::vector<Bytes> packed;
    for (const ByteSpan block : blocks) {
      size_t size = 10;
      for (size_t i = 0; i < block.size(); ++i) size += block[i] != 'a' + i % 4;
      packed.emplace_back(size);
    }
    return packed;
  }
  std::vector<Bytes> decompress(std::span<const ByteSpan>, std::span<const size_t>, ProgressSink&) const override {
    throw Error(ErrorKind::kUsage, "not needed");
  }

 private:
  CompressorInfo info_{.spec = "abcd"};
};

CodeLengthPredictor abcd(size_t horizon, size_t beam) {
  return CodeLengthPredictor(std::make_shared<LikesAbcd>(), {.window = 0, .horizon = horizon, .beam = beam});
}

TEST(Horizon, AByteIsAsLikelyAsTheStringsThatBeginWithIt) {
  const auto session = abcd(2, 3).open(1);
  const FrequencyTable& table = session->forecast(0);
  // Kept are "ab" and, of those one byte longer, "aa", as the byte was there before, and "a\0". So "a" has all the
  // weight,
  EXPECT_GT(probability(table, 'a'), 0.9999);
  feed(*session, bytes_of("a"));
  // and behind it "b" has 256 times that of each of the two.
  const FrequencyTable& next = session->forecast(0);
  EXPECT_EQ(frequency(next, 'b'), frequency(next, 0) << 8);
  EXPECT_EQ(frequency(next, 'b'), frequency(next, 'a') << 8);
  EXPECT_EQ(frequency(next, 1), 1u);
}

TEST(Horizon, ABlockEndsAfterAByteThatNoCandidateHas) {
  const auto session = abcd(4, 1).open(1);
  feed(*session, bytes_of("a"));
  EXPECT_GT(probability(session->forecast(0), 'b'), 0.99);  // "abcd" goes on
  feed(*session, bytes_of("?"));
  EXPECT_GT(probability(session->forecast(0), 'a'), 0.99);  // and begins anew
}

TEST(Horizon, ANewBlockBeginsWhenThisOneIsThrough) {
  const auto session = abcd(3, 1).open(1);
  for (const char* const byte : {"a", "b", "c", "a", "b", "c"}) {
    EXPECT_GT(probability(session->forecast(0), static_cast<uint8_t>(*byte)), 0.99) << byte;
    feed(*session, bytes_of(byte));
  }
}

TEST(Horizon, OfWhatIsNotAskedForThereIsNoSearch) {
  // Searching at each of these bytes would take hours.
  const auto session = CodeLengthPredictor(gzip(), {.horizon = 250, .beam = 4096}).open(1);
  feed(*session, text(100'000));
  EXPECT_EQ(session->lanes(), 1);
}

TEST(CodeLengthThreads, DoNotChangeForecasts) {
  const Bytes context = text(1000);
  for (const size_t horizon : {1, 3}) {
    Trace expected;
    for (const unsigned threads : {1u, 2u, 3u, 8u}) {
      const CodeLengthPredictor predictor(gzip(), {.window = 500, .horizon = horizon, .beam = 5, .threads = threads});
      const auto session = predictor.open(1);
      feed(*session, context);
      Trace trace;
      for (const uint8_t byte : bytes_of("the of")) {
        trace.push_back(digest(session->forecast(0)));
        feed(*session, {&byte, 1});
      }
      if (threads == 1) expected = trace;
      EXPECT_EQ(trace, expected) << horizon << " " << threads;
    }
  }
}

TEST(CodeLengthThreads, ErrorsOfAnyReachTheCaller) {
  class Failing final : public Compressor {
   public:
    const CompressorInfo& info() const override { return info_; }
    std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink&) const override {
      if (blocks[0].back() == 200) throw std::bad_alloc();
      return {Bytes(1)};
    }
    std::vector<Bytes> decompress(std::span<const ByteSpan>, std::span<const size_t>, ProgressSink&) const override {
      return {};
    }

   private:
    CompressorInfo info_{.spec = "failing"};
  };
  for (const unsigned threads : {1u, 2u, 5u}) {
    const auto session = CodeLengthPredictor(std::make_shared<Failing>(), {.threads = threads}).open(1);
    EXPECT_THROW(session->forecast(0), std::bad_alloc) << threads;
  }
}

TEST(CodeLengthWindow, OfAPromptOnlyItsEndMatters) {
  for (const size_t horizon : {1, 2}) {
    const CodeLengthPredictor predictor(gzip(), {.window = 100, .horizon = horizon, .beam = 4});
    const auto all = predictor.open(1), end = predictor.open(1);
    feed(*all, text(1000));
    feed(*end, ByteSpan(text(1000)).last(100));
    EXPECT_EQ(digest(all->forecast(0)), digest(end->forecast(0))) << horizon;
  }
}

TEST(CodeLengthPredictor, RefusesWhatIsBeyondItsOptions) {
  for (const CodeLengthOptions& options :
       {CodeLengthOptions{.horizon = 0}, CodeLengthOptions{.horizon = kMaxHorizon + 1}, CodeLengthOptions{.beam = 0},
        CodeLengthOptions{.beam = kMaxBeam + 1}, CodeLengthOptions{.threads = 0}}) {
    EXPECT_THROW(CodeLengthPredictor(gzip(), options), Error);
  }
}

}  // namespace
}  // namespace lmzip::test
