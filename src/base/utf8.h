// SPDX-License-Identifier: Apache-2.0
// Characters among bytes that may be anything.
#pragma once

#include <string>

#include "lmzip/bytes.h"

namespace lmzip::base {

/// Bytes of the UTF-8 character at the start of `text` (not empty): 1 to 4; 0 when there is none (overlong forms,
/// surrogates and what is beyond U+10FFFF are none); -1 when the text ends before one could be told.
int utf8_character(ByteSpan text);

/// Makes any bytes fit to be looked at as they come: printable characters, tabs and line ends as they are, all else as
/// \xNN. What a terminal would obey (control characters, also U+0080 to U+009F) is never passed on.
class VisibleText {
 public:
  /// Bytes of a character that may go on in the next piece are kept back.
  std::string add(ByteSpan bytes);
  /// What was kept back.
  std::string finish();

 private:
  Bytes pending_;
};

}  // namespace lmzip::base
