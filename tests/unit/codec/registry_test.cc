// SPDX-License-Identifier: Apache-2.0
#include "lmzip/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "lmzip/error.h"
#include "unit/codec/sources.h"

namespace lmzip {
namespace {

using test::sources;
using testing::HasSubstr;

std::string refusal(const std::string& spec) {
  try {
    make_compressor(spec, sources());
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
}

TEST(Registry, EveryListedCodecCanBeMadeBothWays) {
  for (const CodecDescription& codec : codecs()) {
    SCOPED_TRACE(codec.name);
    if (codec.name != "torch") {
      EXPECT_EQ(make_compressor(codec.name, sources())->info().spec.rfind(codec.name, 0), 0u);
    }
    EXPECT_NE(make_predictor(codec.name, sources())->open(1), nullptr);
    EXPECT_FALSE(codec.summary.empty());
    EXPECT_FALSE(codec.options.empty());
  }
}

TEST(Registry, ListsTheCodecsOnce) {
  std::set<std::string_view> names;
  for (const CodecDescription& codec : codecs()) EXPECT_TRUE(names.insert(codec.name).second) << codec.name;
  for (const char* name : {"store", "gzip", "lzma2", "png", "flac", "uniform", "order0", "order6", "mix", "lm",
                           "pixels", "samples", "torch", "checkpoint"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

TEST(Registry, SpecsBecomeCanonical) {
  const std::pair<const char*, const char*> canonical[] = {
      {"store", "store"},
      {"gzip", "gzip:9"},
      {"gzip:1", "gzip:1"},
      {"gzip:01", "gzip:1"},
      {"lzma2", "lzma2:6"},
      {"lzma2:0", "lzma2:0"},
      {"lzma2:9e", "lzma2:9e"},
      {"png", "png:9"},
      {"png,width=0", "png:9"},
      {"png,width=64", "png:9,width=64"},
      {"flac", "flac:8"},
      {"flac:8,bits=8", "flac:8"},
      {"flac:0,bits=16", "flac:0,bits=16"},
      {"uniform", "uniform"},
      {"order3", "order3"},
      {"mix", "mix:5"},
      {"mix:9", "mix:9"},
      {"lm", "lm:default"},
      {"lm:a.b_c-1", "lm:a.b_c-1"},
      {"lm:x,chunk=0", "lm:x"},
      {"lm:x,chunk=2048", "lm:x,chunk=2048"},
      {"pixels", "pixels,width=64"},
      {"pixels,channels=1,bits=8,order=little,head=0,pad=0,width=64", "pixels,width=64"},
      {"pixels,width=65535,channels=8", "pixels,width=65535,channels=8"},
      {"pixels,head=15,order=big,bits=16,channels=3,width=7", "pixels,width=7,channels=3,bits=16,order=big,head=15"},
      {"pixels,width=7,order=big", "pixels,width=7"},
      {"pixels,width=7,pad=1,head=1078", "pixels,width=7,head=1078,pad=1"},
      {"samples", "samples"},
      {"samples,bits=8,channels=1", "samples"},
      {"samples,head=44,bits=24,channels=8,order=big", "samples,channels=8,bits=24,order=big,head=44"},
      {"samples,bits=16,order=little", "samples,bits=16"},
      {"checkpoint:x,bits=8", "checkpoint:x"},
      {"checkpoint,top=100,bits=32", "checkpoint:checkpoint,bits=32,top=100"}};
  for (const auto& [spec, expected] : canonical) {
    EXPECT_EQ(make_compressor(spec, sources())->info().spec, expected);
    EXPECT_EQ(make_compressor(expected, sources())->info().spec, expected);
  }
}

TEST(Registry, RefusesWhatItDoesNotHave) {
  EXPECT_THAT(
      refusal("brotli:5"),
      HasSubstr("codec 'brotli:5': no such codec; there are mix, lm, pixels, samples, torch, checkpoint, order0, "));
  for (const char* spec : {"gzip:0",
                           "gzip:10",
                           "gzip:9,width=3",
                           "lzma2:10",
                           "lzma2:e",
                           "lzma2:6ee",
                           "lzma2:6x",
                           "png:0",
                           "png:9,width=65536",
                           "png:9,height=3",
                           "flac:9",
                           "flac:8,bits=12",
                           "flac,bits=32",
                           "store:1",
                           "uniform:1",
                           "order7",
                           "order3:1",
                           "mix:0",
                           "mix:10",
                           "lm:Big",
                           "lm:.x",
                           "lm:x.safetensors",
                           "lm:x,chunk=63",
                           "lm:x,chunk=65537",
                           "lm:x,context=9",
                           "pixels:9",
                           "pixels,width=0",
                           "pixels,width=65536",
                           "pixels,channels=0",
                           "pixels,channels=9",
                           "pixels,bits=7",
                           "pixels,bits=12",
                           "pixels,bits=24",
                           "pixels,order=middle",
                           "pixels,head=65536",
                           "pixels,pad=4",
                           "pixels,bits=16,pad=1",
                           "pixels,model=Big",
                           "samples:9",
                           "samples,width=9",
                           "samples,channels=9",
                           "samples,bits=12",
                           "samples,bits=32",
                           "samples,bits=16,pad=1",
                           "samples,head=65536",
                           "torch:Big",
                           "torch:x,chunk=2048",
                           "checkpoint,top=0",
                           "checkpoint,top=131073",
                           "checkpoint,bits=16"}) {
    EXPECT_NE(refusal(spec), "") << spec;
  }
}

#if LMZIP_HAVE_ZSTD
TEST(Registry, ZstdIsThere) {
  EXPECT_EQ(make_compressor("zstd")->info().spec, "zstd:19");
  EXPECT_NE(refusal("zstd:0"), "");
  EXPECT_NE(refusal("zstd:23"), "");
}
#else
TEST(Registry, ZstdIsRefusedByABuildWithoutIt) {
  for (const CodecDescription& codec : codecs()) EXPECT_NE(codec.name, "zstd");
  try {
    make_compressor("zstd:3");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("this build has no zstd"));
  }
}
#endif

TEST(Registry, PredictorsAndCompressorsSayTheSame) {
  EXPECT_EQ(make_predictor("order2")->info().spec, "order2");
  EXPECT_EQ(make_predictor("mix:3")->info().spec, "mix:3");
  EXPECT_EQ(make_predictor("gzip")->info().alphabet, 256u);  // through its code lengths
}

TEST(Registry, ModelsComeFromWhereTheCallerSays) {
  std::vector<std::string> asked;
  CodecSources from = sources();
  from.model = [&](std::string_view name) {
    asked.emplace_back(name);
    return sources().model(name);
  };
  const auto codec = make_compressor("lm:mine,chunk=128", from);
  EXPECT_EQ(codec->info().model_digest, sources().model("")->digest());
  make_predictor("lm", from);
  make_predictor("torch:other", from);
  EXPECT_EQ(asked, (std::vector<std::string>{"mine", "default", "other"}));
  make_compressor("lm:" + std::string(100, 'n') + ",chunk=65536", from);
  EXPECT_THROW(make_compressor("lm:" + std::string(101, 'n'), from), Error);
}

TEST(Registry, WithoutAMakerTorchIsRefused) {
  try {
    make_compressor("torch:x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
    EXPECT_STREQ(error.what(), "codec 'torch:x' needs the libtorch plugin");
  }
}

TEST(Registry, WithoutASourceOnlyTheModelInsideIsKnown) {
  try {
    make_compressor("lm:never-heard-of");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("never-heard-of"));
  }
}

TEST(Registry, ModelsOfTokensHaveNoChunks) {
  EXPECT_EQ(make_predictor("lm:tokens", sources())->info().alphabet, 1024u);
  EXPECT_EQ(make_compressor("lm:tokens,chunk=0", sources())->info().spec, "lm:tokens");
  EXPECT_THAT(refusal("lm:tokens,chunk=2048"), HasSubstr("model tokens: chunk= is for models of bytes"));
}

TEST(Registry, NumbersHearOnlyModelsOfNumbers) {
  CodecSources from = sources();
  from.model = [](std::string_view name) {
    model::Architecture architecture;
    architecture.width = architecture.state_width = 16;
    architecture.layers = {model::Mixer::kRecurrence};
    architecture.numbers = name == "sound" ? model::Numbers::kSamples : model::Numbers::kPixels;
    if (name != "sound") architecture.row = 64;
    return model::read_model(model::random_model(architecture, 1));
  };
  for (const char* spec : {"pixels,width=64,model=grey", "pixels,width=9,head=15,pad=3,model=grey",
                           "samples,model=sound", "samples,head=44,model=sound"}) {
    const auto codec = make_compressor(spec, from);
    EXPECT_EQ(codec->info().spec, spec);
    EXPECT_FALSE(codec->info().model_digest.empty());
  }
  const auto refusal_of = [&](const char* spec) {
    try {
      make_compressor(spec, from);
      return std::string();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
      return std::string(error.what());
    }
  };
  EXPECT_THAT(refusal_of("pixels,model=sound"), HasSubstr("model sound: it has not learnt grey pixels of 8 bits"));
  EXPECT_THAT(refusal_of("samples,model=grey"), HasSubstr("model grey: it has not learnt mono sound of 8 bits"));
  EXPECT_THAT(refusal_of("pixels,channels=3,model=grey"), HasSubstr("model grey: it has learnt grey pixels"));
  EXPECT_THAT(refusal_of("samples,channels=2,model=sound"), HasSubstr("model sound: it has learnt mono sound"));
}

TEST(Registry, PresetsCoverTheLevelsInOrder) {
  ASSERT_EQ(presets().size(), 9u);
  for (int level = 1; level <= 9; ++level) {
    const Preset& preset = presets()[static_cast<size_t>(level - 1)];
    EXPECT_EQ(preset.level, level);
    EXPECT_EQ(make_compressor(preset.codec)->info().spec, preset.codec) << "not canonical";
    EXPECT_EQ(preset.block_size % 1024, 0u);
    EXPECT_FALSE(preset.advice.empty());
  }
}

TEST(Registry, OnlyWeightsAreParameters) {
  for (const CodecDescription& codec : codecs()) {
    const CompressorInfo info = make_compressor(codec.name, sources())->info();
    const bool trained = codec.name == "lm" || codec.name == "checkpoint";
    EXPECT_EQ(info.parameter_bytes > 0, trained) << codec.name;
    EXPECT_EQ(info.model_digest.empty(), !trained) << codec.name;
    EXPECT_EQ(info.numerics, Numerics::kPortable) << codec.name;
  }
}

}  // namespace
}  // namespace lmzip
