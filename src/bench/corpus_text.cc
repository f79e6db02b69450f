// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/digest.h"
#include "base/mapped_file.h"
#include "base/spool.h"
#include "bench/corpus_parts.h"
#include "lmzip/error.h"

namespace lmzip::bench {
namespace {

/// Published by Matt Mahoney, "About the test data" (Large Text Compression Benchmark).
struct KnownFile {
  std::string_view name;
  uint64_t size;
  std::string_view md5;
};
constexpr KnownFile kKnownFiles[] = {{"enwik8", 100'000'000, "a1fa5ffddb56f4953e226637dabbb36a"},
                                     {"enwik9", 1'000'000'000, "e206c3450ac99950df65bf70ef61a12d"}};

constexpr size_t kReleasedAtOnce = 4 << 20;

void check_known(const CorpusPlace& place, ByteSpan bytes, ProgressSink& progress) {
  const auto* const known =
      std::find_if(std::begin(kKnownFiles), std::end(kKnownFiles), [&](const auto& k) { return k.name == place.name; });
  if (known == std::end(kKnownFiles)) return;
  if (bytes.size() != known->size) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is not {}: it has {} bytes, {} are expected", place.path,
                                               known->name, bytes.size(), known->size));
  }
  const std::string md5 = digest_of_mapped(base::DigestKind::kMd5, bytes, progress);
  if (md5 != known->md5) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{} is not {}: its MD5 is {}, {} is expected", place.path, known->name, md5, known->md5));
  }
}

}  // namespace

CorpusDraft open_file_corpus(const CorpusPlace& place, const CorpusRequest& request, ProgressSink& progress) {
  const auto file = std::make_shared<const base::MappedFile>(place.path);
  check_known(place, file->bytes(), progress);
  const uint64_t available = file->bytes().size() / kChunkSize;
  if (available == 0) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{} has {} bytes; a chunk takes {}", place.path, file->bytes().size(), kChunkSize));
  }
  const uint64_t chunks = request.chunks == 0 ? available : std::min(request.chunks, available);
  CorpusDraft draft{{.name = place.name,
                     .kind = place.kind,
                     .rule = "The file's bytes as they are. " + selection_rule(request, chunks, available),
                     .available = available,
                     .sources = {{std::filesystem::path(place.path).filename().string(), chunks}},
                     .sha256 = {}},
                    file,
                    file->bytes().first(chunks * kChunkSize)};
  if (!is_sample(request, available)) return draft;

  const auto spool = std::make_shared<base::Spool>();
  size_t released = 0;  // of the file; what was read of it must not stay in memory
  for (const uint64_t chunk : draw(available, chunks, *request.seed)) {
    progress.check();
    const size_t at = chunk * kChunkSize;
    spool->write(file->bytes().subspan(at, kChunkSize));
    if (at - released >= kReleasedAtOnce) {
      base::release_mapped(file->bytes().subspan(released, at - released));
      released = at;
    }
  }
  draft.bytes = spool->finish();
  draft.owner = spool;
  return draft;
}

}  // namespace lmzip::bench
