// SPDX-License-Identifier: Apache-2.0
#include "base/spool.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/mapped_file.h"
#include "lmzip/error.h"

namespace lmzip::base {
namespace {

/// $TMPDIR is another folder while this lives.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& path) {
    if (const char* const old = std::getenv("TMPDIR")) old_ = old;
    setenv("TMPDIR", path.c_str(), 1);
  }
  ~TemporaryFolder() { old_.empty() ? unsetenv("TMPDIR") : setenv("TMPDIR", old_.c_str(), 1); }

 private:
  std::string old_;
};

TEST(Spool, GivesBackWhatWasWrittenAndLeavesNoFile) {
  const std::string folder = testing::TempDir() + "spool-" + std::to_string(getpid());
  std::filesystem::create_directory(folder);
  {
    const TemporaryFolder here(folder);
    Spool spool;
    Bytes expected;
    for (size_t i = 0; i < 300; ++i) {
      const Bytes piece(i * 37, static_cast<uint8_t>(i));
      spool.write(piece);
      expected.insert(expected.end(), piece.begin(), piece.end());
    }
    const ByteSpan all = spool.finish();
    EXPECT_TRUE(std::equal(all.begin(), all.end(), expected.begin(), expected.end()));
    release_mapped(all);
    EXPECT_TRUE(std::equal(all.begin(), all.end(), expected.begin(), expected.end()));
    EXPECT_TRUE(std::filesystem::is_empty(folder));
  }
  std::filesystem::remove(folder);
}

TEST(Spool, OfNothingIsEmpty) { EXPECT_TRUE(Spool().finish().empty()); }

TEST(Spool, SaysWhichFolderIsMissing) {
  const TemporaryFolder nowhere("/no/such/folder");
  try {
    Spool spool;
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIo);
    EXPECT_NE(std::string(error.what()).find("TMPDIR"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace lmzip::base
