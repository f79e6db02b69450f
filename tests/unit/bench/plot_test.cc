// SPDX-License-Identifier: Apache-2.0
#include "bench/plot.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "unit/base/well_formed.h"

namespace lmzip::bench {
namespace {

using base::markup_fault;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

LinePlot plot_of(std::vector<Point> points) {
  return {.name = "p", .title = "t", .x = {"x", Scale::kLog2}, .y = {"y"}, .series = {{.name = "s", .points = points}}};
}

size_t count(std::string_view text, std::string_view part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Ticks, OfLinearAxesAreRoundNumbers) {
  EXPECT_THAT(ticks(Scale::kLinear, 0, 105), ElementsAre(0, 20, 40, 60, 80, 100));
  EXPECT_THAT(ticks(Scale::kLinear, 17, 31), ElementsAre(20, 25, 30));
}

TEST(Ticks, OfLogarithmicAxesArePowersAndOfNarrowOnesRoundNumbers) {
  EXPECT_THAT(ticks(Scale::kLog2, 0.9, 2200), ElementsAre(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048));
  EXPECT_THAT(ticks(Scale::kLog10, 9, 1100), ElementsAre(10, 20, 50, 100, 200, 500, 1000));
  EXPECT_THAT(ticks(Scale::kLog10, 90, 1.1e7), ElementsAre(1e2, 1e3, 1e4, 1e5, 1e6, 1e7));
  EXPECT_THAT(ticks(Scale::kLog10, 17, 31), ElementsAre(20, 25, 30));
}

TEST(Ticks, AreFewAndInsideWhateverTheRange) {
  for (const Scale scale : {Scale::kLinear, Scale::kLog2, Scale::kLog10}) {
    for (double low = 1e-9; low < 1e17; low *= 37) {
      for (double factor = 1.01; factor < 1e18; factor *= 3.3) {
        const std::vector<double> all = ticks(scale, low, low * factor);
        EXPECT_GE(all.size(), 2U) << low << " " << factor;
        EXPECT_LE(all.size(), 14U) << low << " " << factor;
        EXPECT_TRUE(std::ranges::is_sorted(all));
        EXPECT_TRUE(all.front() >= low && all.back() <= low * factor);
      }
    }
  }
}

TEST(ShortNumber, HasThreeDigitsAndAUnit) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(0.25), "0.25");
  EXPECT_EQ(short_number(2048), "2048");
  EXPECT_EQ(short_number(231936), "232K");
  EXPECT_EQ(short_number(3286272), "3.29M");
  EXPECT_EQ(short_number(999999), "1M");
  EXPECT_EQ(short_number(7e10), "70G");
}

TEST(LinePlot, IsWellFormedWithAnyTextInIt) {
  LinePlot plot = plot_of({{1, 50, 10}, {2048, 20, 30}});
  plot.title = plot.description = plot.series[0].name = plot.x.label = plot.series[0].mark =
      "<a href='x'>&\"\x01 \U0001F600";
  plot.series[0].marked = 1;
  plot.levels = {{"]]>", 30}};
  EXPECT_EQ(markup_fault(svg(plot)), "");
  EXPECT_EQ(markup_fault(standalone(svg(plot))), "");
  EXPECT_THAT(svg(plot), Not(HasSubstr("<a ")));
}

TEST(LinePlot, CutsLongNamesBetweenCharacters) {
  LinePlot plot = plot_of({{1, 1}, {2, 2}});
  plot.series[0].name.clear();
  for (int i = 0; i < 100; ++i) plot.series[0].name += "€";
  std::string cut;
  for (int i = 0; i < 31; ++i) cut += "€";
  EXPECT_THAT(svg(plot), HasSubstr(">" + cut + "…<"));
}

TEST(LinePlot, LeavesOutWhatItCannotShow) {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const std::string text = svg(plot_of({{0, 5}, {1, nan}, {2, infinity}, {4, -1}, {8, 1e300}, {16, 7}}));
  EXPECT_EQ(count(text, "<path"), 3U) << text;  // the line, one marker, and the marker of the legend
  EXPECT_THAT(text, Not(HasSubstr("nan")));
  EXPECT_THAT(text, Not(HasSubstr("inf")));
  EXPECT_EQ(markup_fault(svg(plot_of({}))), "");
}

TEST(LinePlot, RingsTheMarkedPointOnly) {
  LinePlot plot = plot_of({{1, 9}, {2, 3}, {4, 5}});
  EXPECT_EQ(count(svg(plot), "<circle"), 0U);
  plot.series[0].marked = 1;
  plot.series[0].mark = "best one";
  EXPECT_EQ(count(svg(plot), "<circle"), 1U);
  EXPECT_THAT(svg(plot), HasSubstr(">best one<"));
}

TEST(LinePlot, HasABandWhereThereIsADeviation) {
  EXPECT_EQ(count(svg(plot_of({{1, 9}, {2, 3}})), "class=\"band"), 0U);
  EXPECT_EQ(count(svg(plot_of({{1, 9, 1}, {2, 3, 0}})), "class=\"band"), 1U);
}

TEST(BarPlot, DrawsEachBarAndWhiskersWhereRunsDiffer) {
  BarPlot plot{.name = "b", .title = "t", .axis = "a", .kinds = {"in", "out"}};
  plot.groups = {{"<one>", {{10, 9, 11}, {20, 20, 20}}}, {"two", {{1e6, 1e6, 1e6}, {0, 0, 0}}}};
  const std::string text = svg(plot);
  EXPECT_EQ(markup_fault(text), "");
  EXPECT_EQ(count(text, "<rect"), 2U + 3U);  // the legend, and no bar for nothing
  EXPECT_EQ(count(text, "whisker"), 1U);
  EXPECT_EQ(markup_fault(svg(BarPlot{})), "");
}

}  // namespace
}  // namespace lmzip::bench
