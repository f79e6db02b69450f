// SPDX-License-Identifier: Apache-2.0
// What is measured: exactly the bytes used, and where they come from. The rules are those of the paper (Delétang et
// al., ICLR 2024, section 3.1 and its official code).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lmzip/bytes.h"
#include "lmzip/progress.h"

namespace lmzip::bench {

/// The paper's chunk, bytes, and its number of them: floor(1e9 / 2048).
inline constexpr size_t kChunkSize = 2048;
inline constexpr uint64_t kPaperChunks = 488281;

enum class CorpusKind : uint8_t { kText, kImage, kSound, kRandom, kRaw };

/// "text", "image", "sound", "random", "raw".
std::string_view name_of(CorpusKind kind);

/// How a corpus is asked for.
struct CorpusRequest {
  /// NAME, NAME=PATH, or PATH (with a slash, or an existing file). Names:
  ///   enwik9, enwik8   the file of that name in `data` or `data`/text; size and MD5 must be the known ones
  ///   text=PATH        any text; shown under its file name without extension
  ///   imagenet         every JPEG and PNG below `data`/imagenet, any depth, in byte order of their paths: grey is the
  ///                    truncated mean of RGB; all whole tiles of 32 rows and 64 columns, row-major over the image
  ///   librispeech      every FLAC and WAV below `data`/librispeech, any depth, in byte order of their paths, mono: the
  ///                    upper byte of each sample + 128; pieces of 2048 samples, each file's last partial one dropped
  ///   random           bytes of a generator (SplitMix64) with `seed`, or 1: always its first chunks
  /// A PATH alone is raw bytes, shown under its file name. A file called like a corpus is shown as `text` has it.
  /// Below a folder, hidden files and folders and files of other kinds (by extension) are skipped, links are followed,
  /// and a damaged file is an error.
  std::string text;
  std::string data;                       ///< folder of the named corpora; may be empty
  uint64_t chunks = 2000;                 ///< at most so many; 0: all of them
  std::optional<uint64_t> seed;           ///< none: the first chunks, as the paper; else drawn from all, in their order
  uint64_t random_chunks = kPaperChunks;  ///< how many `random` has in all
  unsigned threads = 1;                   ///< that decode images
};

/// A part of a corpus as the manifest lists it.
struct CorpusSource {
  std::string path;     ///< below the folder, or the file's name
  uint64_t chunks = 0;  ///< used of it; files without any are not listed
};

/// Immutable, thread-safe. Bytes that are not already one stretch of a file lie in an unnamed temporary file, mapped:
/// memory is what the system likes to keep of it.
class Corpus {
 public:
  virtual ~Corpus() = default;

  struct Info {
    std::string name;  ///< "enwik9", "imagenet", ...
    CorpusKind kind;
    std::string rule;        ///< how bytes were made of files, and chosen; one sentence or two for the report
    uint64_t available = 0;  ///< chunks there are in all; 0: not counted (the first were enough)
    std::vector<CorpusSource> sources;
    std::string sha256;  ///< of bytes()
  };
  const Info& info() const { return info_; }

  /// The chunks used, one after the other; a multiple of kChunkSize, at least one.
  ByteSpan bytes() const { return bytes_; }
  uint64_t chunks() const { return bytes_.size() / kChunkSize; }

  /// A hint that none of the bytes are needed soon: gives their memory back to the system (they are read again later).
  void release() const;

 protected:
  Info info_;
  ByteSpan bytes_;
};

/// Finds, reads and checks. Errors: kUsage for a request that means nothing; kIo (kind of Error kIo or kUsage) when
/// data is missing or is not what it should be: the message says what was looked for, where, and what was expected, in
/// one line; kCorrupt for a damaged picture or recording, with its path; kCancelled.
std::shared_ptr<const Corpus> open_corpus(const CorpusRequest& request, ProgressSink& progress);

/// The names of CorpusRequest::text for a help text: name and what is expected of it.
struct CorpusDescription {
  std::string_view name;
  std::string_view expects;
};
std::vector<CorpusDescription> corpora();

}  // namespace lmzip::bench
