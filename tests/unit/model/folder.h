// SPDX-License-Identifier: Apache-2.0
// A folder that lasts as long as a test.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "lmzip/bytes.h"

namespace lmzip::test {

class Folder {
 public:
  Folder() {
    std::string pattern = testing::TempDir() + "lmzip-" + std::string(6, 'X');
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path(const std::string& name = "") const { return path_ + "/" + name; }
  void remove(const std::string& name) const { std::filesystem::remove(path(name)); }

  /// Writes a file and returns its path.
  std::string write(const std::string& name, ByteSpan bytes) const {
    std::ofstream file(path(name), std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return path(name);
  }

 private:
  std::string path_;
};

}  // namespace lmzip::test
