// SPDX-License-Identifier: Apache-2.0
// Stands in for libFuzzer where there is none: replay MUTATIONS FOLDER feeds every file of FOLDER, and MUTATIONS seeded
// mutations of each, to LLVMFuzzerTestOneInput. A failure aborts, after naming the file and the mutation.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "unit/container/memory_io.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using lmzip::Bytes;
using lmzip::test::Random;

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// One to four changes: a bit, a byte, a piece cut out or doubled, the end cut off.
Bytes mutated(Bytes bytes, Random& random) {
  for (uint64_t changes = 1 + random.below(4); changes > 0 && !bytes.empty(); --changes) {
    const auto at = static_cast<ptrdiff_t>(random.below(bytes.size()));
    const auto rest = static_cast<uint64_t>(bytes.end() - bytes.begin() - at);
    const auto length = static_cast<ptrdiff_t>(1 + random.below(std::min<uint64_t>(rest, 40)));
    uint8_t& byte = bytes[static_cast<size_t>(at)];
    switch (random.below(6)) {
      case 0:
      case 1:
        byte = static_cast<uint8_t>(byte ^ (1u << random.below(8)));
        break;
      case 2:
        byte = static_cast<uint8_t>(random.next());
        break;
      case 3:
        bytes.erase(bytes.begin() + at, bytes.begin() + at + length);
        break;
      case 4: {
        const Bytes piece(bytes.begin() + at, bytes.begin() + at + length);
        bytes.insert(bytes.begin() + at, piece.begin(), piece.end());
        break;
      }
      default:
        bytes.resize(static_cast<size_t>(at));
    }
  }
  return bytes;
}

const char* current_file = "";
uint64_t current_mutation = 0;

void say_where() {
  std::cerr << "failed with " << current_file << ", mutation " << current_mutation << " (0 is the file itself)\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: replay MUTATIONS FOLDER\n";
    return 2;
  }
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[2])) files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    std::cerr << argv[2] << " is empty\n";
    return 1;
  }
  std::set_terminate([] {
    say_where();
    std::abort();
  });
  std::signal(SIGABRT, [](int) {
    say_where();
    std::_Exit(1);
  });
  const uint64_t mutations = std::strtoull(argv[1], nullptr, 10);
  for (const std::string& file : files) {
    const Bytes original = read_file(file);
    Random random(original.size());
    current_file = file.c_str();
    for (current_mutation = 0; current_mutation <= mutations; ++current_mutation) {
      const Bytes input = current_mutation == 0 ? original : mutated(original, random);
      LLVMFuzzerTestOneInput(input.data(), input.size());
    }
  }
  std::cout << files.size() << " files, " << mutations << " mutations of each\n";
}
