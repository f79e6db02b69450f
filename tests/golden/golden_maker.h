// SPDX-License-Identifier: Apache-2.0
// How the files of this folder were made.
#pragma once

#include <map>
#include <string>

#include "lmzip/bytes.h"

namespace lmzip::golden {

/// All golden files by name, made anew. Those whose bytes do not depend on a foreign library's version equal the files
/// of this folder for ever.
std::map<std::string, Bytes> make_all();

}  // namespace lmzip::golden
