// SPDX-License-Identifier: Apache-2.0
// Any bytes, spread over the files of a Hugging Face folder, are refused in one printable line or are a decoder whose
// numbers can all be read and whose tokens spell what was encoded. Each file is a line (those that are empty are not
// there; of merges.txt "|" ends the lines), and the rest is model.safetensors.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "fuzz/checks.h"
#include "model/checkpoint.h"

using namespace lmzip;

namespace {

/// A folder that lasts as long as the program.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / ("lmzip-fuzz-" + std::string(6, 'X'))).string();
    fuzz::require(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;  // nobody is left to tell
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }
  void write(std::string_view name, std::string_view contents) const {
    const std::filesystem::path file = std::filesystem::path(path_) / name;
    std::filesystem::remove(file);
    if (!contents.empty()) std::ofstream(file, std::ios::binary) << contents;
  }

 private:
  std::string path_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Folder folder;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string_view rest = input;
  for (const std::string_view name :
       {"config.json", "tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json", "added_tokens.json"}) {
    std::string line(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (name == "merges.txt") std::ranges::replace(line, '|', '\n');
    folder.write(name, name == "config.json" && line.empty() ? "{}" : line);
  }
  folder.write("model.safetensors", rest.empty() ? " " : rest);
  const auto decoder = fuzz::result_of([&] { return model::open_checkpoint(folder.path()); });
  if (decoder) fuzz::read_all(*decoder, {data, size});
  return 0;
}
