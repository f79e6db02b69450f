// SPDX-License-Identifier: Apache-2.0
// Stopping: when asked to, when input or output fails, when memory is short. None of these may hang or lose an error.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "unit/container/memory_io.h"

namespace lmzip::test {
namespace {

constexpr uint64_t kBlock = 1024;

/// Takes `good` writes, then fails like a full disk.
class FullDisk : public Sink {
 public:
  explicit FullDisk(int good) : good_(good) {}
  void write(ByteSpan) override {
    if (good_-- == 0) throw Error(ErrorKind::kIo, "no space left on device");
  }

 private:
  int good_;
};

/// Yields zeros, then fails like a broken disk.
class BrokenDisk : public Source {
 public:
  explicit BrokenDisk(size_t good) : good_(good) {}
  size_t read(uint8_t* data, size_t size) override {
    if (good_ == 0) throw Error(ErrorKind::kIo, "input/output error");
    const size_t count = std::min(size, good_);
    std::fill_n(data, count, 0);
    good_ -= count;
    return count;
  }

 private:
  size_t good_;
};

/// Finishes blocks that begin with 'b'; on all others it works until it is stopped. (The first call need not be that
/// for the first block: threads start in any order.)
class EndlessCodec : public RleCodec {
 public:
  std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const override {
    ++calls_;
    if (blocks[0][0] != 'b') work(progress);
    return RleCodec::compress(blocks, progress);
  }
  std::vector<Bytes> decompress(std::span<const ByteSpan> packed, std::span<const size_t> raw_sizes,
                                ProgressSink& progress) const override {
    ++calls_;
    std::vector<Bytes> raw = RleCodec::decompress(packed, raw_sizes, progress);
    if (raw[0][0] != 'b') work(progress);
    return raw;
  }

  int calls() const { return calls_; }

 private:
  [[noreturn]] static void work(ProgressSink& progress) {
    while (true) {
      progress.advance(1);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  mutable std::atomic<int> calls_{0};
};

/// What it finishes the first block of.
Bytes endless_input() {
  Bytes raw(40 * kBlock, 'a');
  raw[0] = 'b';
  return raw;
}

ErrorKind kind_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorKind::kUsage;
}

TEST(Writer, AFullDiskStopsWorkersThatWouldWorkForHours) {
  const Bytes raw = endless_input();
  WriteOptions options = write_options(kBlock);
  options.threads = 3;
  MemorySource source(raw);
  FullDisk sink(0);
  ProgressSink progress;
  EXPECT_EQ(kind_of([&] { write_container(source, sink, EndlessCodec(), options, progress); }), ErrorKind::kIo);
  EXPECT_FALSE(progress.stop_requested()) << "the user's sink is not ours to stop";
}

TEST(Reader, AFullDiskStopsWorkersThatWouldWorkForHours) {
  const Bytes packed = pack(endless_input(), write_options(kBlock));
  ReadOptions options = read_options(3);
  options.codec_for = [](const CodecRequest&) { return std::make_shared<EndlessCodec>(); };
  MemorySource source(packed);
  FullDisk sink(0);
  ProgressSink progress;
  EXPECT_EQ(kind_of([&] { read_container(source, sink, options, progress); }), ErrorKind::kIo);
  EXPECT_FALSE(progress.stop_requested());
}

TEST(Writer, SinkErrorsComeThroughWhereverTheyHappen) {
  const Bytes raw = mixed(20 * kBlock);
  for (int good = 0; good < 25; ++good) {  // 20 blocks, 5 ends
    WriteOptions options = write_options(kBlock);
    options.threads = 2;
    options.lanes = 3;
    MemorySource source(raw);
    FullDisk sink(good);
    ProgressSink progress;
    EXPECT_EQ(kind_of([&] { write_container(source, sink, RleCodec(), options, progress); }), ErrorKind::kIo) << good;
  }
}

TEST(Reader, SinkErrorsComeThroughWhereverTheyHappen) {
  const Bytes packed = pack(mixed(20 * kBlock), write_options(kBlock));
  for (int good = 0; good < 20; ++good) {
    MemorySource source(packed);
    FullDisk sink(good);
    ProgressSink progress;
    EXPECT_EQ(kind_of([&] { read_container(source, sink, read_options(2, 3), progress); }), ErrorKind::kIo) << good;
    MemoryFile file(packed);
    FullDisk range_sink(good);
    EXPECT_EQ(kind_of([&] { read_range(file, range_sink, 0, 20 * kBlock, read_options(2, 3), progress); }),
              ErrorKind::kIo)
        << good;
  }
}

TEST(Writer, SourceErrorsComeThrough) {
  for (const size_t good : {size_t{0}, size_t{10}, size_t{kBlock}, size_t{20 * kBlock}}) {
    BrokenDisk source(good);
    MemorySink sink;
    ProgressSink progress;
    EXPECT_EQ(kind_of([&] { write_container(source, sink, RleCodec(), write_options(kBlock), progress); }),
              ErrorKind::kIo);
  }
}

TEST(Writer, CodecErrorsNameTheBlocks) {
  class Refusing : public RleCodec {
    std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const override {
      for (const ByteSpan block : blocks) {
        if (block[0] == 'x') throw Error(ErrorKind::kUnsupported, "cannot code x");
      }
      return RleCodec::compress(blocks, progress);
    }
  };
  const Bytes raw = Bytes(4 * kBlock, 'a') + Bytes(kBlock, 'x');
  for (const auto& [lanes, message] : std::vector<std::pair<unsigned, std::string>>{
           {1, "block 5: cannot code x"}, {2, "block 5: cannot code x"}, {3, "blocks 4 to 5: cannot code x"}}) {
    const Outcome outcome = outcome_of([&, lanes = lanes](Sink& sink) {
      WriteOptions options = write_options(kBlock);
      options.lanes = lanes;
      MemorySource source(raw);
      ProgressSink progress;
      write_container(source, sink, Refusing(), options, progress);
      return ReadSummary();
    });
    EXPECT_EQ(outcome.message, message);
    EXPECT_EQ(outcome.error, ErrorKind::kUnsupported);
  }
}

TEST(Stop, EndsRunningWork) {
  const Bytes raw = endless_input();
  const Bytes packed = pack(raw, write_options(kBlock));
  ProgressSink progress;
  const auto codec = std::make_shared<EndlessCodec>();
  std::thread user([&] {
    while (codec->calls() < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    progress.request_stop();
  });
  MemorySink sink;
  EXPECT_EQ(kind_of([&] {
              MemorySource source(raw);
              write_container(source, sink, *codec, write_options(kBlock), progress);
            }),
            ErrorKind::kCancelled);
  user.join();

  ProgressSink reading;
  const auto decoder = std::make_shared<EndlessCodec>();
  std::thread reader_user([&] {
    while (decoder->calls() < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    reading.request_stop();
  });
  ReadOptions options = read_options(2);
  options.codec_for = [&](const CodecRequest&) { return decoder; };
  EXPECT_EQ(kind_of([&] {
              MemorySource source(packed);
              read_container(source, sink, options, reading);
            }),
            ErrorKind::kCancelled);
  reader_user.join();
}

TEST(Stop, BeforeTheStartDoesNothing) {
  const Bytes raw(10, 'a');
  const Bytes packed = pack(raw, write_options(kBlock));
  ProgressSink progress;
  progress.request_stop();
  MemorySink sink;
  MemorySource source(raw);
  EXPECT_EQ(kind_of([&] { write_container(source, sink, RleCodec(), write_options(kBlock), progress); }),
            ErrorKind::kCancelled);
  MemorySource packed_source(packed);
  EXPECT_EQ(kind_of([&] { read_container(packed_source, sink, read_options(), progress); }), ErrorKind::kCancelled);
  MemoryFile file(packed);
  EXPECT_EQ(kind_of([&] { read_range(file, sink, 0, 10, read_options(), progress); }), ErrorKind::kCancelled);
  EXPECT_TRUE(sink.bytes.empty());
}

/// Notes how much had been read of `source` whenever a block is coded.
class WatchingCodec : public RleCodec {
 public:
  explicit WatchingCodec(const size_t& read) : read_(read) {}
  std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const override {
    read_at_call.push_back(read_);
    return RleCodec::compress(blocks, progress);
  }
  mutable std::vector<size_t> read_at_call;

 private:
  const size_t& read_;
};

class CountedSource : public Source {
 public:
  explicit CountedSource(Source& source) : source_(source) {}
  size_t read(uint8_t* data, size_t size) override {
    const size_t count = source_.read(data, size);
    total += count;
    return count;
  }
  size_t total = 0;

 private:
  Source& source_;
};

TEST(Memory, OneThreadReadsNothingAhead) {
  const Bytes raw(4 * kBlock, 'a');
  MemorySource memory(raw);
  CountedSource source(memory);
  const WatchingCodec codec(source.total);
  MemorySink sink;
  ProgressSink progress;
  write_container(source, sink, codec, write_options(kBlock), progress);
  EXPECT_EQ(codec.read_at_call, (std::vector<size_t>{kBlock, 2 * kBlock, 3 * kBlock, 4 * kBlock}));
}

/// Counts the blocks that are in some call at the same time, and needs memory.
class HungryCodec : public RleCodec {
 public:
  HungryCodec() {
    info_.fixed_bytes = 1000;
    info_.bytes_per_byte = 2.5;
  }
  std::vector<Bytes> decompress(std::span<const ByteSpan> packed, std::span<const size_t> raw_sizes,
                                ProgressSink& progress) const override {
    const int now = running_ += static_cast<int>(packed.size());
    for (int seen = most_; now > seen && !most_.compare_exchange_weak(seen, now);) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    auto raws = RleCodec::decompress(packed, raw_sizes, progress);
    running_ -= static_cast<int>(packed.size());
    return raws;
  }
  int most() const { return most_; }

 private:
  mutable std::atomic<int> running_{0};
  mutable std::atomic<int> most_{0};
};

TEST(MemoryLimit, TakesFewerBlocksAtOnceBeforeItRefuses) {
  const Bytes raw(30 * kBlock, 'a');
  const Bytes packed = pack(raw, write_options(kBlock));
  // One block: 10 packed + 1024 raw + 1000 + 2.5 * 1024 bytes.
  constexpr uint64_t kNeed = 10 + 1024 + 1000 + 2560;
  for (const uint64_t blocks : {1, 2, 3}) {
    ReadOptions options = read_options(4, 2);
    const auto codec = std::make_shared<HungryCodec>();
    options.codec_for = [&](const CodecRequest&) { return codec; };
    options.memory_limit = blocks * kNeed;
    const Outcome back = unpack(packed, options);
    EXPECT_TRUE(back.ok()) << back.message;
    EXPECT_EQ(back.bytes, raw);
    EXPECT_LE(codec->most(), static_cast<int>(blocks));
    options.memory_limit = kNeed - 1;
    EXPECT_EQ(unpack(packed, options).error, ErrorKind::kLimit);
  }
}

TEST(MemoryLimit, CountsTheBlockNotTheBlockSize) {
  const Bytes raw(2000, 'a');
  ReadOptions options = read_options();
  options.memory_limit = 100000;
  EXPECT_EQ(unpack(pack(raw, write_options(kMaxBlockSize)), options).bytes, raw);
}

TEST(Options, OutsideTheirRangesAreRefused) {
  const auto writing = [](const WriteOptions& options) { return kind_of([&] { pack(Bytes(10), options); }); };
  EXPECT_EQ(writing(write_options(0)), ErrorKind::kUsage);
  EXPECT_EQ(writing(write_options(1023)), ErrorKind::kUsage);
  EXPECT_EQ(writing(write_options(1536)), ErrorKind::kUsage);
  EXPECT_EQ(writing(write_options(kMaxBlockSize + 1024)), ErrorKind::kUsage);
  EXPECT_EQ(writing(write_options(2048, 1024)), ErrorKind::kUsage);
  EXPECT_EQ(writing(write_options(1024, 1024 * (kMaxBlocksPerMember + 1))), ErrorKind::kUsage);
  for (const unsigned threads : {0u, 257u}) {
    WriteOptions options;
    options.threads = threads;
    EXPECT_EQ(writing(options), ErrorKind::kUsage);
    EXPECT_EQ(unpack({}, read_options(threads, 1)).error, ErrorKind::kUsage);
  }
  WriteOptions options;
  options.lanes = 65;
  EXPECT_EQ(writing(options), ErrorKind::kUsage);
  EXPECT_EQ(unpack({}, read_options(1, 65)).error, ErrorKind::kUsage);
}

TEST(ProgressSink, AChildCountsForItsParentAndStopsWithItButNotTheOtherWayRound) {
  ProgressSink parent;
  ProgressSink child(&parent);
  child.advance(5);
  child.add_packed(3);
  EXPECT_EQ(parent.raw_bytes(), 5);
  EXPECT_EQ(parent.packed_bytes(), 3);
  child.request_stop();
  EXPECT_FALSE(parent.stop_requested());
  ProgressSink other(&parent);
  EXPECT_NO_THROW(other.check());
  parent.request_stop();
  EXPECT_THROW(other.check(), Error);
}

}  // namespace
}  // namespace lmzip::test
