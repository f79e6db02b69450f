// SPDX-License-Identifier: Apache-2.0
// The libraries that decide what classical codecs make of a block.
#pragma once

#include <string>
#include <vector>

namespace lmzip::codec {

struct Library {
  std::string name;
  std::string version;
};

/// Of this process.
std::vector<Library> libraries();

}  // namespace lmzip::codec
