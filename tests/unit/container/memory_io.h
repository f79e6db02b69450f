// SPDX-License-Identifier: Apache-2.0
// Sources and sinks in memory, and the container's functions on them in one line each.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "lmzip/bytes.h"
#include "lmzip/container.h"
#include "lmzip/error.h"
#include "unit/container/rle_codec.h"

namespace lmzip::test {

/// A pipe that yields at most `piece` bytes at a time.
class MemorySource : public Source {
 public:
  explicit MemorySource(ByteSpan bytes, size_t piece = ~size_t{0}) : rest_(bytes), piece_(piece) {}
  size_t read(uint8_t* data, size_t size) override {
    largest_request = std::max(largest_request, size);
    const size_t count = std::min({size, rest_.size(), piece_});
    std::copy_n(rest_.begin(), count, data);
    rest_ = rest_.subspan(count);
    return count;
  }

  size_t largest_request = 0;

 private:
  ByteSpan rest_;
  size_t piece_;
};

/// A seekable file; remembers which bytes were asked for.
class MemoryFile : public RandomSource {
 public:
  explicit MemoryFile(ByteSpan bytes) : bytes_(bytes), touched(bytes.size()) {}
  uint64_t size() const override { return bytes_.size(); }
  size_t read_at(uint64_t offset, uint8_t* data, size_t size) override {
    if (offset >= bytes_.size()) return 0;
    const size_t count = std::min<uint64_t>(size, bytes_.size() - offset);
    std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(offset), count, data);
    std::fill_n(touched.begin() + static_cast<ptrdiff_t>(offset), count, true);
    return count;
  }

 private:
  ByteSpan bytes_;

 public:
  std::vector<bool> touched;
};

class MemorySink : public Sink {
 public:
  void write(ByteSpan more) override { bytes.insert(bytes.end(), more.begin(), more.end()); }
  Bytes bytes;
};

/// What came of a call that may fail.
struct Outcome {
  Bytes bytes;  ///< delivered, also before an error
  ReadSummary summary;
  std::optional<ErrorKind> error;
  std::string message;
  bool ok() const { return !error; }
};

template <typename Work>
Outcome outcome_of(Work work) {
  MemorySink sink;
  Outcome outcome;
  try {
    outcome.summary = work(sink);
  } catch (const Error& error) {
    outcome.error = error.kind();
    outcome.message = error.what();
  }
  outcome.bytes = std::move(sink.bytes);
  return outcome;
}

inline ReadOptions read_options(unsigned threads = 1, unsigned lanes = 1) {
  ReadOptions options;
  options.threads = threads;
  options.lanes = lanes;
  options.codec_for = rle_codec_for;
  return options;
}

inline WriteOptions write_options(uint64_t block_size, uint64_t member_size = 0) {
  WriteOptions options;
  options.block_size = block_size;
  options.member_size = member_size;
  return options;
}

inline Bytes pack(ByteSpan raw, const WriteOptions& options, const Compressor& codec = RleCodec()) {
  MemorySource source(raw);
  MemorySink sink;
  ProgressSink progress;
  write_container(source, sink, codec, options, progress);
  return std::move(sink.bytes);
}

inline Outcome unpack(ByteSpan packed, const ReadOptions& options = read_options()) {
  return outcome_of([&](Sink& sink) {
    MemorySource source(packed);
    ProgressSink progress;
    return read_container(source, sink, options, progress);
  });
}

inline Outcome unpack_range(ByteSpan packed, uint64_t offset, uint64_t length,
                            const ReadOptions& options = read_options()) {
  return outcome_of([&](Sink& sink) {
    MemoryFile file(packed);
    ProgressSink progress;
    ReadSummary summary;
    static_cast<StreamSummary&>(summary) = read_range(file, sink, offset, length, options, progress);
    return summary;
  });
}

inline Listing list(ByteSpan packed) {
  MemoryFile file(packed);
  return list_container(file);
}

inline Listing check(ByteSpan packed) {
  MemoryFile file(packed);
  return check_structure(file);
}

inline Bytes operator+(Bytes left, ByteSpan right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

inline Bytes slice(ByteSpan bytes, uint64_t offset, uint64_t length) {
  const uint64_t from = std::min<uint64_t>(offset, bytes.size());
  const ByteSpan part = bytes.subspan(from, std::min<uint64_t>(length, bytes.size() - from));
  return {part.begin(), part.end()};
}

/// A repeatable stream of numbers (SplitMix64).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  uint64_t below(uint64_t bound) { return next() % bound; }

 private:
  uint64_t state_;
};

inline Bytes noise(size_t size, uint64_t seed = 1) {
  Random random(seed);
  Bytes bytes(size);
  for (uint8_t& value : bytes) value = static_cast<uint8_t>(random.next());
  return bytes;
}

/// Stretches of runs and of noise, each about a KiB, so that coded and stored blocks alternate; every place differs.
inline Bytes mixed(size_t size, uint64_t seed = 1) {
  Random random(seed);
  Bytes bytes;
  while (bytes.size() < size) {
    const size_t stretch = 700 + random.below(1500);
    const bool runs = random.below(2) == 0;
    for (size_t i = 0; i < stretch;) {
      const size_t run = runs ? 20 + random.below(60) : 1;
      bytes.insert(bytes.end(), run, static_cast<uint8_t>(random.next()));
      i += run;
    }
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace lmzip::test
