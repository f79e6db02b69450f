// SPDX-License-Identifier: Apache-2.0
// An undo journal: how a model that learns from each bit can look at bits that have not come, and go back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

namespace lmzip::mix {

/// Remembers what memory held before it was changed. Marks nest.
class Journal {
 public:
  /// Whether there is a mark to go back to, so that changes have to be saved.
  bool open() const { return !marks_.empty(); }

  void mark() { marks_.push_back(entries_.size()); }

  /// Remembers `count` objects as they are now. They must still be there at rewind().
  template <typename T>
  void save(T* first, size_t count = 1) {
    static_assert(std::is_trivially_copyable_v<T>);
    const size_t size = count * sizeof(T);
    if (bytes_.size() - used_ < size) bytes_.resize(2 * bytes_.size() + size);
    std::memcpy(bytes_.data() + used_, first, size);
    used_ += size;
    entries_.push_back({first, size});
  }

  /// Puts back all that was saved since the last mark, newest first, and forgets that mark. Precondition: open().
  void rewind();

 private:
  struct Entry {
    void* where;
    size_t size;
  };
  std::vector<Entry> entries_;
  std::vector<uint8_t> bytes_;  ///< of the entries, one after the other, and room for more
  size_t used_ = 0;             ///< of bytes_
  std::vector<size_t> marks_;   ///< number of entries at each
};

// Functions that change a model's tables take one of these as `save` and call save(first, count) for whatever they are
// about to write to. So the two stand side by side, and nothing is paid for while no mark is open.

/// Saves nothing.
struct Forget {
  void operator()(const void*, size_t = 1) const {}
};

/// Saves to a journal.
struct Keep {
  Journal* journal;
  template <typename T>
  void operator()(T* first, size_t count = 1) const {
    journal->save(first, count);
  }
};

}  // namespace lmzip::mix
