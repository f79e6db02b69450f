// SPDX-License-Identifier: Apache-2.0
#include "cli/models.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "cli/plugin_loader.h"
#include "lmzip/error.h"
#include "model/checkpoint.h"
#include "model/model_file.h"

namespace lmzip::cli {
namespace {

constexpr std::string_view kExtension = ".safetensors";

bool is_path(std::string_view model) { return model.find('/') != model.npos || model.ends_with(kExtension); }

/// Folders between colons; empty ones are none.
void append_folders(std::vector<std::string>& folders, std::string_view path) {
  while (!path.empty()) {
    const size_t colon = std::min(path.find(':'), path.size());
    if (colon > 0) folders.emplace_back(path.substr(0, colon));
    path.remove_prefix(std::min(colon + 1, path.size()));
  }
}

/// A name for files out of a path: its last part in small letters, without what tells the format.
std::string checkpoint_name(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  path.remove_prefix(path.rfind('/') + 1);
  for (const std::string_view extension : {".gguf", ".bin"}) {
    if (path.ends_with(extension) && path.size() > extension.size()) path.remove_suffix(extension.size());
  }
  std::string name;
  for (const char c : path.substr(0, 100)) {
    const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    name += is_model_name(std::string("x") + small) ? small : '-';
  }
  return is_model_name(name) ? name : "checkpoint";
}

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

ModelStore model_store(const Options& options) {
  std::vector<std::string> folders;
  append_folders(folders, options.model_path);
  append_folders(folders, environment("LMZIP_MODEL_PATH"));
  if (const std::string_view home = environment("HOME"); !home.empty()) {
    folders.push_back(std::string(home) + "/.local/share/lmzip/models");
  }
  std::error_code failed;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (!failed) {
    const std::filesystem::path above = program.parent_path().parent_path();
    folders.push_back(above / "share/lmzip/models");
    folders.push_back(above / "models");
  }
  folders.emplace_back("/usr/share/lmzip/models");
  std::vector<std::string> once;  // /usr/bin/lmzip has one of them twice
  for (std::string& folder : folders) {
    if (std::find(once.begin(), once.end(), folder) == once.end()) once.push_back(std::move(folder));
  }
  return ModelStore(std::move(once));
}

std::string plain_model_name(const std::string& model) {
  if (model::is_checkpoint(model)) return checkpoint_name(model);
  if (!is_path(model)) return model;
  const std::string name = model.substr(model.rfind('/') + 1);
  return name.ends_with(kExtension) ? name.substr(0, name.size() - kExtension.size()) : name;
}

ModelEntry find_entry(const ModelStore& store, const std::string& name) {
  if (is_path(name)) return {plain_model_name(name), name};
  for (ModelEntry& entry : store.list()) {
    if (entry.name == name) return std::move(entry);
  }
  store.find(name);  // says where it was looked for
  return {};
}

std::optional<std::string> codec_text(const Options& options) {
  if (!options.model) return options.codec;
  std::string text = options.codec.value_or(model::is_checkpoint(*options.model) ? "checkpoint" : "lm");
  const size_t end = std::min(text.find_first_of(":,"), text.size());
  const std::string codec = text.substr(0, end);
  if (codec != "lm" && codec != "torch" && codec != "checkpoint") {
    throw Error(ErrorKind::kUsage,
                fmt::format("--model is for the codecs lm, torch and checkpoint, not for '{}'", codec));
  }
  if (end < text.size() && text[end] == ':') {
    throw Error(ErrorKind::kUsage, fmt::format("--model: --codec '{}' names a model already", text));
  }
  return text.insert(end, fmt::format(":{}", plain_model_name(*options.model)));
}

namespace {

/// The checkpoint of --model, or the one called `name` in a folder where models are looked for: a folder of that name,
/// or NAME.gguf. Errors: kUnsupported when there is none.
std::shared_ptr<const model::Decoder> find_checkpoint(const Options& options, std::string_view name) {
  if (options.model && model::is_checkpoint(*options.model)) {
    return std::make_shared<model::Decoder>(model::open_checkpoint(*options.model));
  }
  const ModelStore store = model_store(options);
  std::string looked;
  for (const std::string& folder : store.folders()) {
    for (const std::string& path : {fmt::format("{}/{}", folder, name), fmt::format("{}/{}.gguf", folder, name)}) {
      if (model::is_checkpoint(path)) return std::make_shared<model::Decoder>(model::open_checkpoint(path));
    }
    looked += fmt::format("{}{}", looked.empty() ? "" : ", ", folder);
  }
  throw Error(ErrorKind::kUnsupported,
              fmt::format("checkpoint {} is not there; looked in {}; --model PATH names one", name, looked));
}

}  // namespace

CodecSources sources_by_name(const Options& options) {
  return {.model =
              [&options](std::string_view name) {
                return model_store(options).find(options.model ? std::string_view(*options.model) : name);
              },
          .torch = [](const std::shared_ptr<const model::Model>& model,
                      std::string_view name) { return load_plugin(1).predictor(*model, name); },
          .checkpoint = [&options](std::string_view name) { return find_checkpoint(options, name); },
          .threads = std::max(1u, options.threads)};
}

std::shared_ptr<const model::Model> find_model(const Options& options, std::string_view name,
                                               const std::string& digest) {
  const ModelStore store = model_store(options);
  if (options.model && is_path(*options.model)) {
    std::shared_ptr<const model::Model> model = store.find(*options.model);
    if (model->digest() == digest) return model;
  }
  if (digest.empty()) throw Error(ErrorKind::kCorrupt, fmt::format("model {}: the file has no digest of it", name));
  return store.find(name, digest);
}

std::shared_ptr<const Compressor> make_codec(const Options& options, const CodecRequest& request) {
  CodecSources sources = sources_by_name(options);
  sources.model = [&](std::string_view name) { return find_model(options, name, request.model_digest); };
  sources.checkpoint = [&](std::string_view name) {
    auto found = find_checkpoint(options, name);
    if (const std::string digest = model::digest_of(*found); digest != request.model_digest) {
      throw Error(ErrorKind::kUnsupported, fmt::format("checkpoint {}: the file was made with {}, this one is {}", name,
                                                       request.model_digest, digest));
    }
    return found;
  };
  try {
    return make_compressor(request.spec, sources);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUsage) throw;
    throw Error(ErrorKind::kUnsupported, std::string("not available in this build: ") + error.what());
  }
}

}  // namespace lmzip::cli
