// SPDX-License-Identifier: Apache-2.0
#include "base/mapped_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>

#include "lmzip/error.h"

namespace lmzip::base {
namespace {

ErrorKind refusal_of(const std::string& path) try {
  MappedFile file(path);
  ADD_FAILURE() << path << " was mapped";
  return ErrorKind::kCancelled;
} catch (const Error& error) {
  EXPECT_EQ(std::string(error.what()).find(path + ": "), 0u) << error.what();
  return error.kind();
}

TEST(MappedFile, HoldsTheFileAlsoWhenItsNameIsGone) {
  const std::string path = testing::TempDir() + "lmzip-mapped-file";
  std::ofstream(path) << "hello";
  const MappedFile file(path);
  std::remove(path.c_str());
  EXPECT_EQ(Bytes(file.bytes().begin(), file.bytes().end()), (Bytes{'h', 'e', 'l', 'l', 'o'}));
}

TEST(MappedFile, AnEmptyFileHasNoBytes) {
  const std::string path = testing::TempDir() + "lmzip-mapped-empty";
  std::ofstream{path};
  EXPECT_TRUE(MappedFile(path).bytes().empty());
  std::remove(path.c_str());
}

TEST(MappedFile, RefusesWhatIsNoRegularFileWithoutWaiting) {
  const std::string fifo = testing::TempDir() + "lmzip-mapped-fifo";
  std::remove(fifo.c_str());
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(refusal_of(fifo), ErrorKind::kUsage);
  std::remove(fifo.c_str());
  EXPECT_EQ(refusal_of("/dev/null"), ErrorKind::kUsage);
  EXPECT_EQ(refusal_of(testing::TempDir()), ErrorKind::kUsage);
  EXPECT_EQ(refusal_of(fifo), ErrorKind::kIo);
}

}  // namespace
}  // namespace lmzip::base
