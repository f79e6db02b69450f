// SPDX-License-Identifier: Apache-2.0
// The libtorch plugin: looked for and loaded when something needs it, never before. The program does not link libtorch,
// which costs every process a second and 160 MB.
#pragma once

#include "train/trainer.h"

namespace lmzip::cli {

/// Loads the plugin from the program's folder or from ../lib/lmzip beside it, once; it stays loaded. `threads` is how
/// many it shall use: libraries that come with it read that from the environment, which is set here where the user has
/// not. Errors: kUnsupported, one line that says what to install, when it is missing, broken or of another build.
const train::Plugin& load_plugin(unsigned threads);

}  // namespace lmzip::cli
