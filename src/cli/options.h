// SPDX-License-Identifier: Apache-2.0
// The command line as data. Both of its forms, `lmzip compress FILE` and `lmzip -9 FILE`, are read by one table of
// declarations (options.cc) into this one struct.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/sizes.h"
#include "lmzip/container.h"
#include "lmzip/registry.h"

namespace lmzip::cli {

enum class Operation {
  kCompress,
  kDecompress,
  kTest,
  kList,
  kCodecs,
  kModel,
  kEval,
  kExplain,
  kBench,
  kSample,
  kTrain,
  kTrainTokenizer,
  kShowPreset,
  kShowText
};

enum class ProgressStyle { kAuto, kJson, kNever };

/// What --progress says. Errors: kUsage.
ProgressStyle parse_progress_style(std::string_view text);

/// What --top-k says. Errors: kUsage.
unsigned parse_top_k(const std::string& text);

enum class ColorStyle { kAuto, kAlways, kNever };

/// What `lmzip explain` shows.
struct ExplainOptions {
  uint64_t offset = 0;
  std::optional<uint64_t> bytes;                    ///< none: what suits the kind of report
  unsigned top = 5;                                 ///< alternatives, 0 to 256
  std::optional<std::vector<std::string>> compare;  ///< specs; none: what the codec is made of
  ColorStyle color = ColorStyle::kAuto;
  bool hex = false;
};

/// Numbers without a header.
struct RawNumbers {
  static constexpr uint32_t kFindWidth = 0;

  std::optional<uint32_t> width;  ///< pixels of a row; none: sound
  unsigned channels = 1;
  unsigned bits = 8;
};

struct Options {
  Operation operation = Operation::kCompress;
  std::string text;                ///< kShowText: the help or the version
  std::vector<std::string> files;  ///< never empty, except for kModel and kEval; "-" is stdin

  std::vector<std::string> arguments;  ///< of kTrain, kTrainTokenizer, kBench, kSample, for their own parsers

  // Destination
  bool to_stdout = false;
  bool force = false;          ///< overwrite; use terminals; take links and special files
  std::string output;          ///< the one output file; empty: named after the input
  std::string suffix;          ///< appended to names and stripped besides .lmz and .tlmz; empty: .lmz
  bool remove_source = false;  ///< after success; never with stdout
  bool verify = true;          ///< decode what was written before the source is removed
  bool keep_attributes = true;
  bool sparse = true;

  // Compression
  std::optional<int> level;          ///< 1..9; without it kDefaultLevel
  std::optional<std::string> codec;  ///< spec; none: that of the level
  uint64_t block_size = 0;           ///< bytes; 0: that of the level, or what the codec prefers
  uint64_t member_size = 0;          ///< bytes; 0: the container's default
  std::optional<Shard> shard;
  std::optional<RawNumbers> raw;  ///< what the input is made of; none: as its header says, if it has one

  // Decompression
  std::optional<RawRange> range;
  bool strict = false;  ///< trailing garbage is an error, not a warning
  bool quick = false;   ///< test the structure only

  // Models
  std::optional<std::string> model;  ///< name, or path of a file; for the codecs lm, torch, checkpoint
  unsigned top_k = 0;                ///< with a checkpoint: tokens that have its probabilities; 0: all
  std::string model_path;            ///< folders between colons, searched before all others
  std::string action;                ///< kModel: list, show, verify, quantize, average or import
  std::string float_model;           ///< kEval: path of the weights before quantisation; may be empty
  bool update_card = false;          ///< kEval: write the result into the model's card
  unsigned chunk = 0;                ///< kEval: bytes after which the predictor starts anew; 0: never

  ExplainOptions explain;

  // Resources
  unsigned threads = 0;       ///< 1..256 after parsing
  unsigned lanes = 0;         ///< 1..64; 0: what the codec prefers
  uint64_t memory_limit = 0;  ///< bytes; 0: none. Default: the memory there is

  // Reporting
  int verbosity = 0;  ///< -1 quiet, 1 verbose, 2 with estimates
  ProgressStyle progress = ProgressStyle::kAuto;
  bool json = false;
  bool blocks = false;  ///< list: every block
};

/// Reads the command line; `arguments` is all of argv. A first argument that is the name of a command selects it, and
/// only its options are known then; so does the name of the program: unlmzip decompresses, lmzcat does so to stdout.
/// Errors: kUsage.
Options parse_options(const std::vector<std::string>& arguments);

}  // namespace lmzip::cli
