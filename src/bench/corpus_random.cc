// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/random.h"
#include "base/spool.h"
#include "bench/corpus_parts.h"
#include "lmzip/error.h"

namespace lmzip::bench {
namespace {

constexpr uint64_t kDefaultSeed = 1;
constexpr size_t kWordsPerChunk = kChunkSize / 8;

}  // namespace

CorpusDraft open_random_corpus(const CorpusPlace& place, const CorpusRequest& request, ProgressSink& progress) {
  if (request.random_chunks == 0) throw Error(ErrorKind::kUsage, "random: no chunks at all");
  const uint64_t chunks = request.chunks == 0 ? request.random_chunks : std::min(request.chunks, request.random_chunks);
  const uint64_t seed = request.seed.value_or(kDefaultSeed);
  // One sequence of numbers, of which each chunk has its own stretch. Seeds that are near must not begin near.
  base::Random words(base::Random(seed).next());
  const auto spool = std::make_shared<base::Spool>();
  std::array<uint8_t, kChunkSize> chunk;
  for (uint64_t i = 0; i < chunks; ++i) {
    progress.check();
    for (size_t word = 0; word < kWordsPerChunk; ++word) {
      const uint64_t number = words.next();
      for (size_t byte = 0; byte < 8; ++byte) chunk[word * 8 + byte] = static_cast<uint8_t>(number >> 8 * byte);
    }
    spool->write(chunk);
  }
  CorpusDraft draft{{.name = place.name,
                     .kind = place.kind,
                     .rule = fmt::format("The first {} chunks of SplitMix64 (seed {}), little-endian.", chunks, seed),
                     .available = request.random_chunks,
                     .sources = {},
                     .sha256 = {}},
                    spool,
                    {}};
  draft.bytes = spool->finish();
  return draft;
}

}  // namespace lmzip::bench
