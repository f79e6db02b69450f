// SPDX-License-Identifier: Apache-2.0
#include "bench/record.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "lmzip/error.h"

namespace lmzip::bench {
namespace {

using testing::HasSubstr;
using testing::Not;

Record table1_cell() {
  Record record;
  record.table = kTable1;
  record.corpus = "enwik9";
  record.codec = "lm:paper-3.2m";
  record.chunk = 2048;
  record.symbols = kScaled;
  record.chunks = 2000;
  record.raw_bytes = record.data_bytes = 4096000;
  record.packed_bytes = 901234;
  record.raw_rate = 901234 / 4096000.0;
  record.rate_deviation = 1.0 / 3;
  record.verified = true;
  record.encode_seconds = 12.25;
  record.decode_seconds = 1e-9;
  record.parameters = 3286272;
  record.model_bytes = 2 * record.parameters;
  record.model_file_bytes = 3400001;
  record.adjusted_rate = 1.8246;
  record.adjusted_rate_file = 1.05;
  record.version = "0.1.0 (abc)";
  record.corpus_digest = std::string(64, 'a');
  record.model_digest = std::string(64, 'b');
  record.isa = "avx512";
  record.seed = 0;
  return record;
}

Record tokenization_cell() {
  Record record = table1_cell();
  record.table = kTokenization;
  record.vocabulary = 20000;
  record.bytes_per_token = 3.7;
  return record;
}

Record checkpoint_cell() {
  Record record = table1_cell();
  record.codec = "checkpoint:x,top=100";
  record.top = 100;
  record.tokens = 1234567;
  record.escapes = 3;
  record.misses = 2345;
  record.bytes_per_token = 3.3;
  record.bits_per_token = 5.84;
  return record;
}

Record speed_cell() {
  Record record = table1_cell();
  record.table = kSpeed;
  record.threads = 2;
  record.lanes = 16;
  record.runs = 5;
  record.warmup = 1;
  record.encode = {1.5, 1.25, 2.75};
  record.decode = {0.1, 0.05, 0.3};
  record.encode_cpu_seconds = 3;
  record.decode_cpu_seconds = 0.2;
  record.peak_bytes = uint64_t{1} << 40;
  return record;
}

std::string quoted(const std::string& name) { return '"' + name + '"'; }

std::string fault(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
    return error.what();
  }
  return "";
}

TEST(Record, ComesBackFromJsonAsItWasForEveryTable) {
  Record scaling = table1_cell(), context = table1_cell(), whole = table1_cell(), absent, failed = speed_cell();
  scaling.table = kScaling;
  scaling.data_bytes = 1000000000;
  context.table = kContext;
  context.seed.reset();
  whole.chunk = 0;
  absent.table = kTable1;
  absent.corpus = "imagenet";
  absent.codec = "torch:big";
  absent.absent = "no folder \"imagenet\"\nbelow data";
  failed.error = "out of memory";
  for (const Record& record :
       {table1_cell(), tokenization_cell(), checkpoint_cell(), speed_cell(), scaling, context, whole, absent, failed})
    EXPECT_EQ(parse_record(to_json(record)), record) << to_json(record);
}

TEST(Record, IsOneLineOfAsciiEvenWithBytesOfAnyKindInIt) {
  Record record;
  record.table = kTable1;
  record.codec = "gzip";
  record.corpus = "Dušan \xff\n";
  const std::string line = to_json(record);
  EXPECT_TRUE(std::ranges::all_of(line, [](char byte) { return byte >= ' ' && byte <= '~'; })) << line;
}

TEST(Record, SaysNullForTheWholeCorpusAndNothingWhereNothingIsMeant) {
  Record record = table1_cell();
  record.chunk = 0;
  const std::string line = to_json(record);
  EXPECT_THAT(line, HasSubstr(R"("chunk":null)"));
  for (const char* field : {"absent", "error", "vocabulary", "bytes_per_token", "threads", "peak_bytes"})
    EXPECT_THAT(line, Not(HasSubstr(quoted(field))));
}

TEST(Record, OfAMeasuredCellAlwaysHasTheFieldsOfTheContract) {
  Record record;
  record.table = kTable1;
  record.corpus = "random";
  record.codec = "store";
  record.raw_bytes = 1;
  const std::string line = to_json(record);
  for (const char* field : {"corpus", "codec", "chunk", "chunks", "raw_bytes", "packed_bytes", "model_bytes",
                            "raw_rate", "adjusted_rate", "header_rule", "verified", "encode_seconds", "decode_seconds"})
    EXPECT_THAT(line, HasSubstr(quoted(field)));
}

TEST(Record, IgnoresFieldsItDoesNotKnow) {
  std::string line = to_json(table1_cell());
  line.insert(1, R"("colour":{"name":["red"]},)");
  EXPECT_EQ(parse_record(line), table1_cell());
}

TEST(Record, RefusesWhatIsNoRecord) {
  const std::string good = to_json(speed_cell());
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string line = good;
    const size_t at = line.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return line.replace(at, from.size(), to);
  };
  const std::vector<std::string> bad = {
      "",
      "[]",
      "7",
      "{",
      good.substr(0, good.size() / 2),
      good + good,
      std::string(100000, '['),
      "{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}",
      std::string(2 << 20, ' '),
      with(R"("table":"speed")", R"("table":"chairs")"),
      with(R"("table":"speed",)", ""),
      with(R"("symbols":"7-bit scaled")", R"("symbols":"9-bit")"),
      with(R"("header_rule":"none")", R"("header_rule":3)"),
      with(R"("chunk":2048)", R"("chunk":-1)"),
      with(R"("chunk":2048)", R"("chunk":1.5)"),
      with(R"("chunk":2048)", R"("chunk":18446744073709551616)"),
      with(R"("threads":2)", R"("threads":4294967296)"),
      with(R"("raw_bytes":4096000)", R"("raw_bytes":0)"),
      with(R"("raw_bytes":4096000,)", ""),
      with(R"("raw_rate":)", R"("raw_rate":1e400,"x":)"),
      with(R"("raw_rate":)", R"("raw_rate":1e300,"x":)"),
      with(R"("raw_rate":)", R"("raw_rate":-1,"x":)"),
      with(R"("raw_rate":)", R"("raw_rate":null,"x":)"),
      with(R"("verified":true)", R"("verified":"yes")"),
      with(R"("median":1.5,)", ""),
      with(R"("isa":"avx512")", R"("isa":["avx512"])"),
      with(R"("chunks":2000)", R"("absent":"a","error":"b","chunks":2000)"),
      with("avx512", "\xff"),
  };
  for (const std::string& line : bad) EXPECT_NE(fault([&] { parse_record(line); }), "") << line.substr(0, 200);
}

TEST(Records, AreTheLinesOfAFileAndErrorsNameTheLine) {
  const std::string line = to_json(table1_cell());
  EXPECT_EQ(parse_records("\n" + line + "\r\n  \n" + line).size(), 2U);
  EXPECT_TRUE(parse_records("").empty());
  EXPECT_THAT(fault([&] { parse_records(line + "\n\n{}\n"); }), HasSubstr("line 3: "));
}

TEST(Key, TellsApartWhatIsMeasuredAndNotWhatCameOut) {
  const Record record = speed_cell();
  Record again = record;
  again.packed_bytes = 1;
  again.encode_seconds = 9;
  again.verified = false;
  EXPECT_EQ(key_of(again), key_of(record));
  const std::vector<std::function<void(Record&)>> changes = {
      [](Record& r) { r.table = kTable1; },    [](Record& r) { r.corpus = "other"; },
      [](Record& r) { r.codec = "gzip"; },     [](Record& r) { r.chunk = 1024; },
      [](Record& r) { r.symbols = kNative; },  [](Record& r) { r.header_rule = kHeaderEach; },
      [](Record& r) { r.version = "0.2"; },    [](Record& r) { r.corpus_digest = "c"; },
      [](Record& r) { r.model_digest = "c"; }, [](Record& r) { r.seed.reset(); },
      [](Record& r) { r.seed = 1; },           [](Record& r) { r.data_bytes = 1; },
      [](Record& r) { r.threads = 1; },        [](Record& r) { r.lanes = 1; },
  };
  for (const auto& change : changes) {
    Record other = record;
    change(other);
    EXPECT_NE(key_of(other), key_of(record)) << to_json(other);
  }
  Record moved = record;  // no text may run over into its neighbour
  moved.corpus = "enwik9\",\"lm:paper-3.2m";
  moved.codec = "";
  EXPECT_NE(key_of(moved), key_of(record));
}

TEST(Key, SurvivesTheWayThroughJson) {
  Record record = table1_cell();
  record.corpus = "a\xff";
  EXPECT_EQ(key_of(parse_record(to_json(record))), key_of(record));
}

PaperRates paper(const char* corpus, const char* codec, uint64_t chunk, std::string_view symbols,
                 std::string_view header) {
  Record record;
  record.table = kTable1;
  record.corpus = corpus;
  record.codec = codec;
  record.chunk = chunk;
  record.symbols = symbols;
  record.header_rule = header;
  return paper_rates(record).value_or(PaperRates{});
}

TEST(Paper, NumbersStandBesideTheirOwnCells) {
  EXPECT_DOUBLE_EQ(paper("enwik9", "gzip:9", 0, kNative, kHeaderOnce).raw, .323);
  EXPECT_DOUBLE_EQ(paper("imagenet", "lzma2", 2048, kNative, kHeaderOnce).adjusted, .624);
  EXPECT_DOUBLE_EQ(paper("random", "png", 2048, kNative, kHeaderOnce).raw, 1.032);
  EXPECT_DOUBLE_EQ(paper("librispeech", "lm:paper-3.2m,context=9", 2048, kScaled, kNoHeader).adjusted, 2.289);
  EXPECT_DOUBLE_EQ(paper("enwik9", "lm:paper-800k", 2048, kNative, kNoHeader).raw, .217);
}

TEST(Paper, BesideAnyOtherTextStandsItsEnwik9) {
  Record record;
  record.table = kTable1;
  record.corpus = "book";
  record.codec = "gzip:9";
  record.chunk = 2048;
  record.header_rule = kHeaderOnce;
  record.kind = "text";
  EXPECT_DOUBLE_EQ(paper_rates(record).value_or(PaperRates{}).raw, .481);
  record.kind = "raw";
  EXPECT_FALSE(paper_rates(record));
}

TEST(Paper, SaysNothingOfOtherConventionsCorporaAndCodecs) {
  EXPECT_EQ(paper("enwik8", "gzip", 2048, kNative, kHeaderOnce).raw, 0);
  EXPECT_EQ(paper("enwik9", "gzip", 1024, kNative, kHeaderOnce).raw, 0);
  EXPECT_EQ(paper("enwik9", "gzip", 2048, kNative, kHeaderEach).raw, 0);
  EXPECT_EQ(paper("enwik9", "gzipped", 2048, kNative, kHeaderOnce).raw, 0);
  EXPECT_EQ(paper("imagenet", "png:9,width=64", 2048, kNative, kHeaderOnce).raw, 0);
  EXPECT_EQ(paper("imagenet", "lm:paper-800k", 2048, kNative, kNoHeader).raw, 0);
  EXPECT_EQ(paper("imagenet", "lm:paper-800k", 2048, kStored, kNoHeader).raw, 0);
  EXPECT_EQ(paper("enwik9", "lm:default", 2048, kNative, kNoHeader).raw, 0);
  EXPECT_EQ(paper("enwik9", "lm:paper-800k", 0, kNative, kNoHeader).raw, 0);
}

TEST(Paper, AdjustedRatesAreTwoBytesAParameterOfABillionBytes) {
  const double parameters[] = {7e9, 1e9, 7e9, 70e9};
  const std::vector<PaperRow> rows = paper_models();
  ASSERT_EQ(rows.size(), 4U);
  for (size_t row = 0; row < rows.size(); ++row)
    for (int corpus = 0; corpus < 4; ++corpus)
      EXPECT_NEAR(rows[row].adjusted[corpus] - rows[row].raw[corpus], 2 * parameters[row] / 1e9, 1e-9);
}

}  // namespace
}  // namespace lmzip::bench
