// SPDX-License-Identifier: Apache-2.0
#include "bench/speed.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <future>
#include <span>

#include "base/thread_pool.h"
#include "lmzip/container.h"
#include "lmzip/error.h"

namespace lmzip::bench {
namespace {

struct Seconds {
  double wall;
  double cpu;
};

Seconds timed(const std::function<void()>& work) {
  const auto wall = std::chrono::steady_clock::now();
  const std::clock_t cpu = std::clock();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count(),
          static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC};
}

/// The run whose wall clock time is the median (the lower one of two).
Seconds median(std::vector<Seconds> runs) {
  const auto middle = runs.begin() + static_cast<ptrdiff_t>((runs.size() - 1) / 2);
  std::nth_element(runs.begin(), middle, runs.end(), [](Seconds a, Seconds b) { return a.wall < b.wall; });
  return *middle;
}

/// Calls work(first, last) for all groups of `lanes` blocks, on `threads` threads, and waits.
void for_groups(size_t blocks, const SpeedOptions& options, const std::function<void(size_t, size_t)>& work) {
  std::vector<std::future<void>> done;
  base::ThreadPool pool(options.threads);
  for (size_t first = 0; first < blocks; first += options.lanes) {
    const size_t last = std::min<size_t>(blocks, first + options.lanes);
    done.push_back(pool.submit([&work, first, last] { work(first, last); }));
  }
  for (auto& group : done) group.get();
}

}  // namespace

SpeedResult measure_speed(const Compressor& codec, ByteSpan data, const SpeedOptions& options, ProgressSink& progress) {
  std::vector<ByteSpan> blocks;
  std::vector<size_t> sizes;
  for (size_t at = 0; at < data.size(); at += options.block_size) {
    blocks.push_back(data.subspan(at, std::min<size_t>(options.block_size, data.size() - at)));
    sizes.push_back(blocks.back().size());
  }
  std::vector<Bytes> packed(blocks.size());
  SpeedOptions settings = options;
  if (settings.lanes == 0) settings.lanes = even_lanes(blocks.size(), options.threads, codec.info().preferred_lanes);
  const auto compress = [&](size_t first, size_t last) {
    auto codes = codec.compress(std::span(blocks).subspan(first, last - first), progress);
    std::move(codes.begin(), codes.end(), packed.begin() + static_cast<ptrdiff_t>(first));
  };
  const auto decompress = [&](size_t first, size_t last) {
    const std::vector<ByteSpan> codes(packed.begin() + static_cast<ptrdiff_t>(first),
                                      packed.begin() + static_cast<ptrdiff_t>(last));
    const auto raw = codec.decompress(codes, std::span(sizes).subspan(first, last - first), progress);
    for (size_t i = first; i < last; ++i) {
      if (!std::ranges::equal(raw[i - first], blocks[i])) {
        throw Error(ErrorKind::kCorrupt, codec.info().spec + ": block " + std::to_string(i + 1) + " came back changed");
      }
    }
  };
  std::vector<Seconds> there;
  std::vector<Seconds> back;
  for (unsigned run = 0; run < options.runs; ++run) {
    there.push_back(timed([&] { for_groups(blocks.size(), settings, compress); }));
    back.push_back(timed([&] { for_groups(blocks.size(), settings, decompress); }));
  }
  const Seconds forth = median(there);
  const Seconds again = median(back);
  SpeedResult result{.codec = codec.info().spec,
                     .raw_bytes = data.size(),
                     .packed_bytes = 0,
                     .lanes = settings.lanes,
                     .compress_seconds = forth.wall,
                     .decompress_seconds = again.wall,
                     .compress_cpu_seconds = forth.cpu,
                     .decompress_cpu_seconds = again.cpu};
  for (size_t i = 0; i < blocks.size(); ++i) result.packed_bytes += std::min(packed[i].size(), sizes[i]);
  return result;
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
