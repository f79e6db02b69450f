// SPDX-License-Identifier: Apache-2.0
// Where trained models are found: by name or by digest, inside the program and in folders.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lmzip {

namespace model {
class Model;  // src/model/model_file.h
}

/// The names under which the models inside the program are found: the small one, and the larger one of the levels that
/// have more time.
inline constexpr std::string_view kDefaultModel = "default";
inline constexpr std::string_view kBestModel = "best";
inline constexpr std::string_view kPixelsModel = "pixels";
inline constexpr std::string_view kSpeechModel = "speech";

/// Whether a file that says `wanted` of its model, which is its digest or the first half of that (16 of 32 digits) or
/// empty, means that with `digest`.
inline bool is_digest(std::string_view wanted, std::string_view digest) {
  return wanted == digest || (wanted.size() == 16 && digest.starts_with(wanted));
}

/// Whether `text` can name a model: 1 to 100 of a-z, 0-9, '.', '_' and '-', neither beginning with '.' nor ending with
/// ".safetensors", so that it is never taken for a path. Names get into files.
bool is_model_name(std::string_view text);

/// One model that was found.
struct ModelEntry {
  std::string name;  ///< file name without ".safetensors", which is_model_name()
  std::string path;  ///< of the weights; empty: inside the program
};

/// Finds models. Those inside the program come first, then the folders in their order; in a folder by name. A folder's
/// models are its regular files (or links to such) whose names fit ModelEntry::name; its own folders are not looked
/// into. Immutable and thread-safe.
class ModelStore {
 public:
  /// Looks into `folders` (those that do not exist are skipped) whenever it is asked, never before.
  explicit ModelStore(std::vector<std::string> folders = {}) : folders_(std::move(folders)) {}

  const std::vector<std::string>& folders() const { return folders_; }

  /// All models, unread: a damaged file is listed, too.
  std::vector<ModelEntry> list() const;

  /// The first model called `name`, or the one at the path `name` if that has a slash or ends with ".safetensors".
  /// Errors: kUnsupported when there is none (naming all places looked at), kIo or kUsage when a path leads to no
  /// regular file, kCorrupt when it is damaged.
  std::shared_ptr<const model::Model> find(std::string_view name) const;

  /// The model whose file has the digest (32 lower-case hexadecimal digits, or the first half), whatever its name;
  /// `name` is looked at first and never opened as a path: both come out of files that strangers made. Errors:
  /// kUnsupported "model NAME (digest ...) is not installed; looked in ..."; damaged files that are in the way are
  /// passed over.
  std::shared_ptr<const model::Model> find(std::string_view name, std::string_view digest) const;

 private:
  std::vector<std::string> folders_;
};

}  // namespace lmzip
