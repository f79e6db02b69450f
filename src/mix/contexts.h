// SPDX-License-Identifier: Apache-2.0
// What the next byte may depend on: hashes of everything before it that has proved worth remembering.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mix/layout.h"
#include "mix/numeric_contexts.h"
#include "mix/text_detector.h"

namespace lmzip::mix {

/// Kinds of data, recognised from the bytes themselves; each has contexts, maps and weights of its own.
enum class Kind : uint8_t { kText, kBinary, kPixels, kSamples };
inline constexpr size_t kKinds = 4;

/// Follows a byte stream and describes its present state as hashes (contexts) and small numbers (mixer selectors).
class Contexts {
 public:
  static constexpr size_t kMaxContexts = 24;

  /// Appends `byte`.
  void add(uint8_t byte);

  /// Fills `hashes` with the first contexts of kind(), the most valuable first. `expected` is the byte that the match
  /// model predicts, with 256 added when it has a match at all.
  void hash(std::span<uint64_t> hashes, uint32_t expected) const;

  Kind kind() const { return kind_; }
  const TextDetector& detector() const { return detector_; }
  const std::vector<uint8_t>& history() const { return history_; }
  /// The byte `distance` >= 1 back; 0 before the start.
  uint32_t back(size_t distance) const { return history_.size() >= distance ? *(history_.end() - distance) : 0u; }

  /// Letters since the last non-letter, at most 15.
  uint32_t word_length() const { return word_length_; }
  /// Classes of the last bytes, newest lowest, two bits each: lower case, upper case, digit or space, other.
  uint32_t shape() const { return shape_; }
  /// Of numeric data only.
  const NumericContexts& numeric() const { return numeric_; }

 private:
  void text(HashList& list, uint32_t expected) const;
  void binary(HashList& list, uint32_t expected) const;
  void notice_kind(uint8_t byte);

  std::vector<uint8_t> history_;
  TextDetector detector_;
  LayoutDetector layout_;
  NumericContexts numeric_;
  Kind kind_ = Kind::kText;

  // Words: hashes of the letters of the current and the previous ones, case folded.
  uint64_t word_ = 0;
  std::array<uint64_t, 2> previous_words_{};
  uint32_t word_length_ = 0;
  uint32_t shape_ = 0;
  uint32_t punctuation_ = 0;  ///< the last four bytes that are not letters
  uint32_t bracket_ = 0;      ///< the last opening bracket, quote or separator, until something closes it

  // Lines.
  size_t line_start_ = 0;
  size_t previous_line_start_ = 0;

  // What followed a byte, or a pair, the last times: newest lowest.
  std::array<uint32_t, 256> after_byte_{};
  std::vector<uint32_t> after_pair_ = std::vector<uint32_t>(65536);
};

}  // namespace lmzip::mix
