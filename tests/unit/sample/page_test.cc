// SPDX-License-Identifier: Apache-2.0
#include "sample/page.h"

#include <gmock/gmock.h>

#include <limits>
#include <string>

#include "base/utf8.h"
#include "sample/samples.h"
#include "unit/base/well_formed.h"

namespace lmzip::sample {
namespace {

using base::markup_fault;
using testing::HasSubstr;
using testing::Not;

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

/// Of a page with this text only: what stands in its <pre>, behind the line end that browsers leave out.
std::string shown(std::string_view text, std::vector<float> bits = {}) {
  PageSection section;
  section.texts = {{"label", "note", bytes_of(text), std::move(bits)}};
  const std::string page = render_html({"title", "", {section}, ""});
  EXPECT_EQ(markup_fault(page), "") << text;
  const size_t begin = page.find("<pre>\n") + 6;
  return page.substr(begin, page.find("</pre>") - begin);
}

/// Everywhere `text`.
Page filled(const std::string& text) {
  const Bytes bytes = bytes_of(text);
  PageSection section;
  section.title = section.text = text;
  section.pictures = {{text, text, bytes}};
  section.sounds = {{text, text, bytes, bytes}};
  section.texts = {{text, text, bytes, std::vector<float>(bytes.size(), 1)}};
  return {text, text, {section, section}, text};
}

size_t count(std::string_view text, std::string_view part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Page, IsWellFormedWhateverItsFieldsHold) {
  std::string all(256, ' ');
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>(i);
  for (const std::string& text : {std::string(), std::string("plain"), std::string("<b>&\"'</b></script>--]]>"), all,
                                  std::string(3, '\0'), std::string("\xC3"), std::string("\xED\xA0\x80\xF5\x80")}) {
    const std::string page = render_html(filled(text));
    EXPECT_EQ(markup_fault(page), "");
    base::VisibleText visible;
    EXPECT_EQ(visible.add(bytes_of(page)) + visible.finish(), page) << "UTF-8 without control characters";
  }
}

TEST(Page, ShowsEachFieldAndLetsNoneBeMarkup) {
  const std::string page = render_html(filled("<i>&\"'</i>"));
  EXPECT_THAT(page, Not(HasSubstr("<i>")));
  // Title and heading; lead; two entries of the contents; foot; and of each section its title and text, label and note
  // of picture, sound and text, what picture, spectrogram and player are called, and the text itself.
  EXPECT_EQ(count(page, "&lt;i&gt;&amp;&quot;&#39;&lt;/i&gt;"), 2u + 1 + 2 + 1 + 2 * (2 + 6 + 3 + 1));
}

TEST(Page, NamesTheBytesThatNoTextCanShow) {
  EXPECT_THAT(shown(std::string_view("a\0\xFF\x1B"
                                     "b\r",
                                     6)),
              "a<span class=\"x\">\\x00\\xff\\x1b</span>b<span class=\"x\">\\x0d</span>");
  EXPECT_EQ(shown("Zo\u00EB\t\n\u20AC"), "Zo\u00EB\t\n\u20AC")
      << "tabs, line ends and characters of several bytes stay";
  EXPECT_EQ(shown("\xE2\x82"), "<span class=\"x\">\\xe2\\x82</span>") << "a character cut at the end";
  EXPECT_EQ(shown("\\x41"), "\\x41") << "that was text";
}

TEST(Page, KeepsTheLineEndThatBeginsAText) {
  // shown() takes off the one that browsers do not show.
  EXPECT_EQ(shown("\na"), "\na");
}

TEST(Page, ShadesBytesByTheirBitsAndRunsTogether) {
  EXPECT_EQ(shown("abcd", {0.2f, 0.4f, 7.6f, 99}),
            "<span class=\"b0\">ab</span><span class=\"b8\">c</span><span class=\"b12\">d</span>");
  EXPECT_EQ(shown("\u00EB", {1, 4.2f}), "<span class=\"b3\">\u00EB</span>") << "the mean of its bytes";
  EXPECT_EQ(shown("\xFF", {5}), "<span class=\"x b5\">\\xff</span>");
  EXPECT_EQ(shown("abc", {1}), "<span class=\"b1\">a</span>bc") << "bits not known";
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(shown("abc", {std::numeric_limits<float>::quiet_NaN(), kInfinity, -1}),
            "a<span class=\"b12\">b</span><span class=\"b0\">c</span>");
}

TEST(Page, HasALegendWhereThereAreShades) {
  Page page = filled("a");
  EXPECT_EQ(count(render_html(page), "class=\"legend\""), 2u);
  for (PageSection& section : page.sections) section.texts[0].bits.clear();
  EXPECT_EQ(count(render_html(page), "class=\"legend\""), 0u);
}

TEST(Page, SaysSoWhereAPartIsEmpty) {
  const std::string page = render_html(filled(""));
  EXPECT_EQ(count(page, "no picture"), 4u) << "two pictures and two spectrograms";
  EXPECT_EQ(count(page, "no sound"), 2u);
  EXPECT_EQ(count(page, "nothing</p>"), 2u);
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("<audio")));
  EXPECT_EQ(markup_fault(render_html({})), "");
}

TEST(Page, PartsParagraphsAtEmptyLines) {
  const std::string page = render_html({"t", "one\ntwo\n\nthree\n\n\n\n \n\nfour", {}, "foot"});
  EXPECT_THAT(page,
              HasSubstr("<p class=\"lead\">one\ntwo</p>\n<p class=\"lead\">three</p>\n<p class=\"lead\">four</p>\n"));
}

TEST(Page, PicturesSayTheirSizeAndNothingIsLoadedFromElsewhere) {
  PageSection section;
  section.pictures = {{"original", "", Bytes(sample_image().begin(), sample_image().end())}};
  const std::string page = render_html({"t", "", {section}, ""});
  EXPECT_THAT(
      page,
      HasSubstr("<img width=\"500\" height=\"290\" alt=\"Picture: original\" src=\"data:image/png;base64,iVBORw0KGgo"));
  EXPECT_EQ(count(page, "src=\""), count(page, "src=\"data:"));
  EXPECT_THAT(page, Not(HasSubstr("url(")));
  EXPECT_THAT(page, Not(HasSubstr("<link")));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
}

}  // namespace
}  // namespace lmzip::sample
