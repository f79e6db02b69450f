// SPDX-License-Identifier: Apache-2.0
#include "model/split.h"

#include <string_view>

#include "model/unicode.h"

namespace lmzip::model {
namespace {

bool ends_line(uint8_t byte) { return byte == '\r' || byte == '\n'; }

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

/// Of white space, what comes before the next piece: all if the text ends behind it, else all but its last character,
/// which may begin that piece (but at least one).
size_t spaces(ByteSpan text, Split split) {
  size_t end = 0, last = 0, line = 0;
  while (end < text.size()) {
    const Char next = first_char(text.subspan(end));
    if (next.kind == CharKind::kNumber && split == Split::kDigits) return end;
    if (next.kind != CharKind::kSpace) break;
    last = end;
    end += next.length;
    if (ends_line(text[last])) line = end;
  }
  if (line > 0 && (split == Split::kLlama3 || split == Split::kQwen2)) return line;
  return end == text.size() || last == 0 ? end : last;
}

size_t gpt2(ByteSpan text, Split split) {
  if (const size_t length = contraction(text, 0)) return length;
  const size_t space = text[0] == ' ' && text.size() > 1 ? 1 : 0;
  const Char first = first_char(text.subspan(space));
  const bool digit = first.kind == CharKind::kNumber && split == Split::kDigits;
  if (digit && space == 0) return first.length;
  if (digit || first.kind == CharKind::kSpace) return spaces(text, split);
  return space + run(text.subspan(space), first.kind);
}

size_t llama3(ByteSpan text, Split split) {
  if (const size_t length = contraction(text, 32)) return length;
  const Char first = first_char(text);
  if (first.kind == CharKind::kNumber) return run(text, CharKind::kNumber, split == Split::kLlama3 ? 3 : 1);
  const size_t lead = first.kind == CharKind::kLetter || ends_line(text[0]) ? 0 : first.length;
  if (const size_t letters = run(text.subspan(lead), CharKind::kLetter)) return lead + letters;
  const size_t space = text[0] == ' ' ? 1 : 0;
  const size_t signs = run(text.subspan(space), CharKind::kOther);
  if (signs == 0) return spaces(text, split);
  size_t end = space + signs;
  while (end < text.size() && ends_line(text[end])) ++end;
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
      return llama3(text, split);
    case Split::kNone:
      break;
  }
  return text.size();
}

}  // namespace lmzip::model
