// SPDX-License-Identifier: Apache-2.0
#include "bench/speed.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <functional>
#include <future>
#include <new>
#include <span>
#include <system_error>
#include <utility>

#include "base/digest.h"
#include "base/peak_memory.h"
#include "base/thread_pool.h"
#include "lmzip/container.h"
#include "lmzip/error.h"

namespace lmzip::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// One way of one run.
struct Run {
  double wall = 0;        ///< s
  double cpu = 0;         ///< s, all threads
  uint64_t in_calls = 0;  ///< ns in the codec, added up over threads
};

Seconds spread(std::vector<Run>& runs, Run& median) {
  std::ranges::sort(runs, {}, &Run::wall);
  median = runs[(runs.size() - 1) / 2];  // of an even number the lower one: it was really measured
  return {median.wall, runs.front().wall, runs.back().wall};
}

unsigned settled_lanes(const SpeedCell& cell) {
  if (cell.lanes != 0 || cell.cell.codec.codec == nullptr) return cell.lanes;
  return even_lanes(cell.cell.chunks(), cell.threads, cell.cell.codec.codec->info().preferred_lanes);
}

/// The blocks of a cell, there and back.
class Job {
 public:
  Job(const SpeedCell& cell, ProgressSink& progress)
      : codec_(*cell.cell.codec.codec), threads_(cell.threads), lanes_(settled_lanes(cell)), progress_(progress) {
    for (uint64_t i = 0; i < cell.cell.chunks(); ++i) {
      blocks_.push_back(cell.cell.at(i));
      sizes_.push_back(blocks_.back().size());
    }
    packed_.resize(blocks_.size());
  }

  Run compress() {
    return timed([this](size_t first, size_t last) {
      auto codes = called([&] { return codec_.compress(std::span(blocks_).subspan(first, last - first), progress_); });
      std::ranges::move(codes, packed_.begin() + static_cast<ptrdiff_t>(first));
    });
  }

  Run restore() {
    return timed([this](size_t first, size_t last) { restored(first, last); });
  }

  /// Restores, and throws unless everything came back.
  void check() {
    timed([this](size_t first, size_t last) {
      const std::vector<Bytes> raw = restored(first, last);
      for (size_t i = first; i < last; ++i) {
        if (std::ranges::equal(raw[i - first], blocks_[i])) continue;
        throw Error(ErrorKind::kCorrupt, fmt::format("block {} came back changed", i + 1));
      }
    });
  }

  /// Adds up what compress() made.
  Tally tally() const {
    Tally tally;
    for (const Bytes& code : packed_) {
      tally.packed += code.size();
      tally.packed_squares += uint64_t{code.size()} * code.size();
    }
    return tally;
  }

 private:
  using Work = std::function<void(size_t first, size_t last)>;

  template <typename Call>
  std::vector<Bytes> called(const Call& call) {
    const auto start = Clock::now();
    std::vector<Bytes> result = call();
    in_calls_ += static_cast<uint64_t>(std::chrono::nanoseconds(Clock::now() - start).count());
    return result;
  }

  std::vector<Bytes> restored(size_t first, size_t last) {
    const std::vector<ByteSpan> codes(packed_.begin() + static_cast<ptrdiff_t>(first),
                                      packed_.begin() + static_cast<ptrdiff_t>(last));
    return called([&] { return codec_.decompress(codes, std::span(sizes_).subspan(first, last - first), progress_); });
  }

  /// Does all groups of blocks, on all threads.
  Run timed(const Work& work) {
    in_calls_ = 0;
    const auto wall = Clock::now();
    const std::clock_t cpu = std::clock();
    {
      std::vector<std::future<void>> done;
      base::ThreadPool pool(threads_);
      for (size_t first = 0; first < blocks_.size(); first += lanes_) {
        const size_t last = std::min<size_t>(blocks_.size(), first + lanes_);
        done.push_back(pool.submit([&work, first, last] { work(first, last); }));
      }
      for (auto& group : done) group.get();
    }
    return {.wall = std::chrono::duration<double>(Clock::now() - wall).count(),
            .cpu = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC,
            .in_calls = in_calls_};
  }

  const Compressor& codec_;
  const unsigned threads_;
  const unsigned lanes_;
  ProgressSink& progress_;
  std::vector<ByteSpan> blocks_;
  std::vector<size_t> sizes_;
  std::vector<Bytes> packed_;
  std::atomic<uint64_t> in_calls_ = 0;
};

/// Fills in what was measured.
Record measured(const SpeedCell& cell, const Provenance& provenance, ProgressSink& progress) {
  const bool tells_peak = base::reset_peak_memory();
  Job job(cell, progress);
  for (unsigned i = 0; i < cell.warmup; ++i) {
    job.compress();
    if (i == 0) {
      job.check();
    } else {
      job.restore();
    }
  }
  std::vector<Run> there, back;
  for (unsigned i = 0; i < cell.runs; ++i) {
    there.push_back(job.compress());
    back.push_back(job.restore());
  }
  if (cell.warmup == 0) job.check();

  Run forth, again;
  const Seconds encode = spread(there, forth), decode = spread(back, again);
  Tally tally = job.tally();
  tally.encode_nanoseconds = forth.in_calls;
  tally.decode_nanoseconds = again.in_calls;
  Record record = results(cell.cell, provenance, tally, true).back();  // headers as they are
  record.encode = encode;
  record.decode = decode;
  record.encode_cpu_seconds = forth.cpu;
  record.decode_cpu_seconds = again.cpu;
  if (tells_peak) record.peak_bytes = base::peak_memory();
  return record;
}

/// Says how the cell is run.
Record with_settings(Record record, const SpeedCell& cell) {
  record.threads = cell.threads;
  record.lanes = settled_lanes(cell);
  record.runs = cell.runs;
  record.warmup = cell.warmup;
  return record;
}

class WholeCorpus final : public Corpus {
 public:
  WholeCorpus(std::string name, std::unique_ptr<base::Spool> spool) : spool_(std::move(spool)) {
    bytes_ = spool_->finish();
    info_ = {.name = std::move(name),
             .kind = CorpusKind::kRaw,
             .rule = "All bytes, as they are.",
             .available = 0,
             .sources = {},
             .sha256 = base::digest(base::DigestKind::kSha256, bytes_)};
  }

 private:
  std::unique_ptr<base::Spool> spool_;
};

}  // namespace

std::vector<SpeedCell> speed_cells(const SpeedGrid& grid) {
  std::vector<SpeedCell> cells;
  for (const CellCodec& codec : grid.codecs) {
    for (const uint64_t block : grid.blocks) {
      for (const unsigned threads : grid.threads) {
        for (const unsigned lanes : grid.lanes) {
          Cell cell{.table = kSpeed, .corpus = grid.corpus, .codec = codec, .chunk = block, .data_sizes = {}};
          cells.push_back({std::move(cell), threads, lanes, grid.runs, grid.warmup});
        }
      }
    }
  }
  return cells;
}

uint64_t work_of(const SpeedCell& cell) {
  const uint64_t passes = 2 * (uint64_t{cell.runs} + cell.warmup) + (cell.warmup == 0 ? 1 : 0);
  return passes * cell.cell.raw_bytes();
}

Record identity(const SpeedCell& cell, const Provenance& provenance) {
  return with_settings(identities(cell.cell, provenance).back(), cell);
}

Record measure_speed(const SpeedCell& cell, const Provenance& provenance, ProgressSink& progress) {
  Record failed = identity(cell, provenance);
  if (!failed.measured()) return failed;
  try {
    return with_settings(measured(cell, provenance, progress), cell);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kCancelled) throw;
    failed.error = error.what();
  } catch (const std::bad_alloc&) {
    failed.error = "not enough memory";
  } catch (const std::system_error& error) {
    failed.error = fmt::format("cannot start {} threads: {}", cell.threads, error.what());
  }
  return failed;
}

std::shared_ptr<const Corpus> whole_corpus(std::string name, std::unique_ptr<base::Spool> spool) {
  return std::make_shared<const WholeCorpus>(std::move(name), std::move(spool));
}

Bytes babble(size_t size) {
  constexpr std::string_view kConsonants = "bdfghklmnprstvw";
  constexpr std::string_view kVowels = "aeiou";
  uint64_t state = 0x9E3779B97F4A7C15;
  const auto random = [&state](uint64_t below) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state % below;
  };
  std::vector<std::string> words(2000);
  for (std::string& word : words) {
    for (uint64_t syllables = 1 + random(4); syllables > 0; --syllables) {
      word += kConsonants[random(kConsonants.size())];
      word += kVowels[random(kVowels.size())];
    }
  }
  Bytes text;
  while (text.size() < size) {
    // Zipf: the rank's logarithm is uniform.
    const uint64_t rank = random(uint64_t{1} << random(11));
    const std::string& word = words[rank];
    text.insert(text.end(), word.begin(), word.end());
    const uint64_t end = random(12);
    text.push_back(end == 0 ? '\n' : ' ');
  }
  text.resize(size);
  return text;
}

}  // namespace lmzip::bench
