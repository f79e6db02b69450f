// SPDX-License-Identifier: Apache-2.0
// Whether a byte stream is text, from its recent bytes.
#pragma once

#include <cstdint>

namespace lmzip::mix {

/// Text is ASCII or UTF-8 of any language, without most control characters.
class TextDetector {
 public:
  void add(uint8_t byte) {
    bool strange;
    if (byte < 0x80) {
      strange = continuation_ > 0 || (byte < 32 && byte != '\n' && byte != '\t' && byte != '\r') || byte == 127;
      continuation_ = 0;
    } else if (byte < 0xC0) {
      strange = continuation_ == 0;
      continuation_ -= continuation_ > 0;
    } else {
      strange = continuation_ > 0 || byte > 0xF4;
      continuation_ = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
    }
    strangeness_ += (strange ? (65536 - strangeness_) >> 8 : -(strangeness_ >> 8));
    // Two thresholds, so that a mixed region does not flicker.
    if (strangeness_ > 6500) text_ = false;
    if (strangeness_ < 2500) text_ = true;
  }

  bool text() const { return text_; }

 private:
  bool text_ = true;
  uint32_t strangeness_ = 0;   ///< share of recent bytes that text would not have, 16 bits
  uint32_t continuation_ = 0;  ///< UTF-8 continuation bytes still due
};

}  // namespace lmzip::mix
