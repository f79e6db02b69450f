// SPDX-License-Identifier: Apache-2.0
// One measured cell of a table or figure: a line of JSON, which is the truth; tables and plots are renderings of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmzip::bench {

/// What a record belongs to.
inline constexpr std::string_view kTable1 = "table1", kScaling = "scaling", kContext = "context",
                                  kTokenization = "tokenization", kSpeed = "speed";

/// How the bytes became the model's symbols.
inline constexpr std::string_view kNative = "8-bit";         ///< as they are
inline constexpr std::string_view kScaled = "7-bit scaled";  ///< the paper's: lost bits not stored, rate rescaled
inline constexpr std::string_view kStored = "7-bit stored";  ///< the same, and the lost bits are really stored

/// How headers are counted.
inline constexpr std::string_view kNoHeader = "none";    ///< the codec has none: its code alone
inline constexpr std::string_view kHeaderOnce = "once";  ///< the paper's: less that of a 1-byte file per further chunk
inline constexpr std::string_view kHeaderEach = "each";  ///< as many bytes as there really are

/// Median and spread of repeated measurements, s.
struct Seconds {
  double median = 0, least = 0, most = 0;
  bool operator==(const Seconds&) const = default;
};

/// All rates are fractions of the raw bytes. Fields that mean nothing for a table are absent from its JSON.
struct Record {
  std::string table;   ///< one of the names above
  std::string corpus;  ///< its name
  std::string kind;    ///< of the corpus: name_of(CorpusKind); empty if that is not known
  std::string codec;   ///< its spec
  uint64_t chunk = 0;  ///< bytes coded independently of all others; 0: the whole corpus at once
  std::string symbols{kNative};
  std::string header_rule{kNoHeader};

  // Why there is no result; both empty: there is one.
  std::string absent;  ///< data or model that is not there: shown as n/a
  std::string error;   ///< what went wrong

  uint64_t chunks = 0;                   ///< measured
  uint64_t raw_bytes = 0;                ///< of those chunks
  uint64_t packed_bytes = 0;             ///< as header_rule and symbols count them
  double raw_rate = 0;                   ///< packed_bytes / raw_bytes; kScaled: times bits / (bits - lost bits)
  std::optional<double> rate_deviation;  ///< standard deviation of the single chunks' rates
  bool verified = false;                 ///< every chunk was decoded and compared: kScaled: its seven bits; else: all
  double encode_seconds = 0;             ///< in the codec's calls, added up over threads
  double decode_seconds = 0;             ///< the same; 0: not decoded

  // The weights that a decoder needs. 0 for codecs without.
  uint64_t parameters = 0;
  uint64_t model_bytes = 0;       ///< the paper's: 2 bytes a parameter
  uint64_t model_file_bytes = 0;  ///< of the file really shipped
  double adjusted_rate = 0;       ///< raw_rate + model_bytes / data_bytes
  double adjusted_rate_file = 0;  ///< raw_rate + model_file_bytes / data_bytes
  uint64_t data_bytes = 0;        ///< that the weights are shared by: raw_bytes; scaling: the size of the data set

  uint64_t vocabulary = 0;     ///< tokenization: 256 for bytes
  double bytes_per_token = 0;  ///< tokenization, and pretrained checkpoints: raw bytes per token coded

  // Pretrained checkpoints only.
  uint64_t top = 0;           ///< so many tokens, the likeliest, have the model's probabilities; 0: all
  uint64_t tokens = 0;        ///< coded
  uint64_t escapes = 0;       ///< bytes besides that no token stands for
  uint64_t misses = 0;        ///< tokens outside the top
  double bits_per_token = 0;  ///< of the code, without stored bits; an escape is one, too

  // Speed only.
  unsigned threads = 0, lanes = 0, runs = 0, warmup = 0;
  std::optional<Seconds> encode, decode;  ///< wall clock of the whole job, over the runs
  double encode_cpu_seconds = 0;          ///< all threads, in the median run
  double decode_cpu_seconds = 0;
  std::optional<uint64_t> peak_bytes;  ///< resident set of the process while this cell ran

  // What must be the same for records to be comparable, and to be told apart.
  std::string version;        ///< of lmzip, with the commit where it is known
  std::string corpus_digest;  ///< SHA-256 of all bytes of the corpus used
  std::string model_digest;
  std::string isa;  ///< of the kernels
  std::optional<uint64_t> seed;

  bool failed() const { return !error.empty(); }
  bool measured() const { return error.empty() && absent.empty(); }
  bool operator==(const Record&) const = default;
};

/// One line of JSON without the newline, ASCII only, fields in a fixed order: at least table, corpus, codec, chunk
/// (null for the whole), symbols, header_rule; then either "absent" or "error", or the numbers.
std::string to_json(const Record& record);

/// The inverse. Errors: kCorrupt with what is wrong. Unknown fields are ignored: newer versions may have more.
Record parse_record(std::string_view line);

/// All lines of a file's contents; empty lines are skipped. Errors: kCorrupt with "line N".
std::vector<Record> parse_records(std::string_view text);

/// Which cell this is: equal for two records exactly when they measure the same thing by the same rules on the same
/// bytes with the same version: what a resumed run looks for.
std::string key_of(const Record& record);

/// The paper's figure for a cell of Table 1, raw and adjusted, as fractions; nothing where the paper has none.
/// Published: Delétang et al., arXiv 2309.10668v2, Table 1. Codecs are matched by name, corpora by name or, texts, by
/// their kind: beside any other text stand the paper's figures for enwik9, which reports say.
struct PaperRates {
  double raw = 0;
  double adjusted = 0;
};
std::optional<PaperRates> paper_rates(const Record& record);

/// A row of the paper that nothing here measures: Llama 2 and Chinchilla; for the report.
struct PaperRow {
  std::string_view name;
  double raw[4];  ///< enwik9, ImageNet, LibriSpeech, random
  double adjusted[4];
};
std::vector<PaperRow> paper_models();

}  // namespace lmzip::bench
