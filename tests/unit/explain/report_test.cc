// SPDX-License-Identifier: Apache-2.0
#include "explain/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

#include "unit/base/well_formed.h"

namespace lmzip::explain {
namespace {

using testing::HasSubstr;
using testing::Not;

Explanation explanation(std::string_view text, bool as_text) {
  Explanation e;
  e.name = "<a & \"b\">";
  e.size = text.size();
  e.part = {0, text.size()};
  e.bytes.assign(text.begin(), text.end());
  e.as_text = as_text;
  e.views.resize(2);
  e.views[0].codec = "one";
  e.views[1].codec = "other";
  for (size_t i = 0; i < text.size(); ++i) {
    e.views[0].costs.shown.push_back(static_cast<double>(i % 20));
    e.views[0].costs.alternatives.push_back({{'<', 0.5}, {'\n', 0.25}, {0xFF, 0.125}});
    e.views[1].costs.shown.push_back(10);
  }
  return e;
}

constexpr std::string_view kHostile = "<b>&\x1b[31m\x07 \xC3\xA9 \xFF\xFE \xE2\x80\xAE \"'\r\n\tend\n";

TEST(Report, IsWellFormedWhateverTheTextHolds) {
  for (const bool as_text : {true, false}) {
    for (const std::string_view text : {std::string_view(), std::string_view("x"), kHostile}) {
      const std::string page = html_report(explanation(text, as_text));
      EXPECT_EQ(base::markup_fault(page), "");
      EXPECT_THAT(page, Not(HasSubstr("\x1b")));
    }
  }
}

TEST(Report, ShowsATerminalNothingThatItWouldObey) {
  for (const bool as_text : {true, false}) {
    const std::string plain = terminal_report(explanation(kHostile, as_text), false);
    EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
    EXPECT_THAT(plain, Not(HasSubstr("\x07")));
    const std::string coloured = terminal_report(explanation(kHostile, as_text), true);
    EXPECT_THAT(coloured, HasSubstr("\x1b[48;5;"));
    EXPECT_THAT(coloured, Not(HasSubstr("\x1b[31m")));
  }
}

TEST(Report, TellsWhatEachLineTakes) {
  const std::string text = terminal_report(explanation("abc\nde", true), false);
  EXPECT_THAT(text, HasSubstr("  1.50 | abc\n"));  // 0 1 2 and 3 of the line's end
  EXPECT_THAT(text, HasSubstr("  4.50 | de\n"));
}

TEST(Report, CountsWhoHadABytesCheapest) {
  const Explanation e = explanation("abcdefghijklmnopqrst", true);  // 0..19 against 10
  EXPECT_EQ(wins(e), (std::vector<size_t>{11, 9}));
  EXPECT_THAT(terminal_report(e, false), HasSubstr("55.0 %"));
}

TEST(Report, KeepsTheBytesOfACharacterTogether) {
  const std::vector<Character> all = characters_of(explanation("a\xC3\xA9\xFF", true));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[1].size, 2u);
  EXPECT_EQ(all[1].shown, "\xC3\xA9");
  EXPECT_DOUBLE_EQ(all[1].bits, 1.5);
  EXPECT_EQ(all[2].shown, "\\xff");
}

TEST(Report, KnowsTextFromOtherBytes) {
  const auto of = [](std::string_view text) {
    return is_text({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  };
  EXPECT_TRUE(of(""));
  EXPECT_TRUE(of("plain text\n"));
  EXPECT_TRUE(of("na\xC3\xAFve"));
  EXPECT_FALSE(of(std::string_view("\0\1\2\3abcd", 8)));
  EXPECT_FALSE(of("\xFF\xD8\xFF\xE0JFIF"));
}

}  // namespace
}  // namespace lmzip::explain
