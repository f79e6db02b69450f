// SPDX-License-Identifier: Apache-2.0
// The battery on every codec of the registry.
#include "unit/codec/compressor_battery.h"

#include <algorithm>
#include <cctype>
#include <memory>

#include "lmzip/registry.h"
#include "unit/codec/sources.h"

namespace lmzip::test {
namespace {

struct Case {
  std::string spec;
  Effort effort;
};

class Battery : public testing::TestWithParam<Case> {
 protected:
  std::unique_ptr<Compressor> codec_ = make_compressor(GetParam().spec, sources());
  const Effort& effort_ = GetParam().effort;
};

TEST_P(Battery, RestoresEverything) { expect_restores_everything(*codec_, effort_); }
TEST_P(Battery, WritesPieceByPieceWhatItReturns) { expect_writes_everything(*codec_, effort_); }
TEST_P(Battery, BlocksAreIndependent) { expect_independent_blocks(*codec_, effort_); }
TEST_P(Battery, ServesSeveralThreads) { expect_thread_safe(*codec_, effort_); }
TEST_P(Battery, SurvivesDamage) { expect_survives_damage(*codec_, effort_); }
TEST_P(Battery, StopsWhenAsked) { expect_stops(*codec_, effort_); }

/// Every codec with its defaults, and the settings that take other paths.
std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const CodecDescription& codec : codecs()) {
    cases.push_back({std::string(codec.name), codec.is_predictor ? kSlow : kFast});
  }
  for (const char* spec : {"gzip:1", "lzma2:0", "lzma2:9e", "png:1", "png:9,width=64", "png:6,width=65535",
                           "png:6,width=1", "flac:0", "flac:8,bits=16"}) {
    cases.push_back({spec, kFast});
  }
  for (const char* spec : {"mix:1", "mix:9", "lm:tokens", "checkpoint,top=3", "mix:2,model=small"})
    cases.push_back({spec, kSlow});
  // Layouts of which no input of the battery is a whole number: every way in which a block can end within one.
  for (const char* spec :
       {"pixels,width=1", "pixels,width=5,channels=3,head=7,pad=1", "pixels,width=3,bits=16,channels=3",
        "pixels,width=64,bits=16,order=big,head=15", "samples,bits=16,channels=2,head=45", "samples,bits=16,order=big",
        "samples,bits=24,head=2", "samples,bits=24,channels=5,order=big"}) {
    cases.push_back({spec, kSlow});
  }
#if LMZIP_HAVE_ZSTD
  for (const char* spec : {"zstd:1", "zstd:22"}) cases.push_back({spec, kFast});
#endif
  return cases;
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.spec;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Codecs, Battery, testing::ValuesIn(all_cases()), name_of);

}  // namespace
}  // namespace lmzip::test
