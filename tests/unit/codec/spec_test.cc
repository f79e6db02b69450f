// SPDX-License-Identifier: Apache-2.0
#include "codec/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lmzip/error.h"

namespace lmzip::codec {
namespace {

using testing::HasSubstr;

/// The message with which `work` fails; "" if it does not. Checks that the kind is kUsage.
template <typename Work>
std::string refusal(Work work) {
  try {
    work();
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_EQ(
        std::string(error.what())
            .find_first_not_of(
                " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"),
        std::string::npos)
        << "not printable: " << error.what();
    return error.what();
  }
}

std::string parse_refusal(const std::string& text) {
  return refusal([&] { Spec{text}; });
}

TEST(Spec, HasNameValueAndOptions) {
  Spec spec("flac:8,bits=16,width=64");
  EXPECT_EQ(spec.name(), "flac");
  EXPECT_EQ(spec.value(), "8");
  EXPECT_EQ(spec.level({0, 8, 5}), 8u);
  EXPECT_EQ(spec.option("bits", {8, 16, 8}), 16u);
  EXPECT_EQ(spec.option("width", {0, 100, 0}), 64u);
  EXPECT_EQ(refusal([&] { spec.finish("anything"); }), "");
}

TEST(Spec, AbsentPartsAreTheDefaults) {
  Spec spec("order3");
  EXPECT_EQ(spec.name(), "order3");
  EXPECT_EQ(spec.value(), "");
  EXPECT_EQ(spec.level({1, 9, 5}), 5u);
  EXPECT_EQ(spec.option("bits", {8, 16, 8}), 8u);
  EXPECT_EQ(refusal([&] { spec.finish("none"); }), "");
}

TEST(Spec, OptionsNeedNoValueBefore) {
  Spec spec("png,width=64");
  EXPECT_EQ(spec.value(), "");
  EXPECT_EQ(spec.option("width", {0, 100, 0}), 64u);
}

TEST(Spec, RefusesWhatTheGrammarDoesNotHave) {
  for (const char* text : {"",
                           ":",
                           ",",
                           "=",
                           ":9",
                           "9gzip",
                           "Gzip",
                           " gzip",
                           "gzip ",
                           "gz ip",
                           "-gzip",
                           "gzip/9",
                           "gzip:",
                           "gzip: 9",
                           "gzip:+9",
                           "gzip:9:9",
                           "gzip:9,",
                           "gzip,",
                           "gzip,,",
                           "gzip,a",
                           "gzip,a=",
                           "gzip,=9",
                           "gzip,A=9",
                           "gzip,a=9=9",
                           "gzip,a=9,",
                           "gzip,a=9,a=9",
                           "gzip:9,a:9",
                           "gzip\n",
                           "gzip:9,a=9;",
                           "gzip=9",
                           "gr\xC3\xB6\xC3\x9F"
                           "e"}) {
    EXPECT_NE(parse_refusal(text), "") << text;
  }
  EXPECT_NE(parse_refusal(std::string("gzip\0", 5)), "");
}

TEST(Spec, NamesTheOffendingPart) {
  EXPECT_THAT(parse_refusal("Gzip"), HasSubstr("'Gzip' is not a codec name"));
  EXPECT_THAT(parse_refusal("gzip:9 "), HasSubstr("'9 ' after ':' is not a value"));
  EXPECT_THAT(parse_refusal("gzip:9,b,c=1"), HasSubstr("'b' is not an option KEY=VALUE"));
  EXPECT_EQ(parse_refusal("png,width=1,width=2"), "codec 'png,width=1,width=2': option 'width' is given twice");
}

TEST(Spec, MessagesCannotCarryControlCharacters) {
  EXPECT_THAT(parse_refusal("\x1B[2Jgzip\r\n"), HasSubstr("'\\x1b[2Jgzip\\x0d\\x0a' is not a codec name"));
  EXPECT_NE(parse_refusal("gzip:\x07"), "");
  EXPECT_NE(parse_refusal("gzip,\xFF=\x80"), "");
}

TEST(Spec, RefusesLongText) {
  const std::string name(Spec::kMaxLength, 'a');
  EXPECT_EQ(Spec(name).name(), name);
  EXPECT_THAT(parse_refusal(name + "a"), HasSubstr("longer than 255 bytes"));
  EXPECT_LT(parse_refusal(std::string(1 << 20, '\xFF')).size(), 2000u);
}

TEST(Spec, NumbersAreWholeAndInRange) {
  const auto level = [](const char* text) { return refusal([&] { Spec(text).level({1, 9, 5}); }); };
  EXPECT_EQ(level("x:1"), "");
  EXPECT_EQ(level("x:9"), "");
  EXPECT_EQ(level("x:10"), "codec 'x:10': level '10' is not a whole number in 1-9");
  for (const char* text : {"x:0", "x:-1", "x:9e", "x:9.0", "x:1_", "x:a", "x:4294967297", "x:99999999999999999999"}) {
    EXPECT_NE(level(text), "") << text;
  }
  EXPECT_EQ(refusal([] {
              Spec("x,bits=7").option("bits", {8, 16, 8});
            }),
            "codec 'x,bits=7': bits '7' is not a whole number in 8-16");
}

TEST(Spec, ChoicesAreWordsOfAList) {
  const auto chosen = [](const char* text) { return Spec(text).choice("by", {"hand", "machine"}); };
  EXPECT_EQ(chosen("x"), 0u);
  EXPECT_EQ(chosen("x,by=hand"), 0u);
  EXPECT_EQ(chosen("x,by=machine"), 1u);
  EXPECT_EQ(refusal([&] { chosen("x,by=mach"); }), "codec 'x,by=mach': by 'mach' is not one of hand, machine");
}

TEST(Spec, RefusesWhatNobodyClaims) {
  EXPECT_EQ(refusal([] { Spec("store:5").finish("none"); }),
            "codec 'store:5': 'store' takes no value, but has '5'; options: none");
  EXPECT_EQ(refusal([] {
              Spec spec("gzip:5,width=3");
              spec.level({1, 9, 9});
              spec.finish("level 1-9");
            }),
            "codec 'gzip:5,width=3': 'gzip' has no option 'width'; options: level 1-9");
}

}  // namespace
}  // namespace lmzip::codec
