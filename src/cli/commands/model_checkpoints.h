// SPDX-License-Identifier: Apache-2.0
// What "lmzip model" does with pretrained checkpoints.
#pragma once

#include "cli/options.h"
#include "cli/terminal.h"
#include "lmzip/model_store.h"

namespace lmzip::cli {

/// One line of the table, or of JSON. The digest is the one that an imported checkpoint claims; others have none here.
void list_checkpoint(const Options& options, const ModelEntry& entry);
/// Its card, made up where there is none.
void show_checkpoint(const Options& options, const ModelEntry& entry);
/// Reads every number: whether the digest is the one that file and card claim. Errors: kCorrupt.
void verify_checkpoint(const Options& options, Terminal& terminal, const ModelEntry& entry);
/// "model import PATH TARGET".
void import_checkpoint(const Options& options);

}  // namespace lmzip::cli
