// SPDX-License-Identifier: Apache-2.0
// What libtorch throws becomes lmzip's Error.
#pragma once

#include <c10/util/Exception.h>

#include <string>

#include "lmzip/error.h"

namespace lmzip::torch_plugin {

/// work(), what libtorch throws in it being kUnsupported.
template <typename Work>
auto guarded(const Work& work) try {
  return work();
} catch (const c10::Error& error) {
  throw Error(ErrorKind::kUnsupported, std::string("libtorch: ") + error.what_without_backtrace());
}

}  // namespace lmzip::torch_plugin
