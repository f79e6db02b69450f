// SPDX-License-Identifier: Apache-2.0
// How fast a codec is on this machine, both ways, with every block verified.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lmzip/bytes.h"
#include "lmzip/compressor.h"
#include "lmzip/progress.h"

namespace lmzip::bench {

struct SpeedOptions {
  uint64_t block_size = uint64_t{64} << 10;  ///< bytes per independent block; > 0
  unsigned lanes = 0;                        ///< blocks that one call of the codec gets; 0: as many as suit it
  unsigned threads = 1;                      ///< calls at once; >= 1
  unsigned runs = 3;                         ///< of which the median counts; >= 1
};

/// What was measured of one codec. Rates are of raw bytes.
struct SpeedResult {
  std::string codec;
  uint64_t raw_bytes = 0;
  uint64_t packed_bytes = 0;          ///< of the blocks' code, without headers; a block that would grow counts raw
  unsigned lanes = 0;                 ///< blocks in one call
  double compress_seconds = 0;        ///< wall clock, median of the runs
  double decompress_seconds = 0;      ///< the same
  double compress_cpu_seconds = 0;    ///< of all threads together, in the same run
  double decompress_cpu_seconds = 0;  ///< the same
};

/// Compresses and restores `data` as often as options.runs says. Errors: the codec's; kCorrupt when a block does not
/// come back as it was. Progress: raw bytes, both ways.
SpeedResult measure_speed(const Compressor& codec, ByteSpan data, const SpeedOptions& options, ProgressSink& progress);

/// `size` bytes of something like text: words of a made-up language, drawn by Zipf's law. For measurements of speed
/// where no file was given; its rate means nothing. The same bytes on every machine.
Bytes babble(size_t size);

}  // namespace lmzip::bench
