// SPDX-License-Identifier: Apache-2.0
#include "cli/temporary_file.h"

#include <unistd.h>

#include <mutex>
#include <utility>

namespace lmzip::cli {
namespace {

std::mutex g_mutex;
TemporaryFile* g_first = nullptr;  ///< a chain, which needs no memory

}  // namespace

TemporaryFile::TemporaryFile() {
  const std::scoped_lock lock(g_mutex);
  next_ = std::exchange(g_first, this);
}

TemporaryFile::~TemporaryFile() {
  if (!path_.empty()) unlink(path_.c_str());
  const std::scoped_lock lock(g_mutex);
  TemporaryFile** place = &g_first;
  while (*place != this) place = &(*place)->next_;
  *place = next_;
}

void TemporaryFile::own(std::string path) noexcept {
  const std::scoped_lock lock(g_mutex);
  path_ = std::move(path);
}

void TemporaryFile::remove_all() noexcept {
  const std::scoped_lock lock(g_mutex);
  for (const TemporaryFile* file = g_first; file != nullptr; file = file->next_) {
    if (!file->path_.empty()) unlink(file->path_.c_str());
  }
}

}  // namespace lmzip::cli
