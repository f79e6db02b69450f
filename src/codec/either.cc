// SPDX-License-Identifier: Apache-2.0
#include "codec/either.h"

#include <algorithm>
#include <string>
#include <utility>

#include "lmzip/error.h"

namespace lmzip::codec {
namespace {

enum class Choice : uint8_t { kSpecialist = 0, kAllRounder = 1 };

Bytes marked(Choice choice, const Bytes& code) {
  Bytes packed(1 + code.size());
  packed[0] = static_cast<uint8_t>(choice);
  std::ranges::copy(code, packed.begin() + 1);
  return packed;
}

/// Some of the blocks of a call, and where they came from.
struct Part {
  std::vector<size_t> places;
  std::vector<ByteSpan> blocks;
  std::vector<size_t> sizes;

  void add(size_t place, ByteSpan block, size_t size) {
    places.push_back(place);
    blocks.push_back(block);
    sizes.push_back(size);
  }
};

}  // namespace

EitherCompressor::EitherCompressor(std::unique_ptr<Compressor> specialist, std::unique_ptr<Compressor> all_rounder)
    : specialist_(std::move(specialist)), all_rounder_(std::move(all_rounder)), info_(specialist_->info()) {
  info_.fixed_bytes += all_rounder_->info().fixed_bytes;
  info_.bytes_per_byte += all_rounder_->info().bytes_per_byte + 1;
}

std::vector<Bytes> EitherCompressor::compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const {
  ProgressSink trial(&progress, ProgressSink::Work::kTrial);
  std::vector<ByteSpan> starts;
  for (const ByteSpan block : blocks) starts.push_back(block.first(std::min(block.size(), kTrial)));
  std::vector<TokenCounts> counts(blocks.size());
  const std::vector<Bytes> known = specialist_->compress_counting(starts, trial, counts);
  const std::vector<Bytes> plain = all_rounder_->compress(starts, trial);

  std::vector<Bytes> packed(blocks.size());
  Part promising, hopeless;
  for (size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i].size() == starts[i].size()) {
      const bool better = known[i].size() <= plain[i].size();
      packed[i] = better ? marked(Choice::kSpecialist, known[i]) : marked(Choice::kAllRounder, plain[i]);
      progress.advance(blocks[i].size());
      if (better) progress.add_tokens(counts[i]);
    } else if (4 * known[i].size() <= 5 * plain[i].size()) {
      promising.add(i, blocks[i], blocks[i].size());
    } else {
      hopeless.add(i, blocks[i], blocks[i].size());
    }
  }
  const std::vector<Bytes> by_specialist = specialist_->compress_counting(promising.blocks, progress, counts);
  const std::vector<Bytes> instead = all_rounder_->compress(promising.blocks, trial);
  for (size_t i = 0; i < promising.places.size(); ++i) {
    const bool better = by_specialist[i].size() <= instead[i].size();
    packed[promising.places[i]] =
        better ? marked(Choice::kSpecialist, by_specialist[i]) : marked(Choice::kAllRounder, instead[i]);
    if (better) progress.add_tokens(counts[i]);
  }
  const std::vector<Bytes> rest = all_rounder_->compress(hopeless.blocks, progress);
  for (size_t i = 0; i < rest.size(); ++i) packed[hopeless.places[i]] = marked(Choice::kAllRounder, rest[i]);
  return packed;
}

std::vector<Bytes> EitherCompressor::decompress(std::span<const ByteSpan> packed, std::span<const size_t> raw_sizes,
                                                ProgressSink& progress) const {
  // All errors begin with the name under which this codec goes, which the specialist's do by themselves.
  const std::string name = info_.spec.substr(0, info_.spec.find_first_of(":,"));
  Part parts[2];
  for (size_t i = 0; i < packed.size(); ++i) {
    if (packed[i].empty() || packed[i][0] > 1) {
      throw Error(ErrorKind::kCorrupt, name + ": a block does not say which codec made it");
    }
    parts[packed[i][0]].add(i, packed[i].subspan(1), raw_sizes[i]);
  }
  std::vector<Bytes> raw(packed.size());
  const auto restore = [&](Choice choice, const Compressor& codec) {
    const Part& part = parts[static_cast<size_t>(choice)];
    std::vector<Bytes> restored = codec.decompress(part.blocks, part.sizes, progress);
    for (size_t i = 0; i < restored.size(); ++i) raw[part.places[i]] = std::move(restored[i]);
  };
  restore(Choice::kSpecialist, *specialist_);
  try {
    restore(Choice::kAllRounder, *all_rounder_);
  } catch (const Error& error) {
    throw error.kind() == ErrorKind::kCancelled ? error : error.within(name);
  }
  return raw;
}

}  // namespace lmzip::codec
