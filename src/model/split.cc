// SPDX-License-Identifier: Apache-2.0
#include "model/split.h"

#include <string_view>

#include "model/unicode.h"

namespace lmzip::model {
namespace {

bool ends_line(uint32_t sign) { return sign == '\r' || sign == '\n'; }

/// What is behind the end of what an expression sees.
constexpr Char kEnd = {CharKind::kOther, CharClass::kOther, 0, 0};

Char char_at(ByteSpan text, size_t at) { return at < text.size() ? first_char(text.subspan(at)) : kEnd; }

/// Length of 's, 't, 're, 've, 'm, 'll or 'd at the start; 0 if there is none. `fold` is 32 to take capitals too.
size_t contraction(ByteSpan text, uint8_t fold) {
  if (text[0] != '\'' || text.size() < 2) return 0;
  const auto letter = [&](size_t i) {
    return static_cast<char>(text[i] | (text[i] >= 'A' && text[i] <= 'Z' ? fold : 0));
  };
  const char first = letter(1);
  if (std::string_view("stmd").find(first) != std::string_view::npos) return 2;
  if (text.size() < 3) return 0;
  const char second = letter(2);
  return ((first == 'r' || first == 'v') && second == 'e') || (first == 'l' && second == 'l') ? 3 : 0;
}

/// Length of the characters of `kind` that `text` starts with, at most `most` of them.
size_t run(ByteSpan text, CharKind kind, size_t most = SIZE_MAX) {
  size_t at = 0;
  for (; at < text.size() && most > 0; --most) {
    const Char next = first_char(text.subspan(at));
    if (next.kind != kind) break;
    at += next.length;
  }
  return at;
}

/// Of white space, what comes before the next piece: up to the last line end (`lines`), else all if nothing follows,
/// else all but its last character, which may begin that piece (but at least one). `char_at(i)` is what stands there.
template <typename CharAt>
size_t spaces(const CharAt& char_at, bool lines) {
  size_t end = 0, last = 0, line = 0;
  Char next = char_at(0);
  while (next.length > 0 && next.kind == CharKind::kSpace) {
    last = end;
    end += next.length;
    if (ends_line(next.code_point)) line = end;
    next = char_at(end);
  }
  if (lines && line > 0) return line;
  return next.length == 0 || last == 0 ? end : last;
}

size_t gpt2(ByteSpan text, Split split) {
  if (const size_t length = contraction(text, 0)) return length;
  // Digits that are cut out first end the text before them.
  const auto at = [&](size_t i) {
    const Char found = char_at(text, i);
    return split == Split::kDigits && found.kind == CharKind::kNumber ? kEnd : found;
  };
  const size_t space = text[0] == ' ' && text.size() > 1 ? 1 : 0;
  const Char first = at(space);
  if (first.length == 0 && space == 0) return first_char(text).length;
  if (first.length == 0 || first.kind == CharKind::kSpace) return spaces(at, false);
  return space + run(text.subspan(space), first.kind);
}

/// Length of [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+; where that is nothing and `capitals`, of the
/// first part alone.
size_t cased_word(ByteSpan text, bool capitals) {
  const auto both = [](Char c) { return c.sign == CharClass::kLetter || c.sign == CharClass::kMark; };
  size_t end = 0, last = 0;  // of the first part, and of its last sign that may also be the second's
  Char next = char_at(text, 0);
  for (; both(next) || next.sign == CharClass::kUpper; next = char_at(text, end)) {
    end += next.length;
    if (both(next)) last = end;
  }
  if (next.sign != CharClass::kLower) return last > 0 || !capitals ? last : end;
  for (; both(next) || next.sign == CharClass::kLower; next = char_at(text, end)) end += next.length;
  return end;
}

size_t tekken_word(ByteSpan text, size_t lead) {
  const ByteSpan behind = text.subspan(lead);
  if (const size_t word = cased_word(behind, false)) return lead + word;
  if (const size_t word = cased_word(text, false)) return word;
  const size_t word = cased_word(behind, true);
  return word == 0 ? 0 : lead + word;
}

size_t llama3(ByteSpan text, Split split) {
  const bool tekken = split == Split::kTekken;
  if (const size_t length = tekken ? 0 : contraction(text, 32)) return length;
  const Char first = first_char(text);
  if (first.kind == CharKind::kNumber) return run(text, CharKind::kNumber, split == Split::kLlama3 ? 3 : 1);
  const size_t lead = first.kind == CharKind::kLetter || ends_line(text[0]) ? 0 : first.length;
  if (tekken) {
    if (const size_t word = tekken_word(text, lead)) return word;
  } else if (const size_t letters = run(text.subspan(lead), CharKind::kLetter)) {
    return lead + letters;
  }
  const size_t space = text[0] == ' ' ? 1 : 0;
  const size_t signs = run(text.subspan(space), CharKind::kOther);
  if (signs == 0) return spaces([&](size_t i) { return char_at(text, i); }, true);
  size_t end = space + signs;
  while (end < text.size() && (ends_line(text[end]) || (tekken && text[end] == '/'))) ++end;
  return end;
}

/// DeepSeek's expressions are applied one after the other: each sees only what those before it left together. Of V3
/// that is what stands between digits, and of that either signs of Chinese and Japanese or all others.
class DeepSeek3 {
 public:
  explicit DeepSeek3(ByteSpan text) : text_(text), east_(is_east(first_char(text))) {}

  size_t piece_length() const {
    if (const size_t digits = run(text_, CharKind::kNumber, 3)) return digits;
    size_t end = match(0);
    if (end > 0) return end;
    // What nothing takes stays together.
    do end += at(end).length;
    while (at(end).length > 0 && match(end) == 0);
    return end;
  }

 private:
  static bool is_east(Char c) {
    return (c.code_point >= 0x4E00 && c.code_point <= 0x9FA5) || (c.code_point >= 0x3040 && c.code_point <= 0x30FF);
  }
  static bool is_sign(Char c) { return c.sign == CharClass::kPunctuation || c.sign == CharClass::kSymbol; }
  static bool is_letter(Char c) { return c.kind == CharKind::kLetter || c.sign == CharClass::kMark; }
  static bool is_ascii_letter(Char c) { return c.kind == CharKind::kLetter && c.code_point < 0x80; }

  Char at(size_t i) const {
    const Char found = char_at(text_, i);
    return found.kind == CharKind::kNumber || is_east(found) != east_ ? kEnd : found;
  }
  /// Where the characters that are `is` end, from `from` on.
  size_t end_of(bool (*is)(Char), size_t from) const {
    for (Char next = at(from); is(next); next = at(from)) from += next.length;
    return from;
  }
  size_t match(size_t from) const {
    const Char first = at(from);
    const size_t second = from + first.length;
    if (is_sign(first) && first.code_point < 0x80 && is_ascii_letter(at(second))) {
      return end_of(is_ascii_letter, second) - from;
    }
    const bool lead = !ends_line(first.code_point) && first.kind != CharKind::kLetter && !is_sign(first);
    if (is_letter(first) || (lead && is_letter(at(second)))) return end_of(is_letter, second) - from;
    const size_t space = first.code_point == ' ' ? 1 : 0;
    size_t end = end_of(is_sign, from + space);
    if (end > from + space) {
      return end_of([](Char c) { return ends_line(c.code_point); }, end) - from;
    }
    return spaces([&](size_t i) { return at(from + i); }, true);
  }

  ByteSpan text_;
  bool east_;
};

/// DeepSeek's coder: between line ends and digits letters or punctuation, each with one space before it, or all else;
/// then signs of Asia (nearly all from U+0800 on) apart from the others.
size_t deepseek_coder(ByteSpan text) {
  const auto asian = [](Char c) {
    return (c.code_point >= 0x800 && c.code_point <= 0x9FA5) || (c.code_point >= 0xAC00 && c.code_point <= 0xD7FF);
  };
  const auto at = [&](size_t i) {
    const Char found = char_at(text, i);
    return ends_line(found.code_point) || found.kind == CharKind::kNumber ? kEnd : found;
  };
  enum Class : uint8_t { kLetters, kPunctuation, kRest };
  const auto class_of = [](Char c) {
    if (c.kind == CharKind::kLetter) return kLetters;
    return c.sign == CharClass::kPunctuation ? kPunctuation : kRest;
  };
  // Of the piece that a space begins, if it begins one.
  const auto class_at = [&](size_t i) {
    const Char found = at(i);
    return class_of(found.kind == CharKind::kSpace ? at(i + found.length) : found);
  };
  const Char first = at(0);
  if (first.length == 0) return first_char(text).length;
  const Class piece = class_at(0);
  size_t end = first.length;
  for (Char next = at(end); next.length > 0 && asian(next) == asian(first); next = at(end)) {
    if (piece == kRest ? class_at(end) != kRest : class_of(next) != piece) break;
    end += next.length;
  }
  return end;
}

/// A space and what follows it up to the next.
size_t spaced(ByteSpan text) {
  size_t end = 1;
  while (end < text.size() && text[end] != ' ') ++end;
  return end;
}

}  // namespace

size_t piece_length(Split split, ByteSpan text) {
  switch (split) {
    case Split::kGpt2:
    case Split::kDigits:
      return gpt2(text, split);
    case Split::kLlama3:
    case Split::kQwen2:
    case Split::kTekken:
      return llama3(text, split);
    case Split::kDeepSeek3:
      return DeepSeek3(text).piece_length();
    case Split::kDeepSeekCoder:
      return deepseek_coder(text);
    case Split::kSpaces:
      return spaced(text);
    case Split::kNone:
      break;
  }
  return text.size();
}

}  // namespace lmzip::model
