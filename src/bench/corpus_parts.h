// SPDX-License-Identifier: Apache-2.0
// How corpora are made, behind corpus.h.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "bench/corpus.h"

namespace lmzip::bench {

/// A corpus before it is one: its bytes, what keeps them, and what is known of them (the digest is not).
struct CorpusDraft {
  Corpus::Info info;
  std::shared_ptr<const void> owner;
  ByteSpan bytes;
};

/// A request whose text has been understood.
struct CorpusPlace {
  std::string name;  ///< as the corpus is shown
  CorpusKind kind;
  std::string path;  ///< of the file or folder; empty for random bytes
};

/// A file's chunks: all of it, or some. `place.name` "enwik8" and "enwik9" must be those.
CorpusDraft open_file_corpus(const CorpusPlace& place, const CorpusRequest& request, ProgressSink& progress);

CorpusDraft open_random_corpus(const CorpusPlace& place, const CorpusRequest& request, ProgressSink& progress);

/// Gets chunks in order; returns whether more are wanted.
using ChunkSink = std::function<bool(ByteSpan chunk)>;

/// How the files of a folder become chunks. Errors name the file.
struct MediaRule {
  std::vector<std::string_view> extensions;  ///< lower case
  std::string_view expects;                  ///< for the error when there is nothing
  std::string_view rule;                     ///< for the report
  uint64_t (*count)(const std::string& path);
  void (*read)(const std::string& path, const ChunkSink& sink);
  /// Whether a file's chunks are few enough to wait in memory, so that several files can be decoded at once.
  enum class Size : uint8_t { kSmall, kLarge } size;
};
extern const MediaRule kImageRule;
extern const MediaRule kSoundRule;

CorpusDraft open_media_corpus(const CorpusPlace& place, const MediaRule& rule, const CorpusRequest& request,
                              ProgressSink& progress);

/// Whether a request for `request.chunks` of `available` is one for a drawn sample.
bool is_sample(const CorpusRequest& request, uint64_t available);

/// `wanted` <= `available` different numbers below `available`, ascending, each set of them as likely as any other.
/// The same on every machine.
std::vector<uint64_t> draw(uint64_t available, uint64_t wanted, uint64_t seed);

/// Of a stretch of a mapped file, whose memory is released on the way.
std::string digest_of_mapped(base::DigestKind kind, ByteSpan mapped, ProgressSink& progress);

/// The part of a report's rule that says which chunks were taken.
std::string selection_rule(const CorpusRequest& request, uint64_t taken, uint64_t available);

}  // namespace lmzip::bench
