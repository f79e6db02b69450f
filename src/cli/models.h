// SPDX-License-Identifier: Apache-2.0
// Trained models as the command line names them, and codecs made with them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/options.h"
#include "lmzip/compressor.h"
#include "lmzip/container.h"
#include "lmzip/model_store.h"
#include "lmzip/registry.h"

namespace lmzip::cli {

/// Looks into, in this order: the folders of --model-path, those of LMZIP_MODEL_PATH, ~/.local/share/lmzip/models,
/// ../share/lmzip/models and ../models as seen from the program (installed, in a build tree), /usr/share/lmzip/models.
ModelStore model_store(const Options& options);

/// The name that goes into files for `model`, a name or a path: without folders and ".safetensors".
std::string plain_model_name(const std::string& model);

/// The model `name` as the store lists it, or the one at the path `name`. Errors: kUnsupported when there is none.
ModelEntry find_entry(const ModelStore& store, const std::string& name);

/// What --codec, --model and --top-k say together, e.g. "lm:NAME,chunk=2048"; nothing without any of them.
/// Errors: kUsage when they do not fit together.
std::optional<std::string> codec_text(const Options& options);

/// The same for each of several codecs: --model and --top-k are for those of them that take them, one at least.
std::vector<std::string> codec_texts(const Options& options, std::vector<std::string> specs);

/// What the bench compares the model of --model with, and that.
std::vector<std::string> usual_beside_model(const Options& options);

/// What codecs with models are made from: that of --model, whatever the name asked for, or else models by name.
CodecSources sources_by_name(const Options& options);

/// Makes the codec that a header asks for. Errors: kUnsupported when this build has no such codec, when its model is
/// not installed.
std::shared_ptr<const Compressor> make_codec(const Options& options, const CodecRequest& request);

/// The model that a header asks for: that of --model if it has the digest, or else by digest. Errors: kUnsupported when
/// it is not installed; kCorrupt when there is no digest.
std::shared_ptr<const model::Model> find_model(const Options& options, std::string_view name,
                                               const std::string& digest);

}  // namespace lmzip::cli
