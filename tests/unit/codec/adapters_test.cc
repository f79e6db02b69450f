// SPDX-License-Identifier: Apache-2.0
// The two adapters of the duality: PredictiveCompressor and CodeLengthPredictor.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "codec/classical.h"
#include "codec/code_length_predictor.h"
#include "codec/predictive_compressor.h"
#include "lmzip/error.h"
#include "lmzip/tokenizer.h"
#include "model/tokenizer.h"
#include "predict/lane_session.h"
#include "predict/mix_predictor.h"
#include "predict/order_predictor.h"
#include "predict/uniform_predictor.h"
#include "unit/codec/compressor_battery.h"
#include "unit/predict/session_contract.h"

namespace lmzip::test {
namespace {

using codec::CodeLengthPredictor;
using codec::PredictiveCompressor;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A table that changes with every symbol, over an alphabet and with totals that no real predictor has.
class CountingModel {
 public:
  explicit CountingModel(Symbol alphabet) : counts_(alphabet, 1) {}
  void forecast(FrequencyTable& table) const { table.assign(counts_); }
  void advance(Symbol symbol) {
    if (counts_.at(symbol) < 30'000) counts_[symbol] += 3;
  }
  void mark() {
    if (counts_.size() != 2) throw Error(ErrorKind::kUnsupported, "of bits only");
    marks_.push_back(counts_);
  }
  void rewind() {
    if (marks_.empty()) throw Error(ErrorKind::kUsage, "no mark");
    counts_ = marks_.back();
    marks_.pop_back();
  }

 private:
  std::vector<uint32_t> counts_;
  std::vector<std::vector<uint32_t>> marks_;
};

class CountingPredictor final : public Predictor {
 public:
  explicit CountingPredictor(Symbol alphabet) {
    info_ = {.spec = "counting:" + std::to_string(alphabet),
             .alphabet = alphabet,
             .numerics = Numerics::kHostBound,
             .parameter_bytes = 123,
             .lane_bytes = 456,
             .bytes_per_byte = 7,
             .preferred_lanes = 3,
             .model_digest = "00112233445566778899aabbccddeeff",
             .probe_digest = "0123456789abcdef"};
  }
  const PredictorInfo& info() const override { return info_; }
  std::unique_ptr<Session> open(int lanes) const override {
    return std::make_unique<predict::LaneSession<CountingModel>>(lanes, info_.alphabet);
  }

 private:
  PredictorInfo info_;
};

/// Counts symbols of the words of text(), some of which begin or end like others.
class TokenPredictor final : public Predictor {
 public:
  const PredictorInfo& info() const override { return counting_.info(); }
  std::unique_ptr<Session> open(int lanes) const override { return counting_.open(lanes); }
  const Tokenizer* tokenizer() const override { return &tokenizer_; }

 private:
  model::BpeTokenizer tokenizer_{{{'o', 'f'},
                                  {' ', 'i'},
                                  {'i', 's'},
                                  {257, 's'},
                                  {0xE3, 0xAA},
                                  {'a', 'b'},
                                  {261, 'c'},
                                  {0, 0},
                                  {263, 263},
                                  {0xFF, 0xFF}}};
  CountingPredictor counting_{tokenizer_.size()};
};

std::shared_ptr<const Compressor> gzip() { return codec::make_gzip(9); }

struct NamedPredictor {
  std::string name;
  std::shared_ptr<const Predictor> predictor;
};
std::ostream& operator<<(std::ostream& out, const NamedPredictor& each) { return out << each.name; }

std::vector<NamedPredictor> predictors() {
  return {{"BitsOfSixteen", predict::make_mix(1)},
          {"BitsOfOddTotals", std::make_shared<CountingPredictor>(2)},
          {"Bytes", predict::make_order(2)},
          {"BytesOfOddTotals", std::make_shared<CountingPredictor>(256)},
          {"Tokens", std::make_shared<TokenPredictor>()},
          {"Uniform", predict::make_uniform()}};
}

std::vector<Symbol> symbols_of(const Predictor& predictor, ByteSpan raw) {
  if (predictor.tokenizer() != nullptr) return predictor.tokenizer()->encode(raw);
  if (predictor.info().alphabet != 2) return {raw.begin(), raw.end()};
  std::vector<Symbol> bits;
  for (const uint8_t byte : raw) {
    for (int shift = 7; shift >= 0; --shift) bits.push_back(byte >> shift & 1);
  }
  return bits;
}

class PredictiveCompressorTest : public ::testing::TestWithParam<NamedPredictor> {
 protected:
  PredictiveCompressor codec_{GetParam().predictor};
  static constexpr Effort kEffort{
      .content_size = 12'000, .largest_boundary = 2048, .damages = 20, .stop_size = 1 << 20};
};

TEST_P(PredictiveCompressorTest, RestoresEverything) { expect_restores_everything(codec_, kEffort); }

TEST_P(PredictiveCompressorTest, BlocksOfUnequalLengthDoNotKnowEachOther) {
  expect_independent_blocks(codec_, kEffort);
}

TEST_P(PredictiveCompressorTest, ServesSeveralThreads) { expect_thread_safe(codec_, kEffort); }

TEST_P(PredictiveCompressorTest, SurvivesDamage) { expect_survives_damage(codec_, kEffort); }

TEST_P(PredictiveCompressorTest, StopsWithinABlock) { expect_stops(codec_, kEffort); }

TEST_P(PredictiveCompressorTest, EmptyBlocksAmongOthersComeBackEmpty) {
  const Bytes raw = text(100);
  const std::vector<ByteSpan> blocks = {{}, raw, {}};
  ProgressSink progress;
  const std::vector<Bytes> payloads = codec_.compress(blocks, progress);
  const std::vector<size_t> sizes = {0, raw.size(), 0};
  EXPECT_THAT(codec_.decompress(std::vector<ByteSpan>(payloads.begin(), payloads.end()), sizes, progress),
              ElementsAre(Bytes{}, raw, Bytes{}));
  EXPECT_EQ(progress.raw_bytes(), 2 * raw.size());
}

TEST_P(PredictiveCompressorTest, PayloadIsAsShortAsTheForecastsAllow) {
  const Bytes raw = text(5000);
  const Bytes other = text(70);
  const auto session = GetParam().predictor->open(1);
  double ideal = 0;
  for (const Symbol symbol : symbols_of(*GetParam().predictor, raw)) {
    ideal += session->forecast(0).bits(symbol);
    session->advance({&symbol, 1});
  }
  const double bits = 8 * static_cast<double>(packed(codec_, raw).size());
  EXPECT_LE(bits, ideal * 1.0001 + 8);
  EXPECT_GE(bits, ideal * 0.9999 - 2);
  ProgressSink progress;
  EXPECT_DOUBLE_EQ(codec_.ideal_bits(std::vector<ByteSpan>{other, raw, {}}, progress)[1], ideal);
  EXPECT_EQ(progress.raw_bytes(), raw.size() + other.size());
}

INSTANTIATE_TEST_SUITE_P(Of, PredictiveCompressorTest, ::testing::ValuesIn(predictors()),
                         [](const auto& each) { return each.param.name; });

TEST(PredictiveCompressor, PassesOnWhatThePredictorSays) {
  const PredictiveCompressor codec(std::make_shared<CountingPredictor>(2));
  EXPECT_EQ(codec.info().spec, "counting:2");
  EXPECT_EQ(codec.info().numerics, Numerics::kHostBound);
  EXPECT_EQ(codec.info().parameter_bytes, 123u);
  EXPECT_EQ(codec.info().fixed_bytes, 456u);
  EXPECT_EQ(PredictiveCompressor(std::make_shared<CountingPredictor>(256)).info().fixed_bytes,
            456u + 4 * PredictiveCompressor::kPiece);
  EXPECT_EQ(codec.info().bytes_per_byte, 7);
  EXPECT_EQ(codec.info().model_digest, "00112233445566778899aabbccddeeff");
  EXPECT_EQ(codec.info().probe_digest, "0123456789abcdef");
}

TEST(PredictiveCompressor, TrainedWeightsWantManySmallBlocks) {
  const CompressorInfo trained = PredictiveCompressor(std::make_shared<CountingPredictor>(256)).info();
  EXPECT_EQ(trained.preferred_lanes, 3u);
  EXPECT_GE(trained.preferred_block_size, 64u << 10);
  EXPECT_EQ(trained.preferred_block_size % 1024, 0u);
  const CompressorInfo adaptive = PredictiveCompressor(predict::make_order(2)).info();
  EXPECT_EQ(adaptive.preferred_lanes, 1u);
  EXPECT_EQ(adaptive.preferred_block_size, 0u);
}

/// Writes down what it is told of the future.
class ForeseeingPredictor final : public Predictor {
 public:
  explicit ForeseeingPredictor(Symbol alphabet) {
    info_ = {.spec = "foreseeing", .alphabet = alphabet, .lane_bytes = 1, .preferred_lanes = 2};
  }
  const PredictorInfo& info() const override { return info_; }
  std::unique_ptr<Session> open(int lanes) const override {
    opened.push_back(lanes);
    return std::make_unique<ForeseeingSession>(foreseen, info_.alphabet, lanes);
  }

  mutable std::vector<std::pair<int, Stream>> foreseen;
  mutable std::vector<int> opened;  ///< lanes of each session

 private:
  class ForeseeingSession final : public Session {
   public:
    ForeseeingSession(std::vector<std::pair<int, Stream>>& foreseen, Symbol alphabet, int lanes)
        : lanes_(lanes), foreseen_(foreseen) {
      table_.assign(std::vector<uint32_t>(alphabet, 1));
    }
    int lanes() const override { return lanes_; }
    const FrequencyTable& forecast(int) override { return table_; }
    void advance(std::span<const Symbol>) override { fed_ = true; }
    void foresee(int lane, std::span<const Symbol> upcoming) override {
      EXPECT_FALSE(fed_);
      foreseen_.emplace_back(lane, Stream(upcoming.begin(), upcoming.end()));
    }

   private:
    int lanes_;
    bool fed_ = false;
    FrequencyTable table_;
    std::vector<std::pair<int, Stream>>& foreseen_;
  };

  PredictorInfo info_;
};

TEST(PredictiveCompressor, OnlyTheEncoderTellsWhatComes) {
  const Bytes a = text(100), b = text(50);
  const auto symbols = [](const Bytes& bytes, Symbol alphabet) {
    if (alphabet == 256) return Stream(bytes.begin(), bytes.end());
    Stream bits;
    for (const uint8_t byte : bytes) {
      for (int shift = 7; shift >= 0; --shift) bits.push_back(byte >> shift & 1);
    }
    return bits;
  };
  const std::vector<size_t> sizes = {a.size(), b.size()};
  for (const Symbol alphabet : {256u, 2u}) {
    const auto predictor = std::make_shared<ForeseeingPredictor>(alphabet);
    const PredictiveCompressor codec(predictor);
    ProgressSink progress;
    const std::vector<Bytes> payloads = codec.compress(std::vector<ByteSpan>{a, b}, progress);
    const auto told = std::exchange(predictor->foreseen, {});
    EXPECT_THAT(told, ElementsAre(std::pair(0, symbols(a, alphabet)), std::pair(1, symbols(b, alphabet))));
    codec.decompress(std::vector<ByteSpan>(payloads.begin(), payloads.end()), sizes, progress);
    EXPECT_TRUE(predictor->foreseen.empty());
  }
}

/// What a session was told of the future must be what it is fed, piece by piece.
class CheckingPredictor final : public Predictor {
 public:
  explicit CheckingPredictor(const Tokenizer* tokenizer) : tokenizer_(tokenizer) {
    info_ = {.spec = "checking", .alphabet = tokenizer ? tokenizer->size() : 256, .lane_bytes = 1};
  }
  const PredictorInfo& info() const override { return info_; }
  const Tokenizer* tokenizer() const override { return tokenizer_; }
  std::unique_ptr<Session> open(int) const override { return std::make_unique<CheckingSession>(*this); }

  mutable std::vector<size_t> pieces;  ///< symbols of each

 private:
  class CheckingSession final : public Session {
   public:
    explicit CheckingSession(const CheckingPredictor& predictor)
        : pieces_(predictor.pieces), table_(FrequencyTable::uniform(predictor.info_.alphabet)) {}
    int lanes() const override { return 1; }
    const FrequencyTable& forecast(int) override { return table_; }
    void foresee(int, std::span<const Symbol> upcoming) override {
      EXPECT_TRUE(upcoming_.empty());
      upcoming_ = upcoming;
      pieces_.push_back(upcoming.size());
    }
    void advance(std::span<const Symbol> next) override {
      ASSERT_FALSE(upcoming_.empty());
      EXPECT_EQ(next[0], upcoming_[0]);
      upcoming_ = upcoming_.subspan(1);
    }

   private:
    std::vector<size_t>& pieces_;
    std::span<const Symbol> upcoming_;
    FrequencyTable table_;
  };

  PredictorInfo info_;
  const Tokenizer* tokenizer_;
};

TEST(PredictiveCompressor, LargeBlocksAreForeseenInPieces) {
  const size_t piece = PredictiveCompressor::kPiece;
  const Bytes zeros(2 * piece + 10);
  const std::vector<ByteSpan> block{zeros};
  ProgressSink progress;
  const auto bytes = std::make_shared<CheckingPredictor>(nullptr);
  PredictiveCompressor(bytes).compress(block, progress);
  EXPECT_THAT(bytes->pieces, ElementsAre(piece, piece, 10));
  const model::BpeTokenizer pairs({{0, 0}});
  const auto tokens = std::make_shared<CheckingPredictor>(&pairs);
  PredictiveCompressor(tokens).compress(block, progress);
  EXPECT_THAT(tokens->pieces, ElementsAre(piece / 2, piece / 2, 5));
}

TEST(PredictiveCompressor, ATokenBeyondTheEndIsCorrupt) {
  const PredictiveCompressor codec(std::make_shared<TokenPredictor>());
  const Bytes raw = bytes_of("abcabcabc");
  const Bytes payload = packed(codec, raw);
  EXPECT_EQ(unpacked(codec, payload, raw.size()), raw);
  const ByteSpan span = payload;
  const size_t raw_size = 7;
  ProgressSink progress;
  try {
    codec.decompress({&span, 1}, {&raw_size, 1}, progress);
    FAIL() << "7 bytes out of tokens of 3";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
    EXPECT_STREQ(error.what(), "counting: a token goes beyond the end of the block");
  }
}

TEST(PredictiveCompressor, NoMoreLanesStepTogetherThanThePredictorPrefers) {
  const auto predictor = std::make_shared<ForeseeingPredictor>(256);
  const Bytes raw = text(10);
  const std::vector<ByteSpan> blocks(5, raw);
  ProgressSink progress;
  EXPECT_EQ(PredictiveCompressor(predictor).compress(blocks, progress).size(), 5u);
  EXPECT_THAT(predictor->opened, ElementsAre(2, 2, 1));
}

TEST(PredictiveCompressor, MixCountsTheHistoryItKeeps) {
  EXPECT_GE(PredictiveCompressor(predict::make_mix(1)).info().bytes_per_byte, 1);
}

class OtherTokenizer final : public Predictor {
 public:
  OtherTokenizer(Symbol alphabet, const Tokenizer& tokenizer) : counting_(alphabet), tokenizer_(tokenizer) {}
  const PredictorInfo& info() const override { return counting_.info(); }
  std::unique_ptr<Session> open(int lanes) const override { return counting_.open(lanes); }
  const Tokenizer* tokenizer() const override { return &tokenizer_; }

 private:
  CountingPredictor counting_;
  const Tokenizer& tokenizer_;
};

TEST(PredictiveCompressor, RefusesOtherAlphabets) {
  for (const Symbol alphabet : {3u, 4u, 255u, 257u, 1u << 17}) {
    EXPECT_THROW(PredictiveCompressor{std::make_shared<CountingPredictor>(alphabet)}, Error) << alphabet;
  }
  const model::BpeTokenizer tokenizer({{'a', 'b'}});
  PredictiveCompressor{std::make_shared<OtherTokenizer>(257, tokenizer)};
  for (const Symbol alphabet : {2u, 256u, 258u}) {
    EXPECT_THROW(PredictiveCompressor{std::make_shared<OtherTokenizer>(alphabet, tokenizer)}, Error) << alphabet;
  }
}

TEST(PredictiveCompressor, ErrorNamesTheCodecAndTheByte) {
  const PredictiveCompressor codec(predict::make_uniform());
  const Bytes payload(10);
  const ByteSpan span = payload;
  const size_t raw_size = 1000;
  ProgressSink progress;
  try {
    codec.decompress({&span, 1}, {&raw_size, 1}, progress);
    FAIL() << "1000 bytes came out of 10";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
    EXPECT_THAT(error.what(), StartsWith("uniform: "));
    EXPECT_THAT(error.what(), HasSubstr("byte 10"));
  }
}

/// A compressor whose code lengths the test decides; it remembers the inputs it was given.
class ScriptedCompressor final : public Compressor {
 public:
  using LengthOf = std::function<size_t(ByteSpan)>;
  explicit ScriptedCompressor(LengthOf length_of) : length_of_(std::move(length_of)) { info_.spec = "scripted:1"; }

  const CompressorInfo& info() const override { return info_; }
  std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink&) const override {
    std::vector<Bytes> result;
    for (const ByteSpan block : blocks) {
      const std::scoped_lock lock(mutex_);
      inputs_.emplace_back(block.begin(), block.end());
      result.emplace_back(length_of_(block));
    }
    return result;
  }
  std::vector<Bytes> decompress(std::span<const ByteSpan>, std::span<const size_t>, ProgressSink&) const override {
    throw Error(ErrorKind::kUsage, "not needed");
  }

  std::vector<Bytes> take_inputs() const { return std::exchange(inputs_, {}); }

 private:
  CompressorInfo info_;
  LengthOf length_of_;
  mutable std::mutex mutex_;
  mutable std::vector<Bytes> inputs_;
};

std::shared_ptr<const ScriptedCompressor> scripted(ScriptedCompressor::LengthOf length_of) {
  return std::make_shared<ScriptedCompressor>(std::move(length_of));
}

void feed(Session& session, std::string_view text) {
  for (const char c : text) {
    const Symbol symbol = static_cast<uint8_t>(c);
    session.advance({&symbol, 1});
  }
}

uint32_t frequency(const FrequencyTable& table, uint8_t byte) { return table.high(byte) - table.low(byte); }

TEST(CodeLengthPredictor, EachByteLongerIsTwoHundredFiftySixTimesLessLikely) {
  const auto codec = scripted([](ByteSpan bytes) -> size_t {
    switch (bytes.back()) {
      case 'a':
        return 1000;
      case 'b':
        return 1001;
      case 'c':
        return 1002;
      default:
        return 1003;
    }
  });
  const auto session = CodeLengthPredictor(codec).open(1);
  const FrequencyTable& table = session->forecast(0);
  EXPECT_GE(frequency(table, 'a'), 1u << 16);
  EXPECT_EQ(frequency(table, 'a'), frequency(table, 'b') << 8);
  EXPECT_EQ(frequency(table, 'b'), frequency(table, 'c') << 8);
  EXPECT_EQ(frequency(table, 'd'), 1u);
}

TEST(CodeLengthPredictor, EveryByteIsCodableHoweverLong) {
  const auto codec = scripted([](ByteSpan bytes) -> size_t { return 10 + size_t{bytes.back()} * 1000; });
  const auto session = CodeLengthPredictor(codec).open(1);
  const FrequencyTable& table = session->forecast(0);
  for (Symbol byte = 1; byte < 256; ++byte) ASSERT_EQ(frequency(table, static_cast<uint8_t>(byte)), 1u);
  EXPECT_GT(table.total(), FrequencyTable::kMaxTotal / 2);
}

TEST(CodeLengthPredictor, EqualLengthsAreTheUniformDistribution) {
  const auto session = CodeLengthPredictor(scripted([](ByteSpan) -> size_t { return 7; })).open(1);
  const FrequencyTable& table = session->forecast(0);
  EXPECT_EQ(table.total(), FrequencyTable::kMaxTotal);
  for (Symbol byte = 0; byte < 256; ++byte) EXPECT_EQ(table.bits(byte), 8.0);
}

TEST(CodeLengthPredictor, CompressesTheHistoryWithEachCandidate) {
  const auto codec = scripted([](ByteSpan) -> size_t { return 7; });
  const auto session = CodeLengthPredictor(codec).open(1);
  feed(*session, "xyz");
  session->forecast(0);
  const std::vector<Bytes> inputs = codec->take_inputs();
  ASSERT_EQ(inputs.size(), 256u);
  for (size_t byte = 0; byte < 256; ++byte) {
    EXPECT_THAT(inputs[byte], ElementsAre('x', 'y', 'z', static_cast<uint8_t>(byte)));
  }
}

TEST(CodeLengthPredictor, HistoryIsTheWindow) {
  const auto codec = scripted([](ByteSpan bytes) -> size_t { return bytes.size(); });
  const CodeLengthPredictor predictor(codec, {.window = 4});
  EXPECT_EQ(predictor.info().context_length, 4u);
  const auto session = predictor.open(1);
  feed(*session, "0123456789");
  session->forecast(0);
  const std::vector<Bytes> inputs = codec->take_inputs();
  EXPECT_THAT(inputs.at(65), ElementsAre('6', '7', '8', '9', 'A'));
  feed(*session, "abc");
  session->forecast(0);
  EXPECT_THAT(codec->take_inputs().at(65), ElementsAre('9', 'a', 'b', 'c', 'A'));
}

TEST(CodeLengthPredictor, WithoutAWindowHasNoContext) {
  const auto codec = scripted([](ByteSpan bytes) -> size_t { return bytes.size(); });
  const auto session = CodeLengthPredictor(codec, {.window = 0}).open(1);
  feed(*session, "0123");
  session->forecast(0);
  EXPECT_THAT(codec->take_inputs().at(65), ElementsAre('A'));
}

TEST(CodeLengthPredictor, IsHostBoundWhateverTheCompressorSaysOfDecoding) {
  ASSERT_EQ(gzip()->info().numerics, Numerics::kPortable);
  EXPECT_EQ(CodeLengthPredictor(gzip()).info().numerics, Numerics::kHostBound);
}

TEST(CodeLengthPredictor, IsNotNamedLikeTheCompressor) {
  EXPECT_EQ(CodeLengthPredictor(scripted([](ByteSpan) -> size_t { return 1; })).info().spec, "length-scripted:1");
}

TEST(CodeLengthPredictor, GzipPredictsThatWhatRepeatsGoesOn) {
  const auto session = CodeLengthPredictor(gzip()).open(1);
  for (int i = 0; i < 8; ++i) feed(*session, "one potato two ");
  feed(*session, "one pot");
  const FrequencyTable& table = session->forecast(0);
  for (Symbol byte = 0; byte < 256; ++byte) EXPECT_LE(table.bits('a'), table.bits(byte));
  EXPECT_LT(table.bits('a'), 8.0);
}

TEST(Duality, CompressorMadeOfAPredictorMadeOfGzipRestores) {
  const PredictiveCompressor codec(std::make_shared<CodeLengthPredictor>(gzip(), CodeLengthOptions{64}));
  EXPECT_EQ(codec.info().numerics, Numerics::kHostBound);
  const Bytes raw = bytes_of("to be or not to be");
  EXPECT_EQ(unpacked(codec, packed(codec, raw), raw.size()), raw);
}

TEST(Duality, PredictorMadeOfACompressorMadeOfAPredictorFindsTheSameByteLikely) {
  const auto order1 = std::make_shared<PredictiveCompressor>(predict::make_order(1));
  const auto session = CodeLengthPredictor(order1, {.window = 300}).open(1);
  for (int i = 0; i < 40; ++i) feed(*session, "abcd");
  feed(*session, "ab");
  const FrequencyTable& table = session->forecast(0);
  for (Symbol byte = 0; byte < 256; ++byte) EXPECT_LE(table.bits('c'), table.bits(byte));
}

std::vector<ContractCase> code_length_cases() {
  return {{"gzip", [] { return std::make_shared<CodeLengthPredictor>(gzip(), CodeLengthOptions{32}); }, 5},
          {"order0",
           [] {
             return std::make_shared<CodeLengthPredictor>(
                 std::make_shared<PredictiveCompressor>(predict::make_order(0)), CodeLengthOptions{6});
           },
           20},
          {"scripted",
           [] {
             return std::make_shared<CodeLengthPredictor>(
                 scripted([](ByteSpan bytes) -> size_t { return (size_t{bytes.front()} ^ bytes.back()) % 5; }),
                 CodeLengthOptions{16});
           },
           40},
          {"gzipLookingAhead",
           [] {
             return std::make_shared<CodeLengthPredictor>(
                 gzip(), CodeLengthOptions{.window = 32, .horizon = 2, .beam = 2, .threads = 2});
           },
           7},
          {"scriptedLookingAhead",
           [] {
             return std::make_shared<CodeLengthPredictor>(
                 scripted([](ByteSpan bytes) -> size_t { return (size_t{bytes.front()} ^ bytes.back()) % 5; }),
                 CodeLengthOptions{.window = 16, .horizon = 4, .beam = 3});
           },
           20}};
}
INSTANTIATE_TEST_SUITE_P(CodeLength, SessionContract, ::testing::ValuesIn(code_length_cases()), case_name);

std::vector<ContractCase> counting_cases() {
  std::vector<ContractCase> cases;
  for (const Symbol alphabet : {2u, 256u}) {
    cases.push_back({"alphabet" + std::to_string(alphabet),
                     [alphabet] { return std::make_shared<CountingPredictor>(alphabet); }, 300});
  }
  return cases;
}
INSTANTIATE_TEST_SUITE_P(Counting, SessionContract, ::testing::ValuesIn(counting_cases()), case_name);

}  // namespace
}  // namespace lmzip::test
