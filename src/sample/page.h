// SPDX-License-Identifier: Apache-2.0
// What generators made, as one HTML page that needs nothing else: pictures, sounds and styles are inside it.
#pragma once

#include <string>
#include <vector>

#include "lmzip/bytes.h"

namespace lmzip::sample {

struct PagePicture {
  std::string label;  ///< the codec, or "original"
  std::string note;   ///< figures under it; may be empty
  Bytes png;
};

struct PageSound {
  std::string label;
  std::string note;
  Bytes wav;          ///< for the player
  Bytes spectrogram;  ///< PNG
};

struct PageText {
  std::string label;
  std::string note;
  Bytes bytes;              ///< any; what is not UTF-8 text is shown as \xNN
  std::vector<float> bits;  ///< of each byte: shades it, the stronger the more surprising; empty: no shades
};

struct PageSection {
  std::string title;
  std::string text;  ///< paragraphs between empty lines: what is shown, by which rule, at what cost
  std::vector<PagePicture> pictures;
  std::vector<PageSound> sounds;
  std::vector<PageText> texts;
};

struct Page {
  std::string title;
  std::string text;  ///< as in a section
  std::vector<PageSection> sections;
  std::string foot;  ///< how to make the page again: version, command, seed
};

/// A whole document, light or dark as the reader likes it, that prints well and can be read without pictures or
/// colours. All strings are plain text; the page escapes them.
std::string render_html(const Page& page);

}  // namespace lmzip::sample
