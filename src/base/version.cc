// SPDX-License-Identifier: Apache-2.0
#include "lmzip/version.h"

#include "base/build_info.h"
#include "base/commit.h"  // made when building, by commit.cmake

namespace lmzip {

const char* version() { return LMZIP_VERSION; }

base::BuildInfo base::build_info() { return {LMZIP_VERSION, LMZIP_COMMIT, LMZIP_COMPILER, LMZIP_BUILD}; }

}  // namespace lmzip
