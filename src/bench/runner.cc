// SPDX-License-Identifier: Apache-2.0
#include "bench/runner.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <future>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "base/mapped_file.h"
#include "base/spool.h"
#include "base/thread_pool.h"
#include "bench/seven_bit.h"
#include "lmzip/error.h"

namespace lmzip::bench {
namespace {

/// Raw bytes that one call of a codec without preferences gets: enough to make the calls' cost vanish, few enough for
/// all threads to finish a cell together.
constexpr uint64_t kBatchBytes = 64 << 10;

/// How often mapped memory is given back: no codec here reads a gigabyte in a second.
constexpr auto kReleaseInterval = std::chrono::milliseconds(200);
/// Smaller corpora stay.
constexpr size_t kReleaseFrom = size_t{64} << 20;

template <typename Work>
uint64_t nanoseconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start).count());
}

[[noreturn]] void changed(uint64_t chunk) {
  throw Error(ErrorKind::kCorrupt, "chunk " + std::to_string(chunk + 1) + " came back changed");
}

/// Takes decoded bytes and compares them with what they should be. Now and then it gives back the memory of the mapped
/// code that they come from.
class ComparingSink final : public Sink {
 public:
  ComparingSink(ByteSpan expected, ByteSpan code) : left_(expected), code_(code) {}
  void write(ByteSpan bytes) override {
    same_ = same_ && bytes.size() <= left_.size() && std::ranges::equal(bytes, left_.first(bytes.size()));
    if (same_) left_ = left_.subspan(bytes.size());
    since_release_ += bytes.size();
    if (since_release_ >= kReleaseFrom) base::release_mapped(code_), since_release_ = 0;
  }
  bool whole() const { return same_ && left_.empty(); }

 private:
  ByteSpan left_;
  ByteSpan code_;
  size_t since_release_ = 0;
  bool same_ = true;
};

/// Tokenizing once more to count costs time, and only one table shows it. Checkpoints count what they code.
bool counts_tokens(const Cell& cell) { return cell.table == kTokenization && cell.codec.tokenizer != nullptr; }

/// The size of the code of one zero byte: what the paper's code takes for the header.
uint64_t header_of(const Cell& cell) {
  if (!cell.codec.has_header) return 0;
  ProgressSink unheard;
  const Bytes zero(1);
  const ByteSpan block(zero);
  return cell.codec.codec->compress({&block, 1}, unheard)[0].size();
}

Tally measure_whole(const Cell& cell, const RunOptions& options, ProgressSink& progress) {
  const ByteSpan raw = cell.at(0);
  base::Spool spool;
  Tally tally;
  ProgressSink counting(&progress);
  tally.encode_nanoseconds = nanoseconds([&] { cell.codec.codec->compress_to(raw, spool, counting); });
  tally.tokens = counting.tokens();
  const ByteSpan packed = spool.finish();
  tally.packed = packed.size();
  if (!options.verify) return tally;
  ComparingSink compare(raw, packed);
  tally.decode_nanoseconds =
      nanoseconds([&] { cell.codec.codec->decompress_to(packed, raw.size(), compare, progress); });
  if (!compare.whole()) changed(0);
  return tally;
}

/// The chunks [first, last) of a cell.
Tally measure_chunks(const Cell& cell, uint64_t first, uint64_t last, const RunOptions& options,
                     ProgressSink& progress) {
  const Compressor& codec = *cell.codec.codec;
  Tally tally;
  std::vector<SevenBitChunk> split;
  std::vector<ByteSpan> chunks;
  std::vector<size_t> sizes;
  if (cell.seven_bit) split.reserve(last - first);
  for (uint64_t i = first; i < last; ++i) {
    chunks.push_back(cell.at(i));
    sizes.push_back(chunks.back().size());
    if (counts_tokens(cell)) tally.symbols += cell.codec.tokenizer->encode(chunks.back()).size();
    if (!cell.seven_bit) continue;
    split.push_back(split_bits(chunks.back(), cell.corpus.corpus->info().kind));
    tally.stored += split.back().lost.size();
    tally.lost_bits += split.back().lost_bits;
    chunks.back() = split.back().symbols;
  }

  std::vector<Bytes> packed;
  ProgressSink counting(&progress);
  tally.encode_nanoseconds = nanoseconds([&] { packed = codec.compress(chunks, counting); });
  tally.tokens = counting.tokens();
  for (const Bytes& one : packed) {
    tally.packed += one.size();
    tally.packed_squares += uint64_t{one.size()} * one.size();
  }
  if (!options.verify) return tally;

  const std::vector<ByteSpan> codes(packed.begin(), packed.end());
  std::vector<Bytes> restored;
  tally.decode_nanoseconds = nanoseconds([&] { restored = codec.decompress(codes, sizes, progress); });
  for (size_t i = 0; i < restored.size(); ++i) {
    if (cell.seven_bit) restored[i] = join_bits(restored[i], split[i].lost, cell.corpus.corpus->info().kind);
    if (!std::ranges::equal(restored[i], cell.at(first + i))) changed(first + i);
  }
  return tally;
}

/// Hands out work to threads, and gathers what they measured.
class Runner {
 public:
  Runner(std::span<const Cell> cells, const RunOptions& options, ProgressSink& progress, const RecordSink& sink)
      : options_(options), progress_(&progress), sink_(sink) {
    for (const Cell& cell : cells) states_.push_back({&cell, batch_of(cell)});
    // Each of these keeps one thread busy for long, so they begin before the rest.
    std::ranges::stable_sort(
        states_, [](const State& a, const State& b) { return (a.cell->chunk == 0) && (b.cell->chunk != 0); });
  }

  void run() {
    const ReleasingThread releasing(states_);
    std::vector<std::future<void>> workers;
    base::ThreadPool pool(options_.threads);
    for (unsigned i = 0; i < options_.threads; ++i) workers.push_back(pool.submit([this] { work(); }));
    for (auto& worker : workers) worker.wait();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  struct State {
    const Cell* cell;
    uint64_t batch;       ///< chunks in one call
    uint64_t next = 0;    ///< chunk that nobody has taken yet
    unsigned active = 0;  ///< threads that measure some of it
    bool finished = false;
    Tally tally{};
    std::string error{};

    bool untaken() const { return error.empty() && next < cell->chunks(); }
  };

  struct Piece {
    State* state;
    uint64_t first, last;
  };

  /// Gives the memory of large mapped corpora back while whole ones are read from end to end.
  class ReleasingThread {
   public:
    explicit ReleasingThread(const std::vector<State>& states) {
      std::vector<const Corpus*> corpora;
      for (const State& state : states) {
        const Corpus* const corpus = state.cell->corpus.corpus.get();
        if (corpus != nullptr && corpus->bytes().size() >= kReleaseFrom) corpora.push_back(corpus);
      }
      if (corpora.empty()) return;
      thread_ = std::jthread([corpora](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any wake;
        std::unique_lock lock(mutex);
        while (!wake.wait_for(lock, stop, kReleaseInterval, [] { return false; }) && !stop.stop_requested()) {
          for (const Corpus* const corpus : corpora) corpus->release();
        }
      });
    }

   private:
    std::jthread thread_;
  };

  uint64_t batch_of(const Cell& cell) const {
    if (cell.chunks() == 0) return 1;
    const unsigned lanes = cell.codec.codec->info().preferred_lanes;
    const uint64_t usual = std::max<uint64_t>(lanes, kBatchBytes / std::max<uint64_t>(1, cell.chunk));
    // A cell of few chunks is shared by all threads, too.
    return std::max<uint64_t>(1, std::min(usual, (cell.chunks() + options_.threads - 1) / options_.threads));
  }

  /// The next piece of work; also says which cells have none at all. Nothing: all is taken.
  std::optional<Piece> take() {
    const std::scoped_lock lock(mutex_);
    for (; at_ < states_.size(); ++at_) {
      State& state = states_[at_];
      if (state.untaken()) {
        const uint64_t first = state.next;
        state.next = std::min(first + state.batch, state.cell->chunks());
        ++state.active;
        return Piece{&state, first, state.next};
      }
      finish_if_done(state);
    }
    return {};
  }

  /// One thread's share. What ends the whole run stops the other threads, too.
  void work() try {
    while (const std::optional<Piece> piece = take()) {
      Tally tally;
      std::string error;
      try {
        progress_.check();
        tally = piece->state->cell->chunk == 0
                    ? measure_whole(*piece->state->cell, options_, progress_)
                    : measure_chunks(*piece->state->cell, piece->first, piece->last, options_, progress_);
      } catch (const Error& problem) {
        if (problem.kind() == ErrorKind::kCancelled) throw;
        error = problem.what();
      } catch (const std::bad_alloc&) {
        error = "not enough memory";
      }
      const std::scoped_lock lock(mutex_);
      State& state = *piece->state;
      state.tally.add(tally);
      if (state.error.empty()) state.error = std::move(error);
      --state.active;
      finish_if_done(state);
    }
  } catch (...) {
    progress_.request_stop();
    const std::scoped_lock lock(mutex_);
    if (!failure_) failure_ = std::current_exception();
  }

  /// Tells the sink of a cell that is measured, or cannot be. The lock is held.
  void finish_if_done(State& state) {
    if (state.finished || state.active > 0 || state.untaken()) return;
    state.finished = true;
    const Cell& cell = *state.cell;
    if (state.error.empty() && cell.chunks() > 0) {
      state.tally.header = header_of(cell);
      return sink_(results(cell, options_.provenance, state.tally, options_.verify));
    }
    std::vector<Record> records = identities(cell, options_.provenance);
    for (Record& record : records) record.error = state.error;
    sink_(records);
  }

  const RunOptions& options_;
  ProgressSink progress_;
  const RecordSink& sink_;
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::vector<State> states_;
  size_t at_ = 0;  ///< all cells before have been taken
};

}  // namespace

uint64_t work_of(std::span<const Cell> cells, const RunOptions& options) {
  uint64_t bytes = 0;
  for (const Cell& cell : cells) bytes += cell.raw_bytes() * (options.verify ? 2 : 1);
  return bytes;
}

void run_cells(std::span<const Cell> cells, const RunOptions& options, ProgressSink& progress, const RecordSink& sink) {
  Runner(cells, options, progress, sink).run();
}

}  // namespace lmzip::bench
