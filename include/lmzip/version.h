// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace lmzip {

/// Version of this build, "major.minor.patch", from CMakeLists.txt.
const char* version();

}  // namespace lmzip
