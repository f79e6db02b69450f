// SPDX-License-Identifier: Apache-2.0
#include "cli/models.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "cli/checkpoints.h"
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

namespace {

std::string_view codec_name(std::string_view spec) { return spec.substr(0, spec.find_first_of(":,")); }

bool takes_model(std::string_view spec) {
  const std::string_view name = codec_name(spec);
  return name == "lm" || name == "torch" || name == "checkpoint";
}

std::string codec_of_model(const Options& options) {
  return find_checkpoint(model_store(options), *options.model) ? "checkpoint" : "lm";
}

std::string with_model(const std::string& spec, const std::string& model) {
  const std::string_view name = codec_name(spec);
  return fmt::format("{}:{}{}", name, plain_model_name(model), std::string_view(spec).substr(name.size()));
}

}  // namespace

std::optional<std::string> codec_text(const Options& options) {
  std::optional<std::string> spec = options.codec;
  if (options.model) {
    if (!spec) spec = codec_of_model(options);
    const bool guided = codec_name(*spec) == "mix";
    if (!guided && !takes_model(*spec)) {
      throw Error(
          ErrorKind::kUsage,
          fmt::format("--model is for the codecs lm, torch, checkpoint and mix, not for '{}'", codec_name(*spec)));
    }
    if (spec->find(guided ? ",model=" : ":") != spec->npos) {
      throw Error(ErrorKind::kUsage, fmt::format("--model: --codec '{}' names a model already", *spec));
    }
    spec = guided ? fmt::format("{},model={}", *spec, plain_model_name(*options.model))
                  : with_model(*spec, *options.model);
  }
  if (options.top_k != 0) {
    const std::string_view name = spec ? codec_name(*spec) : "mix";
    if (name != "checkpoint") {
      throw Error(ErrorKind::kUsage, fmt::format("--top-k is for checkpoints, not for '{}'", name));
    }
    *spec += fmt::format(",top={}", options.top_k);
  }
  return spec;
}

std::vector<std::string> usual_beside_model(const Options& options) {
  return {"gzip:9", "lzma2:6", "mix:5", codec_of_model(options)};
}

std::vector<std::string> codec_texts(const Options& options, std::vector<std::string> specs) {
  bool models = !options.model, tops = options.top_k == 0;
  for (std::string& spec : specs) {
    const bool checkpoint = codec_name(spec) == "checkpoint";
    if (options.model && takes_model(spec) && spec.find(':') == spec.npos) {
      spec = with_model(spec, *options.model);
      models = true;
    }
    if (options.top_k != 0 && checkpoint) {
      spec += fmt::format(",top={}", options.top_k);
      tops = true;
    }
  }
  if (!models) {
    throw Error(ErrorKind::kUsage, "--model is for the codecs lm, torch and checkpoint, of which --codec names none");
  }
  if (!tops) throw Error(ErrorKind::kUsage, "--top-k is for checkpoints, of which --codec names none");
  return specs;
}

CodecSources sources_by_name(const Options& options) {
  return {.model =
              [&options](std::string_view name) {
                const bool given = options.model && name == plain_model_name(*options.model);
                return model_store(options).find(given ? std::string_view(*options.model) : name);
              },
          .torch = [](const std::shared_ptr<const model::Model>& model,
                      std::string_view name) { return load_plugin(1).predictor(*model, name); },
          .checkpoint = [&options](std::string_view name) { return load_checkpoint(options, name, ""); },
          .torch_engine = [](const model::Decoder& decoder) { return load_plugin(1).engine(decoder); },
          .threads = std::max(1u, options.threads)};
}

std::shared_ptr<const model::Model> find_model(const Options& options, std::string_view name,
                                               const std::string& digest) {
  const ModelStore store = model_store(options);
  if (options.model && is_path(*options.model)) {
    std::shared_ptr<const model::Model> model = store.find(*options.model);
    if (is_digest(digest, model->digest())) return model;
  }
  if (digest.empty()) throw Error(ErrorKind::kCorrupt, fmt::format("model {}: the file has no digest of it", name));
  return store.find(name, digest);
}

std::shared_ptr<const Compressor> make_codec(const Options& options, const CodecRequest& request) {
  CodecSources sources = sources_by_name(options);
  sources.model = [&](std::string_view name) { return find_model(options, name, request.model_digest); };
  sources.checkpoint = [&](std::string_view name) {
    if (request.model_digest.empty()) {
      throw Error(ErrorKind::kCorrupt, fmt::format("checkpoint {}: the file has no digest of it", name));
    }
    return load_checkpoint(options, name, request.model_digest);
  };
  try {
    return make_compressor(request.spec, sources);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUsage) throw;
    throw Error(ErrorKind::kUnsupported, std::string("not available in this build: ") + error.what());
  }
}

}  // namespace lmzip::cli
