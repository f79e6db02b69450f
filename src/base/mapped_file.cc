// SPDX-License-Identifier: Apache-2.0
#include "base/mapped_file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file_io.h"
#include "lmzip/error.h"

namespace lmzip::base {

MappedFile::MappedFile(const std::string& path) try {
  const UniqueFd file = open_to_read(path);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) throw_io("cannot read", errno);
  if (!S_ISREG(status.st_mode)) throw Error(ErrorKind::kUsage, "not a regular file");
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return;  // which mmap refuses
  void* const mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (mapped == MAP_FAILED) throw_io("cannot map", errno);
  bytes_ = ByteSpan(static_cast<const uint8_t*>(mapped), size);
} catch (const Error& error) {
  throw error.within(path);
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<uint8_t*>(bytes_.data()), bytes_.size());
}

void release_mapped(ByteSpan mapped) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto first = (reinterpret_cast<uintptr_t>(mapped.data()) + page - 1) / page * page;
  const auto last = (reinterpret_cast<uintptr_t>(mapped.data()) + mapped.size()) / page * page;
  // A hint: where it fails, the memory is merely kept.
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

}  // namespace lmzip::base
