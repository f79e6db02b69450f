// SPDX-License-Identifier: Apache-2.0
// What has to be known to measure the same again: program, machine, data, models, command line.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/cell.h"

namespace lmzip::bench {

/// One run of the bench. Times are UTC, ISO 8601.
struct Manifest {
  std::string command;
  std::string started, finished;  ///< finished: empty while it runs, and for ever if it was killed
  std::string version;            ///< as in the records
  std::string compiler, build;
  std::string cpu;                                             ///< as the kernel calls it
  std::string isa;                                             ///< of the kernels
  unsigned processors = 0;                                     ///< that the process may use
  unsigned threads = 0;                                        ///< that it used
  std::optional<uint64_t> seed;                                ///< none: the first chunks
  std::vector<std::pair<std::string, std::string>> libraries;  ///< name and version
  std::vector<CellCorpus> corpora;
  std::vector<CellCodec> codecs;
};

/// {"runs": [...]}: those of `before`, which is such a text or empty, and then `run`. What `before` says is kept as it
/// is. Errors: kCorrupt when it is no such text.
std::string with_run(std::string_view before, const Manifest& run);

/// {"runs": [...]} with the runs of all `manifests`, in their order; empty ones are none. Errors: kCorrupt.
std::string joined(std::span<const std::string> manifests);

/// "AMD EPYC 9B14", or "unknown".
std::string cpu_name();

/// Now, as the manifest has it.
std::string timestamp();

}  // namespace lmzip::bench
