// SPDX-License-Identifier: Apache-2.0
#include "lmzip/model_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "base/hash.h"
#include "base/mapped_file.h"
#include "lmzip/error.h"
#include "model/embedded.h"
#include "model/imported.h"
#include "model/json.h"
#include "model/model_file.h"

namespace lmzip {
namespace {

namespace fs = std::filesystem;
using ModelPointer = std::shared_ptr<const model::Model>;

constexpr std::string_view kExtension = ".safetensors";
constexpr size_t kMaxName = 100;

bool is_path(std::string_view text) { return text.find('/') != text.npos || text.ends_with(kExtension); }

/// The models of one folder, by name.
std::vector<ModelEntry> models_in(const std::string& folder) {
  std::vector<ModelEntry> found;
  std::error_code ignored;  // a folder that cannot be read, like one that does not exist, holds nothing
  for (fs::directory_iterator at(folder, ignored), end; at != end; at.increment(ignored)) {
    std::string name = at->path().filename();
    if (!name.ends_with(kExtension) || !at->is_regular_file(ignored)) continue;
    name.resize(name.size() - kExtension.size());
    if (is_model_name(name)) found.push_back({std::move(name), at->path()});
  }
  std::ranges::sort(found, {}, &ModelEntry::name);
  return found;
}

ModelPointer open_embedded(const std::string& name) try {
  return model::read_model(model::embedded_model(name)->weights, nullptr);
} catch (const Error& error) {
  throw error.within(fmt::format("the model {} inside the program", name));
}

ModelPointer open(const ModelEntry& entry) {
  return entry.path.empty() ? open_embedded(entry.name) : model::open_model(entry.path);
}

/// The file of a model; nothing if it is in the way of others and cannot be read.
std::shared_ptr<const base::MappedFile> mapped(const std::string& path) try {
  return std::make_shared<const base::MappedFile>(path);
} catch (const Error&) {
  return nullptr;
}

/// Hashes first: other models are not worth reading, and checkpoints not worth hashing.
ModelPointer open_if_digest(const ModelEntry& entry, std::string_view digest) {
  if (entry.path.empty()) {
    const ByteSpan weights = model::embedded_model(entry.name)->weights;
    return is_digest(digest, base::hex(base::xxh3_128(weights))) ? open_embedded(entry.name) : nullptr;
  }
  const auto file = mapped(entry.path);
  if (!file || model::is_imported(file->bytes()) || !is_digest(digest, base::hex(base::xxh3_128(file->bytes())))) {
    return nullptr;
  }
  try {
    return model::read_model(file->bytes(), file);
  } catch (const Error& error) {
    throw error.within(entry.path);
  }
}

[[noreturn]] void not_installed(std::string_view name, std::string_view digest, const ModelStore& store) {
  std::string message = fmt::format("model {}", name.empty() ? "without a name" : model::shown(name));
  if (!digest.empty()) message += fmt::format(" (digest {})", model::shown(digest));
  message += " is not installed; looked in the program";
  for (const std::string& folder : store.folders()) message += ", " + folder;
  throw Error(ErrorKind::kUnsupported, message);
}

}  // namespace

bool is_model_name(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= kMaxName && text.front() != '.' && !text.ends_with(kExtension) &&
         std::ranges::all_of(text, allowed);
}

std::vector<ModelEntry> ModelStore::list() const {
  std::vector<ModelEntry> all;
  for (const model::EmbeddedModel& model : model::embedded_models()) all.push_back({std::string(model.name), ""});
  for (const std::string& folder : folders_) std::ranges::move(models_in(folder), std::back_inserter(all));
  return all;
}

ModelPointer ModelStore::find(std::string_view name) const {
  if (is_path(name)) return model::open_model(std::string(name));
  const std::vector<ModelEntry> all = list();
  const auto found = std::ranges::find(all, name, &ModelEntry::name);
  if (found == all.end()) not_installed(name, "", *this);
  return open(*found);
}

ModelPointer ModelStore::find(std::string_view name, std::string_view digest) const {
  std::vector<ModelEntry> all = list();
  std::stable_partition(all.begin(), all.end(), [name](const ModelEntry& entry) { return entry.name == name; });
  for (const ModelEntry& entry : all) {
    if (ModelPointer model = open_if_digest(entry, digest)) return model;
  }
  not_installed(name, digest, *this);
}

}  // namespace lmzip
