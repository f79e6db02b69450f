// SPDX-License-Identifier: Apache-2.0
// Pretrained checkpoints as the command line names them: paths, or names in the folders where models are looked for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "lmzip/model_store.h"
#include "model/decoder.h"

namespace lmzip::cli {

/// A name for files out of a checkpoint's path: its last part in small letters, without what tells the format.
std::string checkpoint_name(std::string_view path);

/// The checkpoints in the store's folders, in their order: imported ones, then GGUF files and Hugging Face folders.
std::vector<ModelEntry> list_checkpoints(const ModelStore& store);

/// The checkpoint that `model` means: one at that path, or the first of that name in the store's folders if no other
/// model comes before it. Nothing: it means something else.
std::optional<ModelEntry> find_checkpoint(const ModelStore& store, const std::string& model);

/// Opens a checkpoint and computes its digest, on the threads of `options`.
model::Decoder open_checkpoint(const Options& options, const std::string& path);

/// The checkpoint that --model means, or else the one called `name`. With a digest, that of --model or of the name must
/// have it, or else any other in the folders does. Errors: kUnsupported when there is none; those of its file.
std::shared_ptr<const model::Decoder> load_checkpoint(const Options& options, std::string_view name,
                                                      const std::string& digest);

}  // namespace lmzip::cli
