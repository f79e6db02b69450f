// SPDX-License-Identifier: Apache-2.0
// Recognises numeric data (pixels, sound samples) and how it is laid out, from the bytes alone.
#pragma once

#include <cstdint>
#include <vector>

namespace lmzip::mix {

/// How numbers lie in a byte stream.
struct Layout {
  uint32_t step = 0;   ///< bytes from a number to the next of its channel; 0 = the data is not numeric
  uint32_t width = 1;  ///< bytes of a number: 1 (unsigned) or 2 (signed, little-endian)
  uint32_t phase = 0;  ///< position modulo 2 of the low bytes when width is 2
  uint32_t pitch = 0;  ///< bytes from a pixel to the one below it; 0 = no rows were found
  bool numeric() const { return step > 0; }
};

/// Follows a stream and looks at it again every few KiB.
class LayoutDetector {
 public:
  /// To be called after each byte; cheap but for one call in kInterval.
  void byte_done(const std::vector<uint8_t>& history) {
    if (history.size() % kInterval == 0) look(history);
  }
  const Layout& layout() const { return layout_; }

  static constexpr uint32_t kInterval = 2048;
  static constexpr uint32_t kMaxPitch = 16384;
  /// Bytes between two searches for rows, at least: one looks at kMaxPitch distances.
  static constexpr uint32_t kPitchInterval = 32768;

 private:
  void look(const std::vector<uint8_t>& history);
  uint32_t find_pitch(const std::vector<uint8_t>& history) const;

  Layout layout_;
  uint64_t next_pitch_search_ = 0;
  uint64_t last_pitch_search_ = 0;
};

}  // namespace lmzip::mix
