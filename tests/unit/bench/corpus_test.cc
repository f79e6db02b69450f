// SPDX-License-Identifier: Apache-2.0
#include "bench/corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>

#include "base/digest.h"
#include "bench/corpus_parts.h"
#include "lmzip/error.h"
#include "unit/media/makers.h"
#include "unit/model/folder.h"

namespace lmzip::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<const Corpus> open(const CorpusRequest& request) {
  ProgressSink progress;
  return open_corpus(request, progress);
}

Bytes bytes_of(const CorpusRequest& request) {
  const auto corpus = open(request);
  return {corpus->bytes().begin(), corpus->bytes().end()};
}

Bytes chunk(const Bytes& all, size_t index) {
  const auto first = all.begin() + static_cast<ptrdiff_t>(index * kChunkSize);
  return {first, first + kChunkSize};
}

std::string message_of(const CorpusRequest& request) {
  try {
    open(request);
  } catch (const Error& error) {
    EXPECT_TRUE(error.kind() == ErrorKind::kUsage || error.kind() == ErrorKind::kIo) << error.what();
    EXPECT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos);
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return "";
}

/// `chunks` chunks and `more` bytes; each chunk tells its index.
Bytes numbered(size_t chunks, size_t more) {
  Bytes bytes(chunks * kChunkSize + more);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i / kChunkSize);
  return bytes;
}

std::vector<unsigned> numbers_in(const Bytes& chunks) {
  std::vector<unsigned> numbers;
  for (size_t at = 0; at < chunks.size(); at += kChunkSize) numbers.push_back(chunks[at]);
  return numbers;
}

class Media : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"imagenet", "imagenet/b", "imagenet/.hidden", "librispeech"}) {
      std::filesystem::create_directory(folder.path(name));
    }
  }

  CorpusRequest request(std::string text, uint64_t chunks = 0) const {
    return {.text = std::move(text), .data = folder.path(), .chunks = chunks, .seed = {}};
  }
  CorpusRequest sample(std::string text, uint64_t chunks, uint64_t seed) const {
    return {.text = std::move(text), .data = folder.path(), .chunks = chunks, .seed = seed};
  }

  void write_png(const std::string& name, const test::Picture& picture) const {
    folder.write("imagenet/" + name, test::make_png(picture, {}));
  }

  const test::Folder folder;
};

TEST(Tiles, AreWholeGreyAndRowMajor) {
  const test::Folder folder;
  const test::Picture picture = test::make_picture(150, 70, 3);  // 2 x 2 tiles and a remainder both ways
  const std::string path = folder.write("picture.png", test::make_png(picture, {}));
  const Bytes all = bytes_of({.text = "imagenet=" + folder.path(), .data = "", .chunks = 0, .seed = {}});
  Bytes expected;
  for (const size_t top : {0u, 32u}) {
    for (const size_t left : {0u, 64u}) {
      for (size_t y = top; y < top + 32; ++y) {
        for (size_t x = left; x < left + 64; ++x) {
          const uint8_t* const pixel = picture.pixels.data() + 3 * (y * 150 + x);
          expected.push_back(static_cast<uint8_t>((pixel[0] + pixel[1] + pixel[2]) / 3));
        }
      }
    }
  }
  EXPECT_EQ(all, expected);
}

TEST_F(Media, PicturesComeInByteOrderOfTheirPaths) {
  // "b/z.png" is behind "b.png": '/' is behind '.', and before 'a'.
  test::Picture small = test::make_picture(64, 32, 3);
  const auto write = [&](const std::string& name, uint8_t level) {
    std::fill(small.pixels.begin(), small.pixels.end(), level);
    write_png(name, small);
  };
  write("b/z.png", 3);
  write("a.PNG", 1);
  write("b.png", 2);
  write("c.JpEg", 4);  // what it is, is in the file
  write(".hidden.png", 9);
  write(".hidden/a.png", 9);
  write("d.gif", 9);
  write_png("narrow.png", test::make_picture(63, 500, 3));
  folder.write("imagenet/README", Bytes{1});
  for (const unsigned threads : {1u, 3u}) {
    CorpusRequest request = this->request("imagenet");
    request.threads = threads;
    const auto corpus = open(request);
    EXPECT_THAT(numbers_in({corpus->bytes().begin(), corpus->bytes().end()}), ElementsAre(1, 2, 3, 4));
    EXPECT_EQ(corpus->info().name, "imagenet");
    EXPECT_EQ(name_of(corpus->info().kind), "image");
    EXPECT_EQ(corpus->info().available, 4u);
    std::vector<std::string> sources;
    for (const CorpusSource& source : corpus->info().sources) sources.push_back(source.path);
    EXPECT_THAT(sources, ElementsAre("a.PNG", "b.png", "b/z.png", "c.JpEg"));
  }
}

TEST_F(Media, LinksAreFollowedButNotInCircles) {
  write_png("b/a.png", test::make_picture(64, 32, 3));
  std::filesystem::create_directory_symlink(folder.path("imagenet"), folder.path("imagenet/b/circle"));
  std::filesystem::create_directory_symlink("self", folder.path("imagenet/self"));
  std::filesystem::create_directory(folder.path("elsewhere"));
  folder.write("elsewhere/b.png", test::make_png(test::make_picture(64, 32, 1), {.colours = test::PngColours::kGrey}));
  std::filesystem::create_directory_symlink(folder.path("elsewhere"), folder.path("imagenet/link"));
  EXPECT_EQ(open(request("imagenet"))->chunks(), 2u);
}

TEST_F(Media, TheFirstChunksAreABeginningOfAll) {
  for (int i = 0; i < 7; ++i) write_png(std::to_string(i) + ".png", test::make_picture(150 + i, 100, 3));
  const Bytes all = bytes_of(request("imagenet"));
  EXPECT_EQ(all.size(), 7 * 6 * kChunkSize);
  for (const unsigned threads : {1u, 2u}) {
    for (const uint64_t chunks : {1u, 6u, 11u, 42u, 100u}) {
      CorpusRequest some = request("imagenet", chunks);
      some.threads = threads;
      const Bytes first = bytes_of(some);
      EXPECT_EQ(first.size(), std::min<size_t>(chunks * kChunkSize, all.size()));
      EXPECT_TRUE(std::equal(first.begin(), first.end(), all.begin()));
    }
  }
}

TEST_F(Media, ASampleIsOfTheWholeInItsOrderAndTheSameEachTime) {
  for (int i = 0; i < 9; ++i) write_png(std::to_string(i) + ".png", test::make_picture(130 + 64 * (i % 3), 100, 3));
  for (const char* name : {"a.flac", "b.wav"}) {
    const test::Recording recording = test::make_recording(40'000 + *name * 100);
    folder.write(std::string("librispeech/") + name,
                 *name == 'a' ? test::make_flac(recording) : test::make_wav(recording));
  }
  // Its length is not in the header.
  folder.write("librispeech/c.flac", test::make_flac(test::make_recording(9000), test::FlacHeader::kStreamed));
  for (const char* name : {"imagenet", "librispeech"}) {
    const Bytes all = bytes_of(request(name));
    const size_t available = all.size() / kChunkSize;
    const auto corpus = open(sample(name, 13, 5));
    const Bytes some(corpus->bytes().begin(), corpus->bytes().end());
    EXPECT_EQ(corpus->info().available, available);
    ASSERT_EQ(corpus->chunks(), 13u);
    EXPECT_EQ(some, bytes_of(sample(name, 13, 5)));
    EXPECT_NE(some, bytes_of(sample(name, 13, 6)));
    size_t at = 0;
    for (const uint64_t index : draw(available, 13, 5)) EXPECT_EQ(chunk(some, at++), chunk(all, index));
    uint64_t listed = 0;
    for (const CorpusSource& source : corpus->info().sources) listed += source.chunks;
    EXPECT_EQ(listed, 13u);
    EXPECT_EQ(bytes_of(sample(name, available, 5)), all);
    EXPECT_EQ(bytes_of(sample(name, 0, 5)), all);
  }
}

TEST_F(Media, ASampleDecodesOnlyTheFilesItNeeds) {
  for (int i = 0; i < 40; ++i) write_png(std::to_string(100 + i) + ".png", test::make_picture(64, 32, 3));
  const uint64_t drawn = draw(40, 1, 77)[0];
  for (int i = 0; i < 40; ++i) {
    if (static_cast<uint64_t>(i) == drawn) continue;
    std::filesystem::resize_file(folder.path("imagenet/" + std::to_string(100 + i) + ".png"), 200);
  }
  EXPECT_EQ(open(sample("imagenet", 1, 77))->chunks(), 1u);
}

TEST(Draw, IsWithoutReplacementAscendingAndEven) {
  std::vector<int> hits(20);
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    const std::vector<uint64_t> drawn = draw(20, 5, seed);
    ASSERT_EQ(drawn.size(), 5u);
    ASSERT_EQ(std::adjacent_find(drawn.begin(), drawn.end(), std::greater_equal<>()), drawn.end());
    for (const uint64_t number : drawn) ++hits.at(number);
  }
  for (const int count : hits) EXPECT_NEAR(count, 500, 100);  // five standard deviations
  EXPECT_THAT(draw(3, 3, 1), ElementsAre(0, 1, 2));
  EXPECT_THAT(draw(1'000'000, 3, 42), ElementsAre(159'910, 278'601, 741'563));  // on every machine
}

TEST_F(Media, SoundIsTheUpperBytePlus128WithoutThePartialPiece) {
  const auto expected = [](const test::Recording& recording) {
    Bytes bytes;
    for (size_t i = 0; i < recording.samples.size() / kChunkSize * kChunkSize; ++i) {
      const int32_t wide = recording.samples[i] * (1 << (24 - recording.bits));
      bytes.push_back(static_cast<uint8_t>((wide + (1 << 23)) >> 16));
    }
    return bytes;
  };
  const test::Recording sixteen = test::make_recording(5000), wide = test::make_recording(4100, 24),
                        eight = test::make_recording(2048, 8);
  folder.write("librispeech/1.flac", test::make_flac(sixteen));
  folder.write("librispeech/2.flac", test::make_flac(wide));
  folder.write("librispeech/3.wav", test::make_wav(eight));
  folder.write("librispeech/4.wav", test::make_wav(test::make_recording(2047)));
  Bytes all;
  for (const auto& recording : {sixteen, wide, eight}) {
    const Bytes bytes = expected(recording);
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  EXPECT_EQ(all.size(), 5 * kChunkSize);
  EXPECT_EQ(bytes_of(request("librispeech")), all);
}

TEST_F(Media, MoreThanOneChannelIsRefused) {
  folder.write("librispeech/two.flac", test::make_flac(test::make_recording(5000, 16, 2)));
  EXPECT_EQ(message_of(request("librispeech")), folder.path("librispeech/two.flac") + ": 2 channels; mono is expected");
}

TEST_F(Media, DamagedFilesAreNamed) {
  const auto expect_named = [&](const std::string& corpus, const std::string& file, Bytes bytes) {
    bytes.resize(bytes.size() - 20);
    folder.write(corpus + "/" + file, bytes);
    for (const unsigned threads : {1u, 2u}) {
      CorpusRequest all = request(corpus);
      all.threads = threads;
      try {
        open(all);
        ADD_FAILURE();
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
        EXPECT_THAT(error.what(), HasSubstr(corpus + "/" + file + ": "));
      }
    }
    folder.remove(corpus + "/" + file);
  };
  expect_named("imagenet", "x.jpg", test::make_jpeg(test::make_picture(100, 100, 3)));
  expect_named("imagenet", "x.png", test::make_png(test::make_picture(100, 100, 3), {}));
  expect_named("librispeech", "x.flac", test::make_flac(test::make_recording(5000)));
  expect_named("librispeech", "x.wav", test::make_wav(test::make_recording(5000)));
}

TEST_F(Media, FoldersWithoutAnythingSayWhatWasExpected) {
  write_png("small.png", test::make_picture(63, 31, 3));
  EXPECT_THAT(message_of(request("imagenet")),
              testing::AllOf(HasSubstr("nothing to use among 1 files"), HasSubstr("JPEG or PNG")));
  EXPECT_THAT(message_of(request("librispeech")), HasSubstr("FLAC or WAV"));
  EXPECT_THAT(message_of(request("imagenet=" + folder.path("none"))), HasSubstr("there is no folder"));
  EXPECT_THAT(message_of(sample("imagenet", 5, 1)), HasSubstr("nothing to use"));
}

TEST_F(Media, MissingDataIsNamedWithItsPlaces) {
  EXPECT_THAT(message_of(request("enwik9")),
              testing::AllOf(HasSubstr(folder.path("enwik9")), HasSubstr(folder.path("text/enwik9")),
                             HasSubstr("1,000,000,000 bytes")));
  std::filesystem::remove_all(folder.path("imagenet"));
  EXPECT_THAT(message_of(request("imagenet")),
              testing::AllOf(HasSubstr(folder.path("imagenet")), HasSubstr("JPEG or PNG")));
  EXPECT_THAT(message_of({.text = "librispeech", .data = "", .seed = {}}), HasSubstr("librispeech=PATH"));
}

TEST_F(Media, EnwikOfTheWrongSizeOrContentsIsRefused) {
  std::filesystem::create_directory(folder.path("text"));
  folder.write("text/enwik8", numbered(2, 0));
  EXPECT_THAT(message_of(request("enwik8")), HasSubstr("is not enwik8: it has 4096 bytes, 100000000 are expected"));
  std::filesystem::resize_file(folder.path("text/enwik8"), 100'000'000);  // sparse
  EXPECT_THAT(message_of(request("enwik8")), HasSubstr("MD5"));
  EXPECT_THAT(message_of(request("enwik8")), HasSubstr("a1fa5ffddb56f4953e226637dabbb36a is expected"));
}

TEST(Text, IsTheFileFromItsStart) {
  const test::Folder folder;
  const Bytes file = numbered(9, 100);
  const std::string path = folder.write("novel.txt", file);
  const auto all = open({.text = "text=" + path, .data = "", .chunks = 0, .seed = {}});
  EXPECT_EQ(all->info().name, "novel");
  EXPECT_EQ(name_of(all->info().kind), "text");
  EXPECT_EQ(all->chunks(), 9u);
  EXPECT_EQ(all->info().available, 9u);
  EXPECT_EQ(all->info().sha256, base::digest(base::DigestKind::kSha256, ByteSpan(file).first(9 * kChunkSize)));
  EXPECT_EQ(all->info().sources.at(0).path, "novel.txt");
  all->release();
  EXPECT_TRUE(std::equal(all->bytes().begin(), all->bytes().end(), file.begin()));
  EXPECT_THAT(numbers_in(bytes_of({.text = "text=" + path, .data = "", .chunks = 3, .seed = {}})),
              ElementsAre(0, 1, 2));

  const auto raw = open({.text = path, .data = "", .chunks = 0, .seed = {}});
  EXPECT_EQ(raw->info().name, "novel.txt");
  EXPECT_EQ(name_of(raw->info().kind), "raw");
}

TEST(Text, CalledLikeACorpusDoesNotPassForIt) {
  const test::Folder folder;
  const std::string path = folder.write("enwik9", numbered(1, 0));
  for (const std::string& text : {path, "text=" + path}) {
    EXPECT_EQ(open({.text = text, .data = "", .seed = {}})->info().name, text);
  }
  EXPECT_THAT(message_of({.text = "enwik9=" + path, .data = "", .seed = {}}), HasSubstr("is not enwik9"));
}

TEST(Text, SamplesKeepTheirOrder) {
  const test::Folder folder;
  const std::string path = folder.write("data", numbered(50, 1));
  const CorpusRequest request{.text = path, .data = "", .chunks = 10, .seed = 3};
  const std::vector<unsigned> numbers = numbers_in(bytes_of(request));
  const std::vector<uint64_t> drawn = draw(50, 10, 3);
  EXPECT_TRUE(std::equal(numbers.begin(), numbers.end(), drawn.begin(), drawn.end()));
  EXPECT_THAT(open(request)->info().rule, HasSubstr("10 of 50 chunks, drawn with seed 3"));
}

TEST(Text, ShorterThanAChunkIsRefused) {
  const test::Folder folder;
  const std::string path = folder.write("data", Bytes(2047));
  EXPECT_THAT(message_of({.text = path, .data = "", .seed = {}}), HasSubstr("has 2047 bytes; a chunk takes 2048"));
}

TEST(RandomBytes, DependOnTheSeedAloneAndNotOnHowMany) {
  const auto random = [](uint64_t chunks, std::optional<uint64_t> seed) {
    return bytes_of({.text = "random", .data = "", .chunks = chunks, .seed = seed, .random_chunks = 300});
  };
  const Bytes all = random(0, {});
  EXPECT_EQ(all.size(), 300 * kChunkSize);
  EXPECT_EQ(all, random(1000, 1));  // the default
  const Bytes some = random(7, {});
  EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin()));
  EXPECT_NE(some, random(7, 2));
  std::vector<int> counts(256);
  for (const uint8_t byte : all) ++counts[byte];
  for (const int count : counts) EXPECT_NEAR(count, 2400, 245);  // five standard deviations
  EXPECT_EQ(open({.text = "random", .data = "", .chunks = 1, .seed = {}})->info().available, kPaperChunks);
}

/// Of this process, bytes: "VmRSS" now or "VmHWM" at most since the last reset.
uint64_t memory(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(name + ":", 0) == 0) return std::stoull(line.substr(name.size() + 1)) << 10;
  }
  return 0;
}

TEST_F(Media, MemoryIsBoundedHoweverLargeTheCorpus) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers need memory of their own";
#endif
  if (!(std::ofstream("/proc/self/clear_refs") << "5" << std::flush)) GTEST_SKIP() << "the peak cannot be reset here";
  const uint64_t before = memory("VmRSS");
  folder.write("file", Bytes(1));
  std::filesystem::resize_file(folder.path("file"), 64 << 20);
  folder.write("librispeech/long.wav", test::make_wav(test::make_recording(1 << 20)));
  for (const CorpusRequest& request : {this->request("random", 32768), this->request(folder.path("file")),
                                       sample(folder.path("file"), 30000, 1), this->request("librispeech")}) {
    EXPECT_GT(open(request)->chunks(), 500u);
  }
  EXPECT_LT(memory("VmHWM"), before + (24 << 20));
}

TEST(CorpusText, ThatMeansNothingIsRefused) {
  const auto message = [](const std::string& text) { return message_of({.text = text, .data = "", .seed = {}}); };
  EXPECT_THAT(message("wikipedia"), testing::AllOf(HasSubstr("'wikipedia'"), HasSubstr("enwik9, enwik8, text")));
  EXPECT_THAT(message(""), HasSubstr("there is no corpus"));
  EXPECT_THAT(message("text"), HasSubstr("text=PATH"));
  EXPECT_THAT(message("imagenet="), HasSubstr("needs a path"));
  EXPECT_THAT(message("random=/tmp"), HasSubstr("random has no path"));
  EXPECT_THAT(message("/tmp"), HasSubstr("is a folder"));
  EXPECT_THAT(message("/no/such/file"), HasSubstr("/no/such/file: cannot open"));
}

TEST_F(Media, AStopIsObeyed) {
  write_png("a.png", test::make_picture(64, 32, 3));
  ProgressSink progress;
  progress.request_stop();
  for (const char* text : {"imagenet", "random"}) {
    try {
      open_corpus(request(text), progress);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
    }
  }
}

}  // namespace
}  // namespace lmzip::bench
