// SPDX-License-Identifier: Apache-2.0
// Measures cells, several at once.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "bench/cell.h"
#include "bench/record.h"
#include "lmzip/progress.h"

namespace lmzip::bench {

struct RunOptions {
  unsigned threads = 1;  ///< >= 1
  bool verify = true;    ///< decode everything and compare
  Provenance provenance{};
};

/// What `progress` will have been told when `cells` are measured, raw bytes.
uint64_t work_of(std::span<const Cell> cells, const RunOptions& options);

/// Gets the records of one cell when they are there; called by one thread at a time.
using RecordSink = std::function<void(const std::vector<Record>& records)>;

/// Measures all cells. Whole corpora come first, each on one thread; then the chunked cells in their order, whose
/// chunks are shared by all threads. What goes wrong in a cell becomes the error of its records, and the others go on.
/// Memory: the codecs' working sets, and a few chunks for each thread. Packed corpora lie in temporary files while they
/// are decoded, and what the system holds of mapped corpora is given back again and again.
/// Errors: kCancelled; those of `sink`.
void run_cells(std::span<const Cell> cells, const RunOptions& options, ProgressSink& progress, const RecordSink& sink);

}  // namespace lmzip::bench
