// SPDX-License-Identifier: Apache-2.0
// What this program was made from, for those who have to make it again.
#pragma once

#include <string_view>

namespace lmzip::base {

struct BuildInfo {
  std::string_view version;  ///< of CMakeLists.txt
  std::string_view commit;   ///< of git, "-dirty" behind it when files were changed; empty: not built from a repository
  std::string_view compiler;  ///< "GNU 12.2.0"
  std::string_view build;     ///< "Release", and the flags that it stands for
};

BuildInfo build_info();

}  // namespace lmzip::base
