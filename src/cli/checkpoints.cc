// SPDX-License-Identifier: Apache-2.0
#include "cli/checkpoints.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/file_io.h"
#include "cli/models.h"
#include "lmzip/error.h"
#include "model/checkpoint.h"
#include "model/imported.h"

namespace lmzip::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kImported = ".safetensors";

std::vector<ModelEntry> checkpoints_in(const std::string& folder) {
  std::vector<ModelEntry> found;
  std::error_code ignored;  // a folder that cannot be read, like one that does not exist, holds nothing
  for (fs::directory_iterator at(folder, ignored), end; at != end; at.increment(ignored)) {
    const std::string path = at->path();
    const bool likely = path.ends_with(kImported) || path.ends_with(".gguf") || at->is_directory(ignored);
    if (likely && model::is_checkpoint(path)) found.push_back({checkpoint_name(path), path});
  }
  std::ranges::sort(found, {}, [](const ModelEntry& e) { return std::pair(!e.path.ends_with(kImported), e.path); });
  return found;
}

std::shared_ptr<const model::Decoder> share(model::Decoder decoder) {
  return std::make_shared<const model::Decoder>(std::move(decoder));
}

Error another(std::string_view name, const std::string& wanted, const std::string& found) {
  return Error(ErrorKind::kUnsupported,
               fmt::format("checkpoint {}: the file was made with {}, this one is {}", name, wanted, found));
}

/// Null: it is another one, or damaged.
std::shared_ptr<const model::Decoder> open_if_digest(const Options& options, const ModelEntry& entry,
                                                     const std::string& digest, std::string& found) try {
  found = model::claimed_digest(entry.path);
  if (!found.empty() && found != digest) return nullptr;
  model::Decoder decoder = open_checkpoint(options, entry.path);
  found = decoder.digest;
  return found == digest ? share(std::move(decoder)) : nullptr;
} catch (const Error&) {
  return nullptr;
}

}  // namespace

std::string checkpoint_name(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  path.remove_prefix(path.rfind('/') + 1);
  for (const std::string_view extension : {std::string_view(".gguf"), std::string_view(".bin"), kImported}) {
    if (path.ends_with(extension) && path.size() > extension.size()) path.remove_suffix(extension.size());
  }
  std::string name;
  for (const char c : path.substr(0, 100)) {
    const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    name += is_model_name(std::string("x") + small) ? small : '-';
  }
  return is_model_name(name) ? name : "checkpoint";
}

std::vector<ModelEntry> list_checkpoints(const ModelStore& store) {
  std::vector<ModelEntry> all;
  for (const std::string& folder : store.folders()) std::ranges::move(checkpoints_in(folder), std::back_inserter(all));
  return all;
}

std::optional<ModelEntry> find_checkpoint(const ModelStore& store, const std::string& model) {
  if (model::is_checkpoint(model)) return ModelEntry{checkpoint_name(model), model};
  if (!is_model_name(model)) return std::nullopt;
  for (const ModelEntry& entry : store.list()) {
    if (entry.name == model && entry.path.empty()) return std::nullopt;
  }
  for (const std::string& folder : store.folders()) {
    const std::string ours = fmt::format("{}/{}{}", folder, model, kImported);
    if (base::file_exists(ours) && !model::is_checkpoint(ours)) return std::nullopt;
    for (ModelEntry& entry : checkpoints_in(folder)) {
      if (entry.name == model) return std::move(entry);
    }
  }
  return std::nullopt;
}

model::Decoder open_checkpoint(const Options& options, const std::string& path) {
  model::Decoder decoder = model::open_checkpoint(path);
  decoder.digest = model::digest_of(decoder, options.threads);
  return decoder;
}

std::shared_ptr<const model::Decoder> load_checkpoint(const Options& options, std::string_view name,
                                                      const std::string& digest) {
  const ModelStore store = model_store(options);
  const auto given = options.model ? find_checkpoint(store, *options.model) : std::nullopt;
  if (given && (!digest.empty() || name == given->name)) {
    auto decoder = share(open_checkpoint(options, given->path));
    if (!digest.empty() && decoder->digest != digest) throw another(name, digest, decoder->digest);
    return decoder;
  }
  std::vector<ModelEntry> all = list_checkpoints(store);
  const auto others = std::stable_partition(all.begin(), all.end(), [name](const auto& e) { return e.name == name; });
  if (digest.empty() && others != all.begin()) return share(open_checkpoint(options, all.front().path));
  std::string named;  // the digest of the first of that name
  for (const ModelEntry& entry : all) {
    if (digest.empty()) break;
    std::string found;
    if (auto decoder = open_if_digest(options, entry, digest, found)) return decoder;
    if (entry.name == name && named.empty()) named = found;
  }
  if (!named.empty()) throw another(name, digest, named);
  throw Error(ErrorKind::kUnsupported, fmt::format("checkpoint {} is not there; looked in {}; --model PATH names one",
                                                   name, fmt::join(store.folders(), ", ")));
}

}  // namespace lmzip::cli
