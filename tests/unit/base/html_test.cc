// SPDX-License-Identifier: Apache-2.0
#include "base/html.h"

#include <gmock/gmock.h>

#include <string>

#include "unit/base/well_formed.h"

namespace lmzip::base {
namespace {

std::string uri(std::string_view text) {
  return data_uri("a/b", {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

TEST(Html, MarkupBecomesEntitiesAndControlCharactersVisible) {
  EXPECT_EQ(escape_markup("<a href=\"x\" b='y'>&amp;</a>"),
            "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
  EXPECT_EQ(escape_markup(std::string_view("\0\x1b\x7f", 3)), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(escape_markup("\tZo\u00EB\n"), "\tZo\u00EB\n");
}

TEST(Html, Base64IsThatOfTheStandard) {
  // RFC 4648, section 10.
  EXPECT_EQ(uri(""), "data:a/b;base64,");
  EXPECT_EQ(uri("f"), "data:a/b;base64,Zg==");
  EXPECT_EQ(uri("fo"), "data:a/b;base64,Zm8=");
  EXPECT_EQ(uri("foo"), "data:a/b;base64,Zm9v");
  EXPECT_EQ(uri("foob"), "data:a/b;base64,Zm9vYg==");
  EXPECT_EQ(uri("fooba"), "data:a/b;base64,Zm9vYmE=");
  EXPECT_EQ(uri("foobar"), "data:a/b;base64,Zm9vYmFy");
  EXPECT_EQ(uri("\xFB\xEF\xBE\xFF\xFF\xFF"), "data:a/b;base64,++++////") << "the last digits, and bytes above 127";
}

TEST(Html, APageIsWellFormedWhateverItsTitle) {
  for (const std::string_view title : {"", "lmzip", "</title><script>\"'&"}) {
    EXPECT_EQ(markup_fault(open_page(title, "b{color:red}\n") + "</body>\n</html>\n"), "");
  }
}

}  // namespace
}  // namespace lmzip::base
