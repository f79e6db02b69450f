// SPDX-License-Identifier: Apache-2.0
// Writing a whole file so that nobody ever sees half of it.
#pragma once

#include <string>

#include "lmzip/bytes.h"

namespace lmzip::base {

/// Writes `bytes` to a new file beside `path`, `.name.` and six random characters, syncs it to disk and renames it over
/// `path`: an older file of that name is there, whole, until then, and the new one has its mode. Errors: kIo with the
/// path; then nothing is left behind.
void replace_file(const std::string& path, ByteSpan bytes);

}  // namespace lmzip::base
