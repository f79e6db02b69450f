// SPDX-License-Identifier: Apache-2.0
#include "bench/corpus.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <utility>

#include "base/mapped_file.h"
#include "base/random.h"
#include "bench/corpus_parts.h"
#include "lmzip/error.h"

namespace lmzip::bench {
namespace {

namespace fs = std::filesystem;

/// Where the data of a name is: all that the name means besides.
enum class Home : uint8_t {
  kData,    ///< `data`/NAME or `data`/text/NAME, or a path
  kFolder,  ///< `data`/NAME, or a path
  kPath,    ///< only a path: the name means nothing else
  kNone,    ///< made up
};

struct Name {
  CorpusDescription description;
  CorpusKind kind;
  Home home;
};

constexpr Name kNames[] = {
    {{"enwik9", "the first 1,000,000,000 bytes of a dump of the English Wikipedia; size and MD5 are checked"},
     CorpusKind::kText,
     Home::kData},
    {{"enwik8", "the first 100,000,000 bytes of enwik9; size and MD5 are checked"}, CorpusKind::kText, Home::kData},
    {{"text", "text=PATH: any text"}, CorpusKind::kText, Home::kPath},
    {{"imagenet", "a folder of JPEG or PNG files, any depth; whole tiles of 64 x 32 pixels in grey"},
     CorpusKind::kImage,
     Home::kFolder},
    {{"librispeech", "a folder of mono FLAC or WAV files, any depth; 8 bits a sample"},
     CorpusKind::kSound,
     Home::kFolder},
    {{"random", "bytes of a seeded generator"}, CorpusKind::kRandom, Home::kNone},
};

/// Bytes between two looks at the progress sink.
constexpr size_t kPieceSize = 4 << 20;

std::string known_names() {
  std::vector<std::string_view> names;
  for (const Name& name : kNames) names.push_back(name.description.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// Looks for a named corpus in the data folder.
std::string find_data(const Name& name, const std::string& data) {
  const std::string_view text = name.description.name;
  if (data.empty()) {
    throw Error(ErrorKind::kIo, fmt::format("{0}: neither a data folder nor {0}=PATH was given; expected: {1}", text,
                                            name.description.expects));
  }
  const fs::path direct = fs::path(data) / text, below = fs::path(data) / "text" / text;
  std::error_code error;  // what cannot be looked at is not there
  if (fs::exists(direct, error)) return direct.string();
  if (name.home == Home::kFolder) {
    throw Error(ErrorKind::kIo,
                fmt::format("{}: there is no {}; expected: {}", text, direct.string(), name.description.expects));
  }
  if (fs::exists(below, error)) return below.string();
  throw Error(ErrorKind::kIo, fmt::format("{}: there is neither {} nor {}; expected: {}", text, direct.string(),
                                          below.string(), name.description.expects));
}

const Name* find_name(std::string_view text) {
  const auto* const name = std::find_if(std::begin(kNames), std::end(kNames),
                                        [text](const Name& known) { return known.description.name == text; });
  return name != std::end(kNames) ? name : nullptr;
}

/// A file may be called like a corpus, but must not pass for it: it is then shown as it was asked for.
std::string shown(const fs::path& name, const CorpusRequest& request) {
  return find_name(name.native()) != nullptr ? request.text : name.string();
}

CorpusPlace place_of(const Name& name, std::string_view path, const CorpusRequest& request) {
  const std::string_view text = name.description.name;
  if (name.home == Home::kNone) {
    if (!path.empty()) throw Error(ErrorKind::kUsage, fmt::format("{} has no path", text));
    return {std::string(text), name.kind, ""};
  }
  if (name.home == Home::kPath) {
    if (path.empty()) throw Error(ErrorKind::kUsage, fmt::format("{0} needs a path: {0}=PATH", text));
    return {shown(fs::path(path).stem(), request), name.kind, std::string(path)};
  }
  return {std::string(text), name.kind, path.empty() ? find_data(name, request.data) : std::string(path)};
}

/// See CorpusRequest::text.
CorpusPlace parse(const CorpusRequest& request) {
  const std::string_view text = request.text;
  const size_t equals = text.find('=');
  if (const Name* const name = find_name(text.substr(0, equals))) {
    const std::string_view path = equals == text.npos ? "" : text.substr(equals + 1);
    if (equals != text.npos && path.empty()) throw Error(ErrorKind::kUsage, fmt::format("{} needs a path", text));
    return place_of(*name, path, request);
  }
  std::error_code error;
  if (text.find('/') == text.npos && !fs::exists(text, error)) {
    throw Error(ErrorKind::kUsage,
                fmt::format("there is no corpus and no file called '{}'; corpora: {}", text, known_names()));
  }
  if (fs::is_directory(text, error)) {
    throw Error(ErrorKind::kUsage, fmt::format("{0} is a folder: of what? imagenet={0} or librispeech={0}", text));
  }
  return {shown(fs::path(text).filename(), request), CorpusKind::kRaw, request.text};
}

CorpusDraft open(const CorpusPlace& place, const CorpusRequest& request, ProgressSink& progress) {
  switch (place.kind) {
    case CorpusKind::kImage:
      return open_media_corpus(place, kImageRule, request, progress);
    case CorpusKind::kSound:
      return open_media_corpus(place, kSoundRule, request, progress);
    case CorpusKind::kRandom:
      return open_random_corpus(place, request, progress);
    case CorpusKind::kText:
    case CorpusKind::kRaw:
      break;
  }
  return open_file_corpus(place, request, progress);
}

class OpenCorpus final : public Corpus {
 public:
  explicit OpenCorpus(CorpusDraft draft) : owner_(std::move(draft.owner)) {
    info_ = std::move(draft.info);
    bytes_ = draft.bytes;
  }

 private:
  std::shared_ptr<const void> owner_;
};

}  // namespace

std::string_view name_of(CorpusKind kind) {
  constexpr std::array<std::string_view, 5> kKinds = {"text", "image", "sound", "random", "raw"};
  return kKinds[static_cast<size_t>(kind)];
}

void Corpus::release() const { base::release_mapped(bytes_); }

std::shared_ptr<const Corpus> open_corpus(const CorpusRequest& request, ProgressSink& progress) {
  CorpusDraft draft = open(parse(request), request, progress);
  draft.info.sha256 = digest_of_mapped(base::DigestKind::kSha256, draft.bytes, progress);
  return std::make_shared<const OpenCorpus>(std::move(draft));
}

std::vector<CorpusDescription> corpora() {
  std::vector<CorpusDescription> all;
  for (const Name& name : kNames) all.push_back(name.description);
  return all;
}

bool is_sample(const CorpusRequest& request, uint64_t available) {
  return request.seed && request.chunks != 0 && request.chunks < available;
}

std::vector<uint64_t> draw(uint64_t available, uint64_t wanted, uint64_t seed) {
  // Floyd's way: each step adds one of the first i + 1 numbers, or i itself where that one is taken already.
  base::Random random(seed);
  std::set<uint64_t> drawn;
  for (uint64_t i = available - wanted; i < available; ++i) {
    if (!drawn.insert(random.below(i + 1)).second) drawn.insert(i);
  }
  return {drawn.begin(), drawn.end()};
}

std::string digest_of_mapped(base::DigestKind kind, ByteSpan mapped, ProgressSink& progress) {
  base::Digester digester(kind);
  while (!mapped.empty()) {
    progress.check();
    const ByteSpan piece = mapped.first(std::min(mapped.size(), kPieceSize));
    digester.update(piece);
    base::release_mapped(piece);
    mapped = mapped.subspan(piece.size());
  }
  return digester.finish();
}

std::string selection_rule(const CorpusRequest& request, uint64_t taken, uint64_t available) {
  if (is_sample(request, available)) {
    return fmt::format("{} of {} chunks, drawn with seed {}, in their order.", taken, available, *request.seed);
  }
  return fmt::format("{} {} chunks.", taken == available ? "All" : "The first", taken);
}

}  // namespace lmzip::bench
