// SPDX-License-Identifier: Apache-2.0
#include "bench/report.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "bench/report_document.h"
#include "lmzip/error.h"
#include "unit/base/well_formed.h"

namespace lmzip::bench {
namespace {

using base::markup_fault;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Record cell(std::string_view table, std::string corpus, std::string codec, double rate) {
  Record record;
  record.table = table;
  record.corpus = std::move(corpus);
  record.codec = std::move(codec);
  record.chunk = 2048;
  record.chunks = 2000;
  record.raw_bytes = record.data_bytes = 4096000;
  record.packed_bytes = static_cast<uint64_t>(rate * 4096000);
  record.raw_rate = record.adjusted_rate = record.adjusted_rate_file = rate;
  record.verified = true;
  record.encode_seconds = record.decode_seconds = 1;
  record.version = "0.1.0";
  record.corpus_digest = "c0ffee";
  return record;
}

Record model(std::string_view table, std::string codec, double rate, uint64_t parameters, uint64_t data_bytes) {
  Record record = cell(table, "enwik9", std::move(codec), rate);
  record.parameters = parameters;
  record.model_bytes = 2 * parameters;
  record.model_file_bytes = parameters + 1000;
  record.data_bytes = data_bytes;
  record.adjusted_rate += static_cast<double>(record.model_bytes) / static_cast<double>(data_bytes);
  record.adjusted_rate_file += static_cast<double>(record.model_file_bytes) / static_cast<double>(data_bytes);
  return record;
}

Record absent(Record record, std::string reason) {
  Record out;
  out.table = record.table;
  out.corpus = record.corpus;
  out.codec = record.codec;
  out.chunk = record.chunk;
  out.absent = std::move(reason);
  return out;
}

/// One of everything, with markup in every text that comes from outside.
std::vector<Record> everything() {
  const std::string evil = "<b onload=\"x\">|*`&'";
  std::vector<Record> records = {cell(kTable1, "enwik9", "gzip:9", .482), cell(kTable1, evil, "gzip:9", .3),
                                 absent(cell(kTable1, "enwik9", evil, 0), "no model " + evil),
                                 model(kTable1, "lm:paper-200k", .31, 231936, 4096000)};
  records[0].header_rule = records[1].header_rule = kHeaderOnce;
  records.push_back(cell(kTable1, "enwik9", "png:9", .8));
  records.back().error = "broke: " + evil;
  for (const std::string_view table : {kScaling, kContext, kTokenization, kSpeed}) {
    records.push_back(cell(table, evil, evil, .5));
    records.push_back(model(table, "lm:" + evil, .25, 1000000, 4096000));
    records.back().rate_deviation = .1;
    records.back().vocabulary = 1000;
    records.back().threads = 2;
    records.back().encode = records.back().decode = {2, 1, 3};
    records.push_back(absent(cell(table, "other", "lm:gone", 0), "no model " + evil));
  }
  return records;
}

const Entry& entry(const ReportTable& table, size_t row, std::string_view head) {
  const auto column = std::ranges::find(table.heads, head) - table.heads.begin();
  return table.rows.at(row).entries.at(static_cast<size_t>(column));
}

TEST(Report, FormatsHaveNames) {
  EXPECT_EQ(parse_report_format("html"), ReportFormat::kHtml);
  try {
    parse_report_format("pdf");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
  }
}

TEST(Report, AsJsonLinesIsTheRecords) {
  EXPECT_EQ(parse_records(render(everything(), "", ReportFormat::kJsonLines)), everything());
}

TEST(HtmlReport, IsWellFormedAndNothingFromOutsideIsMarkup) {
  const std::string html = render(everything(), "{\"runs\":[{\"command\":\"</pre><script>\"}]}", ReportFormat::kHtml);
  EXPECT_EQ(markup_fault(html), "");
  EXPECT_THAT(html, Not(HasSubstr("<b ")));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_EQ(markup_fault(render({}, "not JSON <", ReportFormat::kHtml)), "");
}

TEST(HtmlReport, NeedsNoNetworkAndNoScript) {
  const std::string html = render(everything(), "", ReportFormat::kHtml);
  for (const char* loader : {"src=", "@import", "url(", "<link", "<script", "href=\"http"})
    EXPECT_THAT(html, Not(HasSubstr(loader)));
}

TEST(HtmlReport, ShowsTheManifest) {
  EXPECT_THAT(render(everything(), R"({"runs":[{"cpu":"a <b>"}]})", ReportFormat::kHtml),
              HasSubstr("&quot;cpu&quot;: &quot;a &lt;b&gt;&quot;"));
}

TEST(MarkdownReport, KeepsTheColumnsOfTablesWhateverTheTexts) {
  const std::string text = render(everything(), R"({"runs":[{"cpu":"a|b","corpora":[]}]})", ReportFormat::kMarkdown);
  EXPECT_THAT(text, HasSubstr("cpu: a\\|b"));
  size_t columns = 0, tables = 0;
  for (size_t at = 0; at < text.size();) {
    const std::string line = text.substr(at, text.find('\n', at) - at);
    at += line.size() + 1;
    size_t bars = 0;
    for (size_t i = 0; i < line.size(); ++i) bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1 : 0;
    if (bars == 0) {
      columns = 0;
      continue;
    }
    if (columns == 0) ++tables;
    EXPECT_TRUE(columns == 0 || columns == bars) << line;
    columns = bars;
  }
  EXPECT_EQ(tables, 2U + 3U + 3U + 3U + 1U);  // Table 1 has two, speed one for all corpora
}

TEST(CsvReport, HasAsManyFieldsInEachLineAndQuotesWhatNeedsIt) {
  Record record = cell(kSpeed, "a,\"b\"\n", "gzip", 1.0 / 3);
  record.encode = {2, 1, 3};
  Record whole = cell(kTable1, "c", "gzip", 1);
  whole.chunk = 0;
  const std::string csv = render(std::vector{record, whole}, "", ReportFormat::kCsv);
  EXPECT_THAT(csv, HasSubstr("\r\nspeed,\"a,\"\"b\"\"\n\",,gzip,2048,"));
  EXPECT_THAT(csv, HasSubstr(",0.3333333333333333,"));
  EXPECT_THAT(csv, HasSubstr(",2,1,3,,,,"));
  EXPECT_THAT(csv, HasSubstr("\r\ntable1,c,,gzip,,8-bit,"));
  std::vector<size_t> fields(1, 1);
  bool quoted = false;
  for (size_t i = 0; i + 2 < csv.size(); ++i) {
    if (csv[i] == '"') quoted = !quoted;
    if (!quoted && csv[i] == ',') ++fields.back();
    if (!quoted && csv[i] == '\n') fields.push_back(1);
  }
  EXPECT_THAT(fields, ElementsAre(fields[0], fields[0], fields[0]));
}

TEST(Table1, HasThePapersNumbersBesideOursAndItsOtherModelsAtTheEnd) {
  Record gzip = cell(kTable1, "enwik9", "gzip:9", .4823);
  gzip.header_rule = kHeaderOnce;
  const ReportTable table = table1_section({gzip}).tables.at(0);
  EXPECT_EQ(entry(table, 0, "raw").text, "48.2");
  EXPECT_THAT(entry(table, 0, "raw").detail, HasSubstr("48.23 %"));
  EXPECT_EQ(entry(table, 0, "paper").text, "48.1");
  EXPECT_EQ(table.rows.back().entries.at(0).text, "Chinchilla 70B");
  EXPECT_EQ(entry(table, table.rows.size() - 1, "paper").text, "8.3");
}

TEST(Table1, BesideAnotherTextNamesThePapers) {
  Record gzip = cell(kTable1, "novel", "gzip:9", .4);
  gzip.header_rule = kHeaderOnce;
  gzip.kind = "text";
  const ReportTable table = table1_section({gzip}).tables.at(0);
  EXPECT_EQ(entry(table, 0, "paper: enwik9").text, "48.1");
  EXPECT_EQ(entry(table, table.rows.size() - 1, "paper: enwik9").text, "8.3");
}

TEST(Table1, OfOtherCorporaHasNoColumnsOfThePaper) {
  const ReportTable table = table1_section({cell(kTable1, "novel", "gzip:9", .4)}).tables.at(0);
  EXPECT_EQ(std::ranges::count(table.heads, "paper"), 0);
  EXPECT_EQ(table.rows.size(), 1U);
}

TEST(Table1, BeginsWithWholeCorporaAndDropsNothing) {
  Record whole = cell(kTable1, "a", "gzip:9", .3), other_seed = cell(kTable1, "a", "gzip:9", .41);
  whole.chunk = 0;
  other_seed.seed = 7;
  const std::vector<Record> records = {cell(kTable1, "a", "gzip:9", .4), other_seed, whole,
                                       absent(cell(kTable1, "a", "lm:gone", 0), "no such model")};
  const ReportTable table = table1_section(records).tables.at(0);
  std::vector<std::string> rates;
  for (size_t row = 0; row < table.rows.size(); ++row) rates.push_back(entry(table, row, "raw").text);
  EXPECT_THAT(rates, ElementsAre("30.0", "40.0", "41.0", "n/a"));
  EXPECT_EQ(table.notes.at(entry(table, 3, "raw").note - 1), "no such model");
}

TEST(Table1, SaysWhichRoundTripsFailedOrWereNotMade) {
  std::vector<Record> records = {cell(kTable1, "a", "gzip:9", .3), cell(kTable1, "b", "gzip:9", .3),
                                 cell(kTable1, "c", "gzip:9", .3)};
  EXPECT_EQ(entry(table1_section(records).tables.at(0), 0, "round trip").text, "ok");
  records[0].error = "differs";
  records[2].verified = false;
  records.push_back(cell(kTable1, "d", "gzip:9", .3));
  EXPECT_EQ(entry(table1_section(records).tables.at(0), 0, "round trip").text, "ok; a FAILED; c not checked");
}

TEST(Table1, CountsWeightsInFourWays) {
  const ReportTable table = table1_section({model(kTable1, "lm:x", .2, 1000000, 4000000)}).tables.at(1);
  EXPECT_EQ(entry(table, 0, "adj., 2 B/par.").text, "70.0");
  EXPECT_EQ(entry(table, 0, "adj., file").text, "45.0");
  EXPECT_EQ(entry(table, 0, "1 GB, 2 B/par.").text, "20.2");
  EXPECT_EQ(entry(table, 0, "1 GB, file").text, "20.1");
}

TEST(Table1, SaysWhatCheckpointsMakeOfTokensWhereThereAreSome) {
  Record all = model(kTable1, "checkpoint:x", .25, 1000000, 4000000), top = all;
  all.tokens = top.tokens = 999990;
  all.escapes = top.escapes = 10;
  all.bits_per_token = top.bits_per_token = 8.192;
  all.bytes_per_token = top.bytes_per_token = 4.096;
  top.codec += ",top=100";
  top.top = 100;
  top.misses = 12345;
  const ReportSection section = table1_section({cell(kTable1, "enwik9", "gzip:9", .3), all, top});
  const ReportTable& table = section.tables.at(2);
  ASSERT_EQ(table.rows.size(), 2u) << "gzip has no tokens";
  EXPECT_EQ(entry(table, 0, "bits/byte").text, "2.000");
  EXPECT_EQ(entry(table, 0, "tokens").text, "999,990");
  EXPECT_EQ(entry(table, 0, "bits/token").text, "8.192");
  EXPECT_EQ(entry(table, 0, "bytes/token").text, "4.10");
  EXPECT_EQ(entry(table, 0, "escapes").text, "10");
  EXPECT_EQ(entry(table, 0, "outside the top").text, "–");
  EXPECT_EQ(entry(table, 1, "outside the top").text, "12,345 (1.2 %)");
  EXPECT_EQ(table1_section({cell(kTable1, "enwik9", "gzip:9", .3)}).tables.size(), 1u);
}

TEST(Scaling, MarksTheLeastAdjustedRateOfEachSizeAmongTrainedModels) {
  std::vector<Record> records;
  for (const uint64_t data : {uint64_t{10000000}, uint64_t{1000000000}}) {
    records.push_back(model(kScaling, "lm:large", .18, 10000000, data));
    records.push_back(model(kScaling, "lm:middle", .25, 1000000, data));
    records.push_back(model(kScaling, "lm:small", .31, 200000, data));
    records.push_back(cell(kScaling, "enwik9", "tiny-magic", .01));
    records.back().data_bytes = data;
  }
  const ReportSection section = scaling_section(records);
  std::vector<std::string> best;
  for (const ReportTable::Row& row : section.tables.at(0).rows) {
    for (const Entry& one : row.entries) {
      if (one.kind == EntryKind::kBest) best.push_back(row.entries.at(0).text + " " + one.text);
    }
  }
  EXPECT_THAT(best, ElementsAre("lm:small 35.0", "lm:large 20.0"));
  EXPECT_THAT(section.remarks, testing::Contains(HasSubstr("10 MB of data: the optimum is lm:small")));
  EXPECT_THAT(section.remarks, testing::Contains(HasSubstr("the largest model measured: the true one may be larger")));
  EXPECT_THAT(section.figures.at(0).svg, HasSubstr(">lm:large</text>"));
  EXPECT_THAT(section.figures.at(0).svg, Not(HasSubstr("class=\"mark middle\">lm:middle")));
}

TEST(EveryTable, ShowsWhatIsAbsentAndWhatFailedWithTheReason) {
  for (const std::string_view table : {kTable1, kScaling, kContext, kTokenization, kSpeed}) {
    Record failed = cell(table, "a", "flac", .5);
    failed.error = "it broke";
    const std::string text = render(std::vector{absent(cell(table, "a", "lm:gone", 0), "no such model"), failed}, "",
                                    ReportFormat::kMarkdown);
    for (const char* part :
         {"lm:gone", "n/a \\[1\\]", "\\[1\\] no such model", "**failed** \\[2\\]", "\\[2\\] it broke"})
      EXPECT_THAT(text, HasSubstr(part)) << table;
  }
}

TEST(Rules, AreThoseThatTheRecordsUsed) {
  const auto names = [](const std::vector<Record>& records) {
    std::vector<std::string> out;
    for (const ReportDocument::Rule& rule : rules_of(records)) out.push_back(rule.name);
    return out;
  };
  Record png = cell(kTable1, "a", "png:9", .5), scaled = model(kTable1, "lm:x", .3, 10, 100);
  EXPECT_THAT(names({png}), ElementsAre("Chunks", "No headers", "PNG, the paper's shape", "Seconds", "Round trip"));
  png.codec += ",width=64";
  png.header_rule = kHeaderEach;
  EXPECT_THAT(names({png}), ElementsAre("Chunks", "Headers each", "PNG, given width", "Seconds", "Round trip"));
  scaled.symbols = kScaled;
  EXPECT_THAT(names({scaled}), testing::IsSupersetOf({"7-bit scaled", "Adjusted rate"}));
  EXPECT_THAT(names({scaled}), Not(testing::Contains("7-bit stored")));
}

TEST(EveryTable, IsShownWhateverNumbersAFileHolds) {
  for (const std::string_view table : {kTable1, kScaling, kContext, kTokenization, kSpeed}) {
    std::vector<Record> records = {model(table, "least", .3, 1, 1), model(table, "most", .3, 1, 1)};
    records[0].raw_rate = records[0].adjusted_rate = 5e-324;
    records[0].encode = records[0].decode = {5e-324, 5e-324, 5e-324};
    records[1].raw_rate = records[1].adjusted_rate = records[1].adjusted_rate_file = 1e15;
    records[1].raw_bytes = records[1].chunk = records[1].parameters = records[1].vocabulary = ~uint64_t{0};
    records[1].encode = records[1].decode = {1e15, 0, 1e15};
    records[1].rate_deviation = 1e15;
    const std::string html = render(records, "", ReportFormat::kHtml);
    EXPECT_EQ(markup_fault(html), "") << table;
    EXPECT_THAT(html, Not(HasSubstr("nan"))) << table;
    EXPECT_THAT(html, HasSubstr("least"));
    EXPECT_THAT(html, HasSubstr("most"));
  }
}

TEST(Pictures, AreFilesOfTheirOwn) {
  const std::vector<Picture> all = pictures(everything());
  ASSERT_EQ(all.size(), 1U + 2U + 2U + 1U);  // one corpus has a model to scale; speed has one for all
  for (const Picture& picture : all) EXPECT_EQ(markup_fault(picture.svg), "") << picture.name;
}

}  // namespace
}  // namespace lmzip::bench
