// SPDX-License-Identifier: Apache-2.0
#include "lmzip/model_store.h"

#include <sys/stat.h>

#include <filesystem>

#include "model/embedded.h"
#include "model/model_file.h"
#include "model/random_model.h"
#include "unit/model/fixtures.h"
#include "unit/model/folder.h"

namespace lmzip {
namespace {

using model::random_model;
using test::expect_corrupt;
using test::expect_error;
using test::Folder;

Bytes tiny(uint64_t seed) { return random_model(test::recurrent(), seed); }
std::string digest_of(uint64_t seed) { return model::read_model(tiny(seed))->digest(); }

/// Names and paths, without those inside the program.
std::vector<std::pair<std::string, std::string>> installed(const ModelStore& store) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const ModelEntry& entry : store.list()) {
    if (!entry.path.empty()) found.emplace_back(entry.name, entry.path);
  }
  return found;
}

TEST(ModelStore, ListsFoldersInOrderAndEachByName) {
  const Folder first;
  const Folder second;
  second.write("a.safetensors", tiny(1));
  first.write("z-1.safetensors", tiny(1));
  first.write("b_2.0.safetensors", {});  // damaged: listed, unread
  first.write("b_2.0.json", {});
  first.write("Upper.safetensors", tiny(1));
  first.write(".safetensors", tiny(1));
  first.write(".hidden.safetensors", tiny(1));
  first.write(std::string(101, 'x') + ".safetensors", tiny(1));
  std::filesystem::create_directory(first.path("folder.safetensors"));
  ASSERT_EQ(mkfifo(first.path("fifo.safetensors").c_str(), 0600), 0);
  std::filesystem::create_symlink(second.path("a.safetensors"), first.path("link.safetensors"));
  const ModelStore store({first.path(), "/nowhere", second.path()});
  EXPECT_THAT(installed(store), testing::ElementsAre(testing::Pair("b_2.0", first.path("b_2.0.safetensors")),
                                                     testing::Pair("link", first.path("link.safetensors")),
                                                     testing::Pair("z-1", first.path("z-1.safetensors")),
                                                     testing::Pair("a", second.path("a.safetensors"))));
}

TEST(ModelStore, FindsTheFirstOfAName) {
  const Folder first;
  const Folder second;
  first.write("m.safetensors", tiny(1));
  second.write("m.safetensors", tiny(2));
  second.write("n.safetensors", tiny(3));
  const ModelStore store({first.path(), second.path()});
  EXPECT_EQ(store.find("m")->digest(), digest_of(1));
  EXPECT_EQ(store.find("n")->digest(), digest_of(3));
  EXPECT_EQ(store.find(second.path("m.safetensors"))->digest(), digest_of(2));
  first.write("m.safetensors", tiny(4));
  EXPECT_EQ(store.find("m")->digest(), digest_of(4));
}

TEST(ModelStore, SaysWhereItLookedForANameInVain) {
  const Folder folder;
  const ModelStore store({folder.path(), "/nowhere"});
  const std::string places = " is not installed; looked in the program, " + folder.path() + ", /nowhere";
  expect_error([&] { store.find("m"); }, ErrorKind::kUnsupported, "model m" + places);
  expect_error([&] { store.find("\n\x1b"); }, ErrorKind::kUnsupported, "not installed");
  expect_error([&] { store.find(""); }, ErrorKind::kUnsupported, "model without a name" + places);
  expect_error([&] { store.find("m", digest_of(1)); }, ErrorKind::kUnsupported,
               "model m (digest " + digest_of(1) + ")" + places);
  expect_error([&] { store.find("./m.safetensors"); }, ErrorKind::kIo, "./m.safetensors: cannot open");
}

TEST(ModelStore, FindsADigestUnderAnyName) {
  const Folder first;
  const Folder second;
  first.write("m.safetensors", tiny(1));
  second.write("other.safetensors", tiny(2));
  const ModelStore store({first.path(), second.path()});
  EXPECT_EQ(store.find("m", digest_of(2))->digest(), digest_of(2));
  EXPECT_EQ(store.find("no-such-name", digest_of(1))->digest(), digest_of(1));
}

TEST(ModelStore, OnlyANameThatAsksForItMeetsADamagedFile) {
  const Folder folder;
  folder.write("a.safetensors", {});
  folder.write("m.safetensors", ByteSpan(tiny(1)).first(1000));
  folder.write("right.safetensors", tiny(1));
  const ModelStore store({folder.path()});
  EXPECT_EQ(store.find("m", digest_of(1))->digest(), digest_of(1));
  expect_corrupt([&] { store.find("m"); }, folder.path("m.safetensors") + ": the header ends beyond the file");
}

TEST(ModelStore, HalfADigestWillDo) {
  const Folder folder;
  folder.write("m.safetensors", tiny(1));
  const ModelStore store({folder.path()});
  EXPECT_EQ(store.find("m", digest_of(1).substr(0, 16))->digest(), digest_of(1));
  for (const size_t digits : {0, 1, 15, 17}) {
    expect_error([&] { store.find("m", digest_of(1).substr(0, digits)); }, ErrorKind::kUnsupported, "not installed");
  }
}

TEST(ModelStore, ADigestIsNoWayToOtherFiles) {
  // Names come out of files that strangers made; only paths that a user gave are opened.
  const Folder folder;
  const std::string path = folder.write("m.safetensors", tiny(1));
  expect_error([&] { ModelStore().find(path, digest_of(1)); }, ErrorKind::kUnsupported, "not installed");
}

TEST(ModelStore, TheModelsInsideTheProgramComeFirst) {
  const Folder folder;
  folder.write("default.safetensors", tiny(1));
  const ModelStore store({folder.path()});
  if (model::embedded_model(kDefaultModel) == nullptr) {
    EXPECT_EQ(store.find(kDefaultModel)->digest(), digest_of(1));
    expect_error([] { ModelStore().find(kDefaultModel); }, ErrorKind::kUnsupported, "model default is not installed");
    GTEST_SKIP() << "built without a model inside";
  }
  for (size_t i = 0; i < model::embedded_models().size(); ++i) {
    const std::string name(model::embedded_models()[i].name);
    EXPECT_EQ(store.list()[i].path, "");
    EXPECT_EQ(store.list()[i].name, name);
    const std::string digest = ModelStore().find(name)->digest();
    EXPECT_EQ(store.find(name)->digest(), digest);
    EXPECT_EQ(ModelStore().find("renamed", digest)->digest(), digest);
    EXPECT_EQ(store.find(name, digest_of(1))->digest(), digest_of(1));
  }
}

}  // namespace
}  // namespace lmzip
