// SPDX-License-Identifier: Apache-2.0
// Blocks as large as a corpus: a file goes through a codec within the memory that the codec tells, and no more. Each
// codec works in a child process that the system gives no more than that.
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/mapped_file.h"
#include "lmzip/compressor.h"
#include "lmzip/error.h"
#include "lmzip/registry.h"
#include "unit/codec/adversarial_inputs.h"

namespace lmzip {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kOwnAllocator = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
constexpr bool kOwnAllocator = true;
#else
constexpr bool kOwnAllocator = false;
#endif
#else
constexpr bool kOwnAllocator = false;
#endif

/// What the C++ library, malloc and file buffers take besides.
constexpr uint64_t kSlack = uint64_t{1} << 20;

/// A file of its own that is gone afterwards.
class TemporaryFile {
 public:
  explicit TemporaryFile(const char* name)
      : path_(testing::TempDir() + "lmzip-" + std::to_string(getpid()) + "-" + name) {}
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct FileSink final : Sink {
  explicit FileSink(const std::string& path) : file(path, std::ios::binary) {}
  void write(ByteSpan bytes) override {
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  std::ofstream file;
};

/// Expects certain bytes.
struct Comparison final : Sink {
  explicit Comparison(ByteSpan expected) : left(expected) {}
  void write(ByteSpan bytes) override {
    same = same && bytes.size() <= left.size() && std::ranges::equal(bytes, left.first(bytes.size()));
    if (same) left = left.subspan(bytes.size());
  }
  ByteSpan left;
  bool same = true;
};

/// Bytes that count against RLIMIT_DATA now.
uint64_t data_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmData:")) return std::stoull(line.substr(7)) << 10;
  }
  throw Error(ErrorKind::kIo, "no VmData");
}

/// Runs `work` in a child process that may allocate `bytes` more than it has; true if it returned true. It says on
/// stderr what it threw.
template <typename Work>
bool succeeds_within(uint64_t bytes, const Work& work) {
  const pid_t child = fork();
  if (child == 0) {
    bool good = false;
    try {
      malloc_trim(0);  // what earlier tests left free would not count
      const rlimit limit{data_bytes() + bytes, data_bytes() + bytes};
      good = setrlimit(RLIMIT_DATA, &limit) == 0 && work();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
    }
    _exit(good ? 0 : 1);
  }
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/// Of the block: far more than the memory, and than what earlier tests left to malloc.
constexpr size_t kBlockSize = (size_t{120} << 20) + 1;

class BoundedMemory : public testing::TestWithParam<const char*> {};

TEST_P(BoundedMemory, ALargeBlockTakesNoMoreThanASmallOne) {
  if (kOwnAllocator) GTEST_SKIP() << "a sanitizer's own memory counts, too";
  const auto codec = make_compressor(GetParam());
  const TemporaryFile raw_file("raw"), packed_file("packed");
  {
    FileSink sink(raw_file.path());  // an island of noise and text every 8 MiB, zeros between
    for (uint64_t at = 0; at < kBlockSize; at += 8 << 20) {
      sink.file.seekp(static_cast<std::streamoff>(at));
      sink.write(test::random_bytes(150'000, at));
      sink.write(test::text(150'000));
    }
  }
  std::filesystem::resize_file(raw_file.path(), kBlockSize);
  const base::MappedFile raw(raw_file.path());
  ASSERT_EQ(raw.bytes().size(), kBlockSize);
  const uint64_t most = codec->info().fixed_bytes + kSlack;
  ASSERT_GT(kBlockSize, 2 * most);

  ASSERT_TRUE(succeeds_within(most, [&] {
    FileSink sink(packed_file.path());
    ProgressSink progress;
    codec->compress_to(raw.bytes(), sink, progress);
    return static_cast<bool>(sink.file.flush());
  }));
  const base::MappedFile payload(packed_file.path());
  EXPECT_TRUE(succeeds_within(most, [&] {
    Comparison sink(raw.bytes());
    ProgressSink progress;
    codec->decompress_to(payload.bytes(), kBlockSize, sink, progress);
    return sink.same && sink.left.empty();
  }));
  // What collects its result does not fit: the limit is one.
  EXPECT_FALSE(succeeds_within(most, [&] {
    ProgressSink progress;
    const ByteSpan block = payload.bytes();
    return codec->decompress({&block, 1}, {&kBlockSize, 1}, progress).size() == 1;
  }));
}

constexpr const char* kSpecs[] = {
    "store",  "gzip:1", "lzma2:0", "png:1", "flac:0",
#if LMZIP_HAVE_ZSTD
    "zstd:1",
#endif
};

INSTANTIATE_TEST_SUITE_P(Codecs, BoundedMemory, testing::ValuesIn(kSpecs), [](const auto& one) {
  const std::string spec = one.param;
  return spec.substr(0, spec.find(':'));
});

}  // namespace
}  // namespace lmzip
