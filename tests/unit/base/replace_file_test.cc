// SPDX-License-Identifier: Apache-2.0
#include "base/replace_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/mapped_file.h"
#include "lmzip/error.h"
#include "unit/model/folder.h"

namespace lmzip::base {
namespace {

Bytes content(const std::string& path) {
  const MappedFile file(path);
  return {file.bytes().begin(), file.bytes().end()};
}

size_t files_in(const test::Folder& folder) {
  const std::filesystem::directory_iterator all(folder.path());
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

TEST(ReplaceFile, TheNewFileStandsAloneUnderTheName) {
  const test::Folder folder;
  const std::string path = folder.path("file");
  replace_file(path, Bytes{1, 2, 3});
  EXPECT_EQ(content(path), (Bytes{1, 2, 3}));
  const MappedFile old(path);
  replace_file(path, Bytes{4, 5});
  EXPECT_EQ(content(path), (Bytes{4, 5}));
  EXPECT_EQ(old.bytes().size(), 3U);  // whoever reads the old one still can
  EXPECT_EQ(old.bytes()[2], 3);
  EXPECT_EQ(files_in(folder), 1U);
}

TEST(ReplaceFile, ItHasTheModeOfAnyNewFileOrOfTheOldOne) {
  const test::Folder folder;
  const std::string path = folder.path("file");
  const mode_t mask = umask(027);
  replace_file(path, Bytes{1});
  umask(mask);
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  replace_file(path, Bytes{2});
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST(ReplaceFile, AFailureLeavesWhatWasThere) {
  const test::Folder folder;
  std::filesystem::create_directory(folder.path("taken"));
  EXPECT_THROW(replace_file(folder.path("taken"), Bytes{1}), Error);
  EXPECT_EQ(files_in(folder), 1U);
  EXPECT_THROW(replace_file(folder.path("absent/file"), Bytes{1}), Error);
}

}  // namespace
}  // namespace lmzip::base
