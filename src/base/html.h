// SPDX-License-Identifier: Apache-2.0
// What HTML pages of ours have in common: one style, texts made harmless, files inside the page.
#pragma once

#include <string>
#include <string_view>

#include "lmzip/bytes.h"

namespace lmzip::base {

/// Fit for text and attributes of HTML and XML: markup characters as entities, control characters but line ends and
/// tabs as U+FFFD. What is not ASCII stays as it is.
std::string escape_markup(std::string_view text);

/// "data:TYPE;base64,..." (RFC 2397 and 4648), for src attributes.
std::string data_uri(std::string_view type, ByteSpan bytes);

/// A page up to and with <body>. `title` is escaped; `style` is CSS, which comes behind what all pages share: the
/// variables --text --soft --rule --back --raised --accent --bad for light, dark and print, and body, h1, h2, p, a,
/// nav, figure, figcaption, .lead, .remark. The page may load nothing from elsewhere and run no script.
std::string open_page(std::string_view title, std::string_view style);

}  // namespace lmzip::base
