// SPDX-License-Identifier: Apache-2.0
// Folders of pictures or recordings: which files, which of their chunks, and decoding them.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "base/spool.h"
#include "bench/corpus_parts.h"
#include "container/ordered_tasks.h"
#include "lmzip/error.h"

namespace lmzip::bench {
namespace {

namespace fs = std::filesystem;

std::string lower_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  if (!extension.empty()) extension.erase(0, 1);
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return extension;
}

/// The paths below `root`, relative to it, of all files with these extensions, in byte order. Folders behind symbolic
/// links count, too, but each folder once: links may lead in circles.
class Finder {
 public:
  Finder(const fs::path& root, const MediaRule& rule, ProgressSink& progress)
      : root_(root), rule_(rule), progress_(progress) {}

  std::vector<std::string> find() {
    walk("");
    std::sort(found_.begin(), found_.end());
    return std::move(found_);
  }

 private:
  void walk(const fs::path& folder) try {
    progress_.check();
    if (!visited_.insert(fs::canonical(root_ / folder)).second) return;
    std::vector<fs::path> folders;
    for (const auto& entry : fs::directory_iterator(root_ / folder)) {
      const fs::path name = entry.path().filename();
      if (name.native().front() == '.') continue;
      std::error_code broken_link;  // it has no status; if it should be a picture, opening it will say why it is none
      if (fs::is_directory(entry.status(broken_link))) {
        folders.push_back(folder / name);
      } else if (std::count(rule_.extensions.begin(), rule_.extensions.end(), lower_extension(name)) > 0) {
        found_.push_back((folder / name).string());
      }
    }
    std::sort(folders.begin(), folders.end());  // which of several ways leads to a folder must not be chance
    for (const fs::path& next : folders) walk(next);
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorKind::kIo,
                fmt::format("cannot read the folder {}: {}", (root_ / folder).string(), error.code().message()));
  }

  const fs::path root_;
  const MediaRule& rule_;
  ProgressSink& progress_;
  std::set<fs::path> visited_;
  std::vector<std::string> found_;
};

/// Runs `work(i, progress)` for all i below `count` on several threads and hands the results in order to
/// `take(i, result)`, until that wants no more.
template <typename Result, typename Work, typename Take>
void in_order(size_t count, unsigned threads, ProgressSink& progress, const Work& work, const Take& take) {
  container::OrderedTasks<Result> tasks(threads, progress);
  size_t taken = 0;
  for (size_t i = 0; i < count; ++i) {
    tasks.submit([i, &work](ProgressSink& own) { return work(i, own); });
    while (tasks.overfull()) {
      const size_t oldest = taken++;
      if (!take(oldest, tasks.take())) return;
    }
  }
  while (!tasks.empty()) {
    const size_t oldest = taken++;
    if (!take(oldest, tasks.take())) return;
  }
}

/// What to take of one file.
struct Part {
  std::string path;              ///< below the folder
  std::vector<uint64_t> chunks;  ///< ascending; none: all
};

class Collector {
 public:
  Collector(const CorpusPlace& place, const MediaRule& rule, const CorpusRequest& request, ProgressSink& progress)
      : place_(place),
        rule_(rule),
        request_(request),
        threads_(std::max(1u, request.threads)),
        progress_(progress),
        spool_(std::make_shared<base::Spool>()) {}

  CorpusDraft collect() {
    std::error_code no_folder;
    if (!fs::is_directory(place_.path, no_folder)) {
      throw Error(ErrorKind::kUsage, fmt::format("{}: there is no folder {}; expected there: {}", place_.name,
                                                 place_.path, rule_.expects));
    }
    for (std::string& path : Finder(place_.path, rule_, progress_).find()) parts_.push_back({std::move(path), {}});
    const size_t files = parts_.size();
    const bool all_known = request_.seed && request_.chunks != 0;
    if (all_known) select();
    deliver();
    if (taken_ == 0) {
      throw Error(ErrorKind::kUsage, fmt::format("{}: nothing to use among {} files below {}; expected there: {}",
                                                 place_.name, files, place_.path, rule_.expects));
    }
    if (!all_known && !stopped_) available_ = taken_;
    const std::string rule = fmt::format("{} {}", rule_.rule, selection_rule(request_, taken_, available_));
    return {{place_.name, place_.kind, rule, available_, std::move(sources_), {}}, spool_, spool_->finish()};
  }

 private:
  std::string full_path(const Part& part) const { return (fs::path(place_.path) / part.path).string(); }

  /// Counts the chunks of all files; of those that are not all wanted, the drawn ones stay.
  void select() {
    std::vector<uint64_t> counts(parts_.size());
    in_order<uint64_t>(
        parts_.size(), threads_, progress_,
        [this](size_t i, ProgressSink&) { return rule_.count(full_path(parts_[i])); },
        [&](size_t i, uint64_t count) {
          counts[i] = count;
          available_ += count;
          return true;
        });
    if (!is_sample(request_, available_)) return;
    const std::vector<uint64_t> drawn = draw(available_, request_.chunks, *request_.seed);
    uint64_t first = 0;  // chunk of the file
    auto next = drawn.begin();
    std::vector<Part> chosen;
    for (size_t i = 0; i < parts_.size(); first += counts[i++]) {
      for (; next != drawn.end() && *next < first + counts[i]; ++next) parts_[i].chunks.push_back(*next - first);
      if (!parts_[i].chunks.empty()) chosen.push_back(std::move(parts_[i]));
    }
    parts_ = std::move(chosen);
  }

  /// Decodes what was selected into the spool, up to the number of chunks wanted.
  void deliver() {
    if (rule_.size == MediaRule::Size::kLarge) {
      for (size_t i = 0; i < parts_.size() && !stopped_; ++i) {
        read(parts_[i], progress_, [&](ByteSpan chunk) { return take(parts_[i], chunk); });
      }
      return;
    }
    in_order<Bytes>(
        parts_.size(), threads_, progress_,
        [this](size_t i, ProgressSink& progress) {
          Bytes chunks;
          read(parts_[i], progress, [&](ByteSpan chunk) {
            chunks.insert(chunks.end(), chunk.begin(), chunk.end());
            return true;
          });
          return chunks;
        },
        [this](size_t i, ByteSpan chunks) {
          for (; !chunks.empty() && !stopped_; chunks = chunks.subspan(kChunkSize)) {
            take(parts_[i], chunks.first(kChunkSize));
          }
          return !stopped_;
        });
  }

  void read(const Part& part, ProgressSink& progress, const ChunkSink& sink) const {
    uint64_t index = 0;
    auto next = part.chunks.begin();
    rule_.read(full_path(part), [&](ByteSpan chunk) {
      progress.check();
      if (part.chunks.empty()) return sink(chunk);
      if (index++ != *next) return true;
      ++next;
      return sink(chunk) && next != part.chunks.end();
    });
    if (next != part.chunks.end()) {
      throw Error(ErrorKind::kCorrupt, fmt::format("{}: has less in it than its header tells", full_path(part)));
    }
  }

  bool take(const Part& part, ByteSpan chunk) {
    spool_->write(chunk);
    if (sources_.empty() || sources_.back().path != part.path) sources_.push_back({part.path, 0});
    ++sources_.back().chunks;
    stopped_ = ++taken_ == request_.chunks;
    return !stopped_;
  }

  const CorpusPlace& place_;
  const MediaRule& rule_;
  const CorpusRequest& request_;
  const unsigned threads_;
  ProgressSink& progress_;
  const std::shared_ptr<base::Spool> spool_;
  std::vector<Part> parts_;
  uint64_t available_ = 0;
  uint64_t taken_ = 0;
  bool stopped_ = false;  ///< because enough was taken
  std::vector<CorpusSource> sources_;
};

}  // namespace

CorpusDraft open_media_corpus(const CorpusPlace& place, const MediaRule& rule, const CorpusRequest& request,
                              ProgressSink& progress) {
  return Collector(place, rule, request, progress).collect();
}

}  // namespace lmzip::bench
