// SPDX-License-Identifier: Apache-2.0
// What all of `lmzip sample` shares: a codec asked to continue prompts, and what that cost.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/output_file.h"
#include "cli/sample_options.h"
#include "cli/terminal.h"
#include "lmzip/predictor.h"
#include "sample/generator.h"

namespace lmzip::cli {

struct Generator {
  std::string spec;  ///< as the user wrote it, but for --model
  std::shared_ptr<const Predictor> predictor;
};

/// The generators that --codec and --model name; all are made before anything is drawn. `prompts`: how many will be
/// continued at once, which decides where the threads work. Errors: kUsage; those of models.
std::vector<Generator> find_generators(const SampleOptions& options, std::span<const std::string> specs,
                                       size_t prompts);

struct Generated {
  std::vector<sample::Continuation> continuations;
  double seconds = 0;         ///< in all, the reading of the prompts too
  double bytes_a_second = 0;  ///< from the first byte made to the last; 0 for fewer than two

  size_t bytes() const;
  double bits_per_byte() const;  ///< mean; 0 without bytes
  /// "100 bytes, 3.21 bits each, 0.24 s, 412 bytes/s"
  std::string summary() const;
};

/// How generate() works.
struct GenerateRequest {
  std::span<const ByteSpan> prompts;
  size_t bytes = 0;  ///< for each
  bool draw_progress = true;
  sample::Listener listener = {};
};

/// Continues the prompts' last --window bytes, showing progress.
Generated generate(const SampleOptions& options, Terminal& terminal, const Generator& generator,
                   const GenerateRequest& request);

/// Says what `made` came to, where there is someone to read it: on a terminal, or with -v.
void report(const SampleOptions& options, Terminal& terminal, const std::string& label, const Generated& made);

/// `path` with "-" and `name` before its extension: "out.png" and "png:9,width=64" make "out-png-9-width-64.png".
/// Stdout (an empty path) stays what it is.
std::string path_for(const std::string& path, const std::string& name);

/// An output for `what` ("a picture"); an empty path is stdout. It is opened before work is spent on it, and appears
/// with finish(). Errors: kIo, also for a file that exists; kUsage for a terminal (--force allows both).
std::unique_ptr<OutputFile> open_output(const SampleOptions& options, const std::string& path, std::string_view what);

/// Writes all of `output`.
void finish(OutputFile& output, ByteSpan bytes);

}  // namespace lmzip::cli
