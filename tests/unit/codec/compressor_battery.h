// SPDX-License-Identifier: Apache-2.0
// What every Compressor promises (include/lmzip/compressor.h), checked on any of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "lmzip/compressor.h"
#include "lmzip/error.h"
#include "unit/codec/adversarial_inputs.h"

namespace lmzip::test {

/// How much work a codec is given; slow ones get less.
struct Effort {
  size_t content_size = 50'000;         ///< of each kind of content
  size_t largest_boundary = 256 << 10;  ///< of the sizes around powers of two
  int damages = 100;                    ///< broken payloads per content
  size_t blocks_per_call = 100;         ///< at most; each may take all the memory of the codec
  size_t stop_size = 16 << 20;          ///< of the block in which a stop request must be seen
};
inline constexpr Effort kFast{};
inline constexpr Effort kSlow{
    .content_size = 4000, .largest_boundary = 4096, .damages = 2, .blocks_per_call = 4, .stop_size = 512 << 10};

/// A sink that keeps everything.
struct Heap final : Sink {
  void write(ByteSpan more) override { bytes.insert(bytes.end(), more.begin(), more.end()); }
  Bytes bytes;
};

inline Bytes packed(const Compressor& codec, ByteSpan raw) {
  ProgressSink progress;
  std::vector<Bytes> result = codec.compress({&raw, 1}, progress);
  EXPECT_EQ(result.size(), 1u);
  EXPECT_EQ(progress.raw_bytes(), raw.size()) << "progress of compress";
  return std::move(result.at(0));
}

inline Bytes unpacked(const Compressor& codec, ByteSpan payload, size_t raw_size) {
  ProgressSink progress;
  std::vector<Bytes> result = codec.decompress({&payload, 1}, {&raw_size, 1}, progress);
  EXPECT_EQ(result.size(), 1u);
  EXPECT_EQ(progress.raw_bytes(), raw_size) << "progress of decompress";
  return std::move(result.at(0));
}

inline void expect_restores(const Compressor& codec, const Input& input) {
  SCOPED_TRACE(codec.info().spec + " on " + input.name);
  const Bytes payload = packed(codec, input.bytes);
  EXPECT_TRUE(unpacked(codec, payload, input.bytes.size()) == input.bytes);
}

/// What is written piece by piece is what is returned at once.
inline void expect_writes_the_same(const Compressor& codec, const Input& input) {
  SCOPED_TRACE(codec.info().spec + " on " + input.name);
  ProgressSink progress;
  Heap payload, raw;
  codec.compress_to(input.bytes, payload, progress);
  EXPECT_EQ(progress.raw_bytes(), input.bytes.size());
  EXPECT_TRUE(payload.bytes == packed(codec, input.bytes));
  codec.decompress_to(payload.bytes, input.bytes.size(), raw, progress);
  EXPECT_EQ(progress.raw_bytes(), 2 * input.bytes.size());
  EXPECT_TRUE(raw.bytes == input.bytes);
}

/// Whatever the payload: the error kCorrupt, or bytes of the right size. True if it was the error.
inline bool refuses(const Compressor& codec, ByteSpan payload, size_t raw_size) {
  ProgressSink progress;
  try {
    const std::vector<Bytes> result = codec.decompress({&payload, 1}, {&raw_size, 1}, progress);
    EXPECT_EQ(result.at(0).size(), raw_size);
    return false;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCorrupt) << error.what();
    const std::string name = codec.info().spec.substr(0, codec.info().spec.find_first_of(":,"));
    EXPECT_EQ(std::string(error.what()).rfind(name + ": ", 0), 0u) << error.what();
    return true;
  }
}

inline void expect_restores_everything(const Compressor& codec, const Effort& effort) {
  for (const Input& input : contents(effort.content_size)) expect_restores(codec, input);
  for (const Input& input : boundary_sizes(effort.largest_boundary)) expect_restores(codec, input);
}

inline void expect_writes_everything(const Compressor& codec, const Effort& effort) {
  for (const Input& input : contents(effort.content_size / 16)) expect_writes_the_same(codec, input);
  expect_writes_the_same(codec, {"several pieces of text", text(2 * effort.largest_boundary + 1)});
}

/// Blocks of one call do not know each other, and packing twice gives the same bytes.
inline void expect_independent_blocks(const Compressor& codec, const Effort& effort) {
  const std::vector<Input> inputs = contents(effort.content_size / 8);
  ProgressSink progress;
  for (size_t first = 0; first < inputs.size(); first += effort.blocks_per_call) {
    const std::span<const Input> group =
        std::span(inputs).subspan(first, std::min(effort.blocks_per_call, inputs.size() - first));
    std::vector<ByteSpan> blocks;
    std::vector<size_t> sizes;
    for (const Input& input : group) {
      blocks.push_back(input.bytes);
      sizes.push_back(input.bytes.size());
    }
    const std::vector<Bytes> payloads = codec.compress(blocks, progress);
    ASSERT_EQ(payloads.size(), group.size());
    for (size_t i = 0; i < group.size(); ++i) EXPECT_TRUE(payloads[i] == packed(codec, blocks[i])) << group[i].name;

    const std::vector<Bytes> restored =
        codec.decompress(std::vector<ByteSpan>(payloads.begin(), payloads.end()), sizes, progress);
    ASSERT_EQ(restored.size(), group.size());
    for (size_t i = 0; i < group.size(); ++i) EXPECT_TRUE(restored[i] == group[i].bytes) << group[i].name;
  }
  EXPECT_TRUE(codec.compress({}, progress).empty());
  EXPECT_TRUE(codec.decompress({}, {}, progress).empty());
}

/// One object serves several threads.
inline void expect_thread_safe(const Compressor& codec, const Effort& effort) {
  const std::vector<Input> inputs = contents(effort.content_size / 8);
  std::atomic<size_t> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (size_t first = 0; first < 3; ++first) {
      threads.emplace_back([&, first] {
        for (size_t i = first; i < inputs.size(); i += 3) {
          if (unpacked(codec, packed(codec, inputs[i].bytes), inputs[i].bytes.size()) != inputs[i].bytes) ++wrong;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0u);
}

/// Flipped bits, cut ends, invented bytes, wrong sizes: an error or bytes of the right size. Appended bytes: an error.
inline void expect_survives_damage(const Compressor& codec, const Effort& effort) {
  std::mt19937_64 random(11);
  for (const Input& input : contents(effort.content_size / 16)) {
    SCOPED_TRACE(codec.info().spec + " on damaged " + input.name);
    const size_t size = input.bytes.size();
    const Bytes payload = packed(codec, input.bytes);
    for (int i = 0; i < effort.damages && !payload.empty(); ++i) {
      Bytes damaged = payload;
      damaged[random() % damaged.size()] ^= static_cast<uint8_t>(1u << random() % 8);
      refuses(codec, damaged, size);
      damaged.resize(random() % payload.size());
      refuses(codec, damaged, size);
      refuses(codec, random_bytes(random() % 3000, random()), size);
      damaged = payload;  // the head intact, the rest invented: past the magic numbers
      const size_t intact = random() % payload.size();
      for (size_t at = intact; at < damaged.size(); ++at) damaged[at] = static_cast<uint8_t>(random());
      refuses(codec, damaged, size);
    }
    for (const size_t wrong : {size + 1, size - 1, 2 * size + 3, size_t{0}, size_t{1}, size + 1'000}) {
      if (wrong <= 2 * size + 1'000) refuses(codec, payload, wrong);
    }
    // A damaged payload size must not swallow the block behind it.
    for (const uint8_t more : {uint8_t{0x00}, uint8_t{0xFF}}) {
      Bytes longer = payload;
      longer.push_back(more);
      ProgressSink progress;
      const ByteSpan block = longer;
      EXPECT_THROW(codec.decompress({&block, 1}, {&size, 1}, progress), Error);
    }
  }
}

/// A stop request is obeyed before the first block and within a block.
inline void expect_stops(const Compressor& codec, const Effort& effort) {
  const auto kind_of = [](const auto& work) {
    try {
      work();
      return std::string("finished");
    } catch (const Error& error) {
      return std::string(error.kind() == ErrorKind::kCancelled ? "cancelled" : error.what());
    }
  };
  const Bytes raw(effort.stop_size);  // zeros: even slow codecs are quick
  const ByteSpan block = raw;
  const Bytes payload = packed(codec, raw);
  const ByteSpan packed_block = payload;
  const size_t size = raw.size();
  const auto both = [&](const auto& check) {
    check([&](ProgressSink& progress) { codec.compress({&block, 1}, progress); });
    check([&](ProgressSink& progress) { codec.decompress({&packed_block, 1}, {&size, 1}, progress); });
  };

  both([&](const auto& work) {
    ProgressSink progress;
    progress.request_stop();
    EXPECT_EQ(kind_of([&] { work(progress); }), "cancelled");
    EXPECT_LT(progress.raw_bytes(), size);
  });

  // A watcher asks to stop as soon as there is some progress. It may come too late, so several tries; one that never
  // succeeds means that progress is only reported at the end.
  both([&](const auto& work) {
    for (int attempt = 0; attempt < 100; ++attempt) {
      ProgressSink progress;
      std::atomic<bool> watching = false;
      std::jthread watcher([&](std::stop_token finished) {
        watching = true;
        while (progress.raw_bytes() == 0 && !finished.stop_requested()) std::this_thread::yield();
        progress.request_stop();
      });
      while (!watching) std::this_thread::yield();
      const std::string result = kind_of([&] { work(progress); });
      ASSERT_TRUE(result == "cancelled" || result == "finished") << result;
      if (result == "cancelled" && progress.raw_bytes() < size) return;
    }
    ADD_FAILURE() << codec.info().spec << " never stopped within a block";
  });
}

}  // namespace lmzip::test
