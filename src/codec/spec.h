// SPDX-License-Identifier: Apache-2.0
// The text that names a codec and its options.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace lmzip::codec {

/// A whole-number option: what is accepted, and what stands for it when it is absent.
struct IntRange {
  unsigned first;
  unsigned last;
  unsigned fallback;
};

/// A parsed spec, from which a codec's factory claims the parts it understands.
///
///     spec   = name [":" value] *("," name "=" value)        at most kMaxLength bytes
///     name   = lower-case letter *(lower-case letter | digit | "-")
///     value  = 1*(letter | digit | "." | "_" | "-")           all ASCII
///
/// e.g. `gzip`, `gzip:9`, `lzma2:6e`, `flac:8,bits=16`, `png:9,width=64`, `mix:5`, `order3`. No option twice.
///
/// Specs come out of the headers of untrusted files: parsing allocates no more than the text, every number has a range,
/// and messages quote nothing but printable ASCII. All errors are kUsage and start with "codec 'TEXT': ".
class Spec {
 public:
  static constexpr size_t kMaxLength = 255;

  /// Parses `text`, or says what is wrong with it.
  explicit Spec(std::string_view text);

  const std::string& name() const { return name_; }

  /// Claims the value behind the name; "" when there is none.
  std::string_view value();
  /// Claims the value as a level.
  unsigned level(IntRange range);
  /// Claims `text`, a part of the value() that the caller cut out, as a level.
  unsigned level(std::string_view text, IntRange range) const;
  /// Claims the option `key`.
  unsigned option(std::string_view key, IntRange range);
  /// Claims the option `key`, which is one of `words`, the first when it is absent; tells its place among them.
  size_t choice(std::string_view key, std::initializer_list<std::string_view> words);

  /// Claims the option `key` as it is written; "" when it is absent.
  std::string_view word(std::string_view key);

  /// Refuses a part that nobody claimed; `accepted` tells the user what there is, e.g. "level 1-9, default 9".
  void finish(std::string_view accepted) const;

  /// Throws the error `message` about this spec.
  [[noreturn]] void fail(std::string_view message) const;

 private:
  struct Option {
    std::string key;
    std::string value;
    bool claimed = false;
  };

  std::string text_;
  std::string name_;
  std::string value_;
  bool value_claimed_ = false;
  std::vector<Option> options_;
};

}  // namespace lmzip::codec
