// SPDX-License-Identifier: Apache-2.0
// Every file of this folder does what its line in README.md says.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "base/hash.h"
#include "container/format.h"
#include "golden/golden_maker.h"
#include "lmzip/model_store.h"
#include "lmzip/registry.h"
#include "unit/container/memory_io.h"

namespace lmzip::golden {
namespace {

const std::filesystem::path kFolder = LMZIP_GOLDEN_FOLDER;

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The rows of the tables of README.md whose first cell is a file name, without backquotes.
std::map<std::string, std::vector<std::string>> readme_rows() {
  std::ifstream readme(kFolder / "README.md");
  std::map<std::string, std::vector<std::string>> rows;
  for (std::string line; std::getline(readme, line);) {
    if (!line.starts_with("| `")) continue;
    std::vector<std::string> cells;
    std::istringstream in(line.substr(1));
    for (std::string cell; std::getline(in, cell, '|');) {
      const size_t first = cell.find_first_not_of(" `");
      cells.push_back(first == std::string::npos ? "" : cell.substr(first, cell.find_last_not_of(" `") - first + 1));
    }
    rows[cells.front()] = cells;
  }
  return rows;
}

std::vector<std::string> names(const std::string& prefix) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && entry.path().extension() == ".lmz") found.push_back(name);
  }
  std::ranges::sort(found);
  return found;
}

ReadOptions options() {
  ReadOptions options;
  options.threads = 2;
  options.lanes = 2;
  options.codec_for = [](const CodecRequest& request) {
    const auto model = [&](std::string_view name) {
      const ModelStore store({kFolder.string()});
      return request.model_digest.empty() ? store.find(name) : store.find(name, request.model_digest);
    };
    return make_compressor(request.spec, {.model = model, .torch = {}});
  };
  return options;
}

std::string hash_of(ByteSpan bytes) {
  Bytes hash;
  container::put_little_endian(hash, base::xxh3_64(bytes), 8);
  std::ranges::reverse(hash);
  return container::hex(hash);
}

TEST(Golden, EveryFileHasALineInTheReadmeAndEveryLineAFile) {
  std::vector<std::string> listed;
  for (const auto& [name, cells] : readme_rows()) listed.push_back(name);
  EXPECT_EQ(names(""), listed);
  EXPECT_GE(names("good-").size(), 10);
  EXPECT_GE(names("bad-").size(), 30);
  EXPECT_GE(names("unsupported-").size(), 4);
}

TEST(Golden, GoodFilesDecodeToTheBytesListed) {
  const auto rows = readme_rows();
  for (const std::string& name : names("good-")) {
    SCOPED_TRACE(name);
    const Bytes file = read_file(kFolder / name);
    const test::Outcome back = test::unpack(file, options());
    ASSERT_TRUE(back.ok()) << back.message;
    ASSERT_EQ(rows.at(name).size(), 4);
    EXPECT_EQ(std::to_string(back.bytes.size()), rows.at(name)[1]);
    EXPECT_EQ(hash_of(back.bytes), rows.at(name)[2]);
    EXPECT_EQ(back.summary.trailing_garbage.has_value(), name.find("garbage") != std::string::npos);
    EXPECT_EQ(test::list(file).raw_size, back.bytes.size());
    EXPECT_EQ(test::check(file).raw_size, back.bytes.size());
    for (uint64_t offset = 0; offset < back.bytes.size(); offset += std::max<uint64_t>(613, back.bytes.size() / 7)) {
      EXPECT_EQ(test::unpack_range(file, offset, 700, options()).bytes, test::slice(back.bytes, offset, 700));
    }
  }
}

void expect_refusal(const std::string& prefix, ErrorKind kind) {
  const auto rows = readme_rows();
  for (const std::string& name : names(prefix)) {
    SCOPED_TRACE(name);
    const test::Outcome back = test::unpack(read_file(kFolder / name), options());
    EXPECT_EQ(back.error, kind);
    EXPECT_EQ(rows.at(name).size(), 3);
    // A list of all codecs of a build may follow what the line says.
    EXPECT_EQ(back.message.substr(0, rows.at(name)[1].size()), rows.at(name)[1]) << back.message;
    EXPECT_FALSE(rows.at(name)[1].empty());
  }
}

TEST(Golden, BadFilesAreCorruptForTheReasonListed) { expect_refusal("bad-", ErrorKind::kCorrupt); }

TEST(Golden, UnsupportedFilesAreNotCalledCorrupt) { expect_refusal("unsupported-", ErrorKind::kUnsupported); }

TEST(Golden, TheWriterStillWritesTheSameBytes) {
  int compared = 0;
  for (const auto& [name, bytes] : make_all()) {
    // Other versions of zlib may compress otherwise.
    if (name == "good-gzip.lmz" || name == "good-concatenated.lmz") continue;
    EXPECT_EQ(bytes, read_file(kFolder / name)) << name;
    ++compared;
  }
  EXPECT_GE(compared, 40);
}

TEST(Golden, TheFileThatTheFormatExplainsIsTheOneHere) {
  const Bytes format = read_file(std::filesystem::path(LMZIP_FORMAT_TEXT));
  const Bytes file = read_file(kFolder / "good-hello.lmz");
  for (size_t offset = 0; offset < file.size(); offset += 16) {
    std::string line;
    for (const uint8_t byte : test::slice(file, offset, 16))
      line.append(" ").append(container::hex(ByteSpan(&byte, 1)));
    line.append("\n");
    EXPECT_NE(std::search(format.begin(), format.end(), line.begin(), line.end()), format.end()) << line;
  }
}

}  // namespace
}  // namespace lmzip::golden
