// SPDX-License-Identifier: Apache-2.0
// make_golden DIR: writes the golden files that are not there yet. Those that are there are never changed: a file that
// once was good stays so.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "golden/golden_maker.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_golden DIR\n";
    return 1;
  }
  for (const auto& [name, bytes] : lmzip::golden::make_all()) {
    const std::filesystem::path path = std::filesystem::path(argv[1]) / name;
    if (std::filesystem::exists(path)) continue;
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) {
      std::cerr << "cannot write " << path << "\n";
      return 1;
    }
    std::cout << path.string() << "\n";
  }
}
