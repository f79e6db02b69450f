// SPDX-License-Identifier: Apache-2.0
// What was found out about a file, for terminals, browsers and programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "explain/costs.h"
#include "media/number_layout.h"

namespace lmzip::explain {

/// One predictor's view.
struct View {
  std::string codec;
  Costs costs;
};

struct Explanation {
  std::string name;         ///< of the file
  uint64_t size = 0;        ///< of all of it
  Part part;                ///< what is shown
  Bytes bytes;              ///< those of the part
  bool as_text = true;      ///< shown as text, else in hexadecimal
  std::vector<View> views;  ///< the first with alternatives; the others are compared with it

  // Of a picture or sound that is to be shown as such.
  std::optional<media::NumberLayout> numbers;
  bool upwards = false;     ///< a picture's lowest row comes first, and
  bool blue_first = false;  ///< so does blue, as in BMP
};

/// Whether most of `bytes` can be read: UTF-8 with few control characters.
bool is_text(ByteSpan bytes);

/// Lines of the part, each with what it takes in bits a byte; `colours`: each character on a background that says what
/// it takes. Pictures are tiles, sound is columns, each a digit of bits a byte. Then the views' totals. What a terminal
/// would obey is never passed on.
std::string terminal_report(const Explanation& explanation, bool colours);

/// A page that needs nothing else. Characters tell, when pointed at, what was expected in their place, and at what
/// price each view had them; parts of a picture or of sound at what price.
std::string html_report(const Explanation& explanation);

/// JSON lines: one for each byte of the part, then one with the totals.
std::string json_report(const Explanation& explanation);

// For both kinds of reports.

/// A character of UTF-8 (or one byte of what is none), and what it takes.
struct Character {
  size_t first = 0;   ///< in the part
  size_t size = 1;    ///< bytes
  std::string shown;  ///< as text that may be shown anywhere; spaces and line ends as they are
  double bits = 0;    ///< under the first view, a byte
};
std::vector<Character> characters_of(const Explanation& explanation);

/// Bits a byte, 0 to kDarkest.
inline constexpr int kDarkest = 12;
int shade_of(double bits);

/// How many bytes of the part each view had for the least; the first of several that are equal.
std::vector<size_t> wins(const Explanation& explanation);

}  // namespace lmzip::explain
