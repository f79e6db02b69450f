// SPDX-License-Identifier: Apache-2.0
// The one exception type of lmzip.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace lmzip {

/// What kind of thing went wrong; the caller decides from it what to do next.
enum class ErrorKind {
  kCorrupt,      ///< the compressed data is damaged, truncated, or not ours
  kUnsupported,  ///< well-formed, but this build cannot read it (newer version, unknown codec, missing model)
  kUsage,        ///< the caller asked for something that does not exist or does not fit together
  kIo,           ///< the operating system refused
  kLimit,        ///< a memory limit given by the user would be exceeded
  kCancelled,    ///< a stop was requested; nothing is wrong with the data
};

/// An error whose message grows a position prefix at every layer it climbs through:
/// the coder knows the byte, the container the block, the command line the file.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

  ErrorKind kind() const noexcept { return kind_; }

  /// The same error seen from one layer further out: `where` + ": " + message.
  Error within(std::string_view where) const { return Error(kind_, std::string(where) + ": " + what()); }

 private:
  ErrorKind kind_;
};

}  // namespace lmzip
