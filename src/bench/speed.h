// SPDX-License-Identifier: Apache-2.0
// How fast codecs are on this machine, both ways, and how much memory that takes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/spool.h"
#include "bench/cell.h"
#include "lmzip/bytes.h"
#include "lmzip/progress.h"

namespace lmzip::bench {

/// A codec on blocks of one size (cell.chunk > 0), and how it is run.
struct SpeedCell {
  Cell cell;
  unsigned threads = 1;  ///< calls of the codec at once; >= 1
  unsigned lanes = 0;    ///< blocks that one call gets; 0: as many as suit the codec and share the blocks evenly
  unsigned runs = 3;     ///< of which the median counts; >= 1
  unsigned warmup = 1;   ///< runs before them that do not count
};

/// Everything that is measured with everything; none of the lists is empty.
struct SpeedGrid {
  CellCorpus corpus;
  std::vector<CellCodec> codecs;
  std::vector<uint64_t> blocks;  ///< bytes
  std::vector<unsigned> threads;
  std::vector<unsigned> lanes;
  unsigned runs = 3;
  unsigned warmup = 1;
};

/// By codec, then block, then threads; lanes change fastest.
std::vector<SpeedCell> speed_cells(const SpeedGrid& grid);

/// What `progress` will have been told by measure_speed(), raw bytes.
uint64_t work_of(const SpeedCell& cell);

/// The record of `cell` without results. What is absent is said.
Record identity(const SpeedCell& cell, const Provenance& provenance);

/// The same with results. A run compresses all blocks and restores them, both on the clock; the blocks are in memory
/// before and after. That they come back as they were is checked off the clock, once, in a warm-up if there is one.
/// Codecs with a header have it counted in each block. peak_bytes is that of the whole process, its data included.
/// What goes wrong becomes the record's error. Errors: kCancelled.
Record measure_speed(const SpeedCell& cell, const Provenance& provenance, ProgressSink& progress);

/// All that was written to `spool`, which is at least a byte, as a corpus: its size need not be a multiple of
/// kChunkSize.
std::shared_ptr<const Corpus> whole_corpus(std::string name, std::unique_ptr<base::Spool> spool);

/// `size` bytes of something like text: words of a made-up language, drawn by Zipf's law. For measurements of speed
/// where no file was given; its rate means nothing. The same bytes on every machine.
Bytes babble(size_t size);

}  // namespace lmzip::bench
