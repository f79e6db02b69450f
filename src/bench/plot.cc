// SPDX-License-Identifier: Apache-2.0
#include "bench/plot.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/html.h"

namespace lmzip::bench {
namespace {

using base::escape_markup;

constexpr double kWidth = 820;                        // of a plot, in the units of its view box
constexpr double kTop = 40, kBottom = 56;             // margins
constexpr double kLineHeight = 340, kBarHeight = 13;  // of the area of lines; of one bar
constexpr double kGroupGap = 16;                      // between groups of bars
constexpr double kCharacter = 6.6;                    // mean width of a character of 12 units, for placing texts
constexpr size_t kLegendCharacters = 32;              // longer names are cut
constexpr size_t kColours = 8;
constexpr double kMostDrawn = 1e18;

/// The first `limit` characters of UTF-8, the last one an ellipsis if there are more.
std::string cut(std::string_view text, size_t limit) {
  const auto starts_character = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; };
  if (static_cast<size_t>(std::ranges::count_if(text, starts_character)) <= limit) return std::string(text);
  size_t characters = 0, end = 0;
  while (end < text.size() && !(starts_character(text[end]) && ++characters == limit)) ++end;
  return std::string(text.substr(0, end)) + "…";
}

std::string text_at(double x, double y, std::string_view classes, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>\n", x, y, classes, escape_markup(text));
}

std::string line(double x1, double y1, double x2, double y2, std::string_view classes) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2, y2,
                     classes);
}

/// Opens the element; the title is for readers and for those who listen.
std::string opened(std::string_view name, std::string_view title, std::string_view description, double height) {
  const std::string id = escape_markup(name);
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" role=\"img\" viewBox=\"0 0 {:.0f} {:.0f}\" "
             "aria-labelledby=\"{}-title {}-desc\">\n<title id=\"{}-title\">{}</title>\n<desc "
             "id=\"{}-desc\">{}</desc>\n",
             kWidth, height, id, id, id, escape_markup(title), id, escape_markup(description)) +
         text_at(8, 20, "heading", cut(title, 100));
}

/// One dimension of a plot: from numbers to places.
class Ruler {
 public:
  /// Numbers from `low` to `high` lie from `begin` to `end`. On a logarithmic scale low > 0.
  Ruler(Scale scale, double low, double high, double begin, double end)
      : scale_(scale), low_(low), high_(high), begin_(begin), end_(end) {}

  double at(double number) const {
    const double part =
        scale_ == Scale::kLinear ? (number - low_) / (high_ - low_) : std::log(number / low_) / std::log(high_ / low_);
    return begin_ + std::clamp(part, 0.0, 1.0) * (end_ - begin_);
  }
  std::vector<double> ticks() const { return bench::ticks(scale_, low_, high_); }
  double begin() const { return begin_; }
  double end() const { return end_; }
  double low() const { return low_; }

 private:
  Scale scale_;
  double low_, high_, begin_, end_;
};

/// What a ruler must cover.
class Extent {
 public:
  explicit Extent(Scale scale) : scale_(scale) {}

  bool can_show(double number) const {
    return number < kMostDrawn && number >= (scale_ == Scale::kLinear ? 0 : 1 / kMostDrawn);
  }
  void add(double number) {
    if (!can_show(number)) return;
    low_ = std::min(low_, number);
    high_ = std::max(high_, number);
  }
  double factor() const { return high_ / low_; }
  Ruler ruler(double begin, double end) const {
    double low = low_, high = high_;
    if (low > high) low = high = 1;  // nothing to show
    if (scale_ == Scale::kLinear) return Ruler(scale_, 0, high > 0 ? high * 1.05 : 1, begin, end);
    const double margin = low == high ? 2 : std::pow(high / low, 0.04);
    return Ruler(scale_, low / margin, high * margin, begin, end);
  }
  /// Bars need a ground to stand on.
  Ruler grounded_ruler(double begin, double end) const {
    if (scale_ == Scale::kLinear || low_ > high_) return ruler(begin, end);
    const double ground = std::pow(10, std::ceil(std::log10(low_)) - 1);
    return Ruler(scale_, ground, high_ * 1.1, begin, end);
  }

 private:
  Scale scale_;
  double low_ = std::numeric_limits<double>::infinity(), high_ = 0;
};

std::string x_axis(const Ruler& x, double top, double bottom, std::string_view label) {
  std::string out;
  for (const double tick : x.ticks()) {
    out += line(x.at(tick), top, x.at(tick), bottom, "grid");
    out += text_at(x.at(tick), bottom + 18, "tick middle", short_number(tick));
  }
  return out + line(x.begin(), bottom, x.end(), bottom, "axis") +
         text_at((x.begin() + x.end()) / 2, bottom + 42, "label middle", label);
}

std::string y_axis(const Ruler& y, double left, double right, std::string_view label) {
  std::string out;
  for (const double tick : y.ticks()) {
    out += line(left, y.at(tick), right, y.at(tick), "grid");
    out += text_at(left - 8, y.at(tick) + 4, "tick end", short_number(tick));
  }
  return out + line(left, y.begin(), left, y.end(), "axis") +
         fmt::format("<text transform=\"translate({:.1f} {:.1f}) rotate(-90)\" class=\"label middle\">{}</text>\n",
                     16.0, (y.begin() + y.end()) / 2, escape_markup(label));
}

/// The outline of the marker of series `index` around the origin.
std::string_view marker(size_t index) {
  constexpr std::string_view kShapes[] = {
      "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",     // disc
      "M-3.6-3.6h7.2v7.2h-7.2z",                // square
      "M0-5L4.6 3.4H-4.6z",                     // triangle
      "M0-5.2L5.2 0L0 5.2L-5.2 0z",             // diamond
      "M0 5L4.6-3.4H-4.6z",                     // triangle on its head
      "M-1.5-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",  // plus
      "M-4.2-2.1L-2.1-4.2L0-2.1L2.1-4.2L4.2-2.1L2.1 0L4.2 2.1L2.1 4.2L0 2.1L-2.1 4.2L-4.2 2.1L-2.1 0z",  // cross
  };
  return kShapes[index % std::size(kShapes)];
}

std::string marker_at(size_t index, double x, double y, std::string_view hover) {
  return fmt::format(
      "<path d=\"{}\" transform=\"translate({:.1f} {:.1f})\" class=\"fill c{}\"><title>{}</title></path>\n",
      marker(index), x, y, index % kColours, escape_markup(hover));
}

/// Labels inside the area: each is moved away from those before it.
class Labels {
 public:
  Labels(double left, double right, double top) : left_(left), right_(right), top_(top) {}

  std::string place(double x, double y, std::string_view text) {
    const double half = kCharacter * static_cast<double>(std::min<size_t>(text.size(), kLegendCharacters)) / 2 + 3;
    const double middle = std::clamp(x, std::min(left_ + half, right_ - half), right_ - half);
    double base = y - 13 > top_ + 12 ? y - 13 : y + 22;
    const auto hit = [&] {
      return std::ranges::any_of(placed_, [&](const Box& box) {
        return std::abs(box.middle - middle) < box.half + half && std::abs(box.base - base) < 14;
      });
    };
    for (int tries = 0; tries < 12 && hit(); ++tries) base += 14;
    placed_.push_back({middle, half, base});
    return text_at(middle, base, "mark middle", cut(text, kLegendCharacters));
  }

 private:
  struct Box {
    double middle, half, base;
  };
  double left_, right_, top_;
  std::vector<Box> placed_;
};

struct Area {
  Ruler x, y;
  Extent shown_x, shown_y;
};

std::string drawn(const Series& series, size_t index, const Area& area, Labels& labels) {
  std::string path, upper, lower, markers, ring;
  bool has_band = false;
  for (size_t i = 0; i < series.points.size(); ++i) {
    const Point& point = series.points[i];
    if (!area.shown_x.can_show(point.x) || !area.shown_y.can_show(point.y)) continue;
    const double x = area.x.at(point.x), y = area.y.at(point.y);
    const auto step = [&](double at) { return fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x, at); };
    // A band that would reach zero ends at the edge of a logarithmic area.
    const double below = std::max(point.y - point.deviation, area.y.low());
    upper += step(area.y.at(point.y + point.deviation));
    lower = fmt::format("L{:.1f} {:.1f}", x, area.y.at(below)) + lower;
    path += step(y);
    has_band = has_band || point.deviation > 0;
    const std::string spread = point.deviation > 0 ? fmt::format(" ± {:.1f}", point.deviation) : "";
    markers +=
        marker_at(index, x, y, fmt::format("{}: {:.1f}{} at {}", series.name, point.y, spread, short_number(point.x)));
    if (series.marked == i) {
      ring = fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"9\" class=\"ring c{}\"/>\n", x, y, index % kColours) +
             labels.place(x, y, series.mark);
    }
  }
  if (path.empty()) return "";
  std::string out;
  if (has_band) out += fmt::format("<path d=\"{}{}z\" class=\"band c{}\"/>\n", upper, lower, index % kColours);
  return out + fmt::format("<path d=\"{}\" class=\"line c{}\"/>\n", path, index % kColours) + markers + ring;
}

std::string legend(const LinePlot& plot, double left) {
  std::string out;
  double y = kTop + 8;
  const auto name_at = [&](const std::string& name) {
    const std::string full = "<g><title>" + escape_markup(name) + "</title>";
    return full + text_at(left + 34, y + 4, "key", cut(name, kLegendCharacters)) + "</g>\n";
  };
  for (size_t i = 0; i < plot.series.size(); ++i, y += 20) {
    out += line(left, y, left + 26, y, fmt::format("line c{}", i % kColours));
    out += marker_at(i, left + 13, y, plot.series[i].name) + name_at(plot.series[i].name);
  }
  for (size_t i = 0; i < plot.levels.size(); ++i, y += 20) {
    const size_t index = plot.series.size() + i;
    out += line(left, y, left + 26, y, fmt::format("level d{} c{}", i % 4, index % kColours));
    out += name_at(plot.levels[i].name);
  }
  return out;
}

double legend_width(const LinePlot& plot) {
  size_t characters = 0;
  for (const Series& series : plot.series) characters = std::max(characters, series.name.size());
  for (const Level& level : plot.levels) characters = std::max(characters, level.name.size());
  return 54 + kCharacter * static_cast<double>(std::min(characters, kLegendCharacters));
}

}  // namespace

std::string short_number(double number) {
  constexpr std::string_view kUnits[] = {"", "K", "M", "G", "T", "P"};
  size_t unit = 0;
  // What three digits would round up to 1000 is 1 of the next unit.
  while (number >= 999.5 && unit + 1 < std::size(kUnits) && !(unit == 0 && number < 9999.5)) {
    number /= 1000;
    ++unit;
  }
  return fmt::format("{:.{}g}{}", number, unit == 0 && number >= 999.5 ? 4 : 3, kUnits[unit]);
}

std::vector<double> ticks(Scale scale, double low, double high) {
  std::vector<double> out;
  const auto keep = [&](double tick) {
    if (tick >= low && tick <= high) out.push_back(tick);
  };
  const double factor = high / low;
  if (scale == Scale::kLog2 && factor >= 4) {
    const int first = static_cast<int>(std::ceil(std::log2(low))), last = static_cast<int>(std::floor(std::log2(high)));
    const int stride = (last - first) / 14 + 1;
    for (int power = first; power <= last; power += stride) keep(std::exp2(power));
  } else if (scale == Scale::kLog10 && factor >= 10) {
    const int first = static_cast<int>(std::floor(std::log10(low)));
    const int last = static_cast<int>(std::ceil(std::log10(high)));
    const int stride = (last - first) / 13 + 1;
    for (int power = first; power <= last; power += stride) {
      const double decade = std::pow(10, power);
      keep(decade);
      if (factor < 5000) {
        keep(2 * decade);
        keep(5 * decade);
      }
    }
  } else {
    const double rough = (high - low) / 6, decade = std::pow(10, std::floor(std::log10(rough)));
    const double step = rough <= decade       ? decade
                        : rough <= 2 * decade ? 2 * decade
                        : rough <= 5 * decade ? 5 * decade
                                              : 10 * decade;
    for (double count = std::ceil(low / step); count * step <= high; ++count) out.push_back(count * step);
  }
  return out;
}

std::string svg(const LinePlot& plot) {
  Extent shown_x(plot.x.scale), shown_y(plot.y.scale);
  for (const Series& series : plot.series) {
    for (const Point& point : series.points) {
      shown_x.add(point.x);
      shown_y.add(point.y);
      shown_y.add(point.y + point.deviation);
    }
  }
  for (const Level& level : plot.levels) shown_y.add(level.y);

  const double left = 66, right = kWidth - legend_width(plot), bottom = kTop + kLineHeight;
  const double legend_bottom = kTop + 20 * static_cast<double>(plot.series.size() + plot.levels.size());
  const Area area{shown_x.ruler(left, right), shown_y.ruler(bottom, kTop), shown_x, shown_y};
  std::string out = opened(plot.name, plot.title, plot.description, std::max(bottom + kBottom, legend_bottom));
  out += x_axis(area.x, kTop, bottom, plot.x.label) + y_axis(area.y, left, right, plot.y.label);
  for (size_t i = 0; i < plot.levels.size(); ++i) {
    if (!shown_y.can_show(plot.levels[i].y)) continue;
    const double y = area.y.at(plot.levels[i].y);
    out += line(left, y, right, y, fmt::format("level d{} c{}", i % 4, (plot.series.size() + i) % kColours));
  }
  Labels labels(left, right, kTop);
  for (size_t i = 0; i < plot.series.size(); ++i) out += drawn(plot.series[i], i, area, labels);
  return out + legend(plot, right + 16) + "</svg>\n";
}

std::string svg(const BarPlot& plot) {
  Extent linear(Scale::kLinear), logarithmic(Scale::kLog10);
  size_t characters = 0;
  for (const BarPlot::Group& group : plot.groups) {
    characters = std::max(characters, std::min(group.name.size(), 2 * kLegendCharacters));
    for (const Bar& bar : group.bars) {
      for (const double number : {bar.value, bar.least, bar.most}) {
        linear.add(number);
        logarithmic.add(number);
      }
    }
  }
  const Extent& shown = logarithmic.factor() > 30 ? logarithmic : linear;
  const double left = 16 + kCharacter * static_cast<double>(characters), right = kWidth - 70;
  const double group_height = kBarHeight * static_cast<double>(plot.kinds.size()) + kGroupGap;
  const double top = kTop + 20, bottom = top + group_height * static_cast<double>(plot.groups.size());
  const Ruler x = shown.grounded_ruler(left, right);

  std::string out = opened(plot.name, plot.title, plot.description, bottom + kBottom);
  for (size_t kind = 0; kind < plot.kinds.size(); ++kind) {
    const double at = left + 140 * static_cast<double>(kind);
    out += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"14\" height=\"10\" class=\"fill c{}\"/>\n", at,
                       kTop - 5, kind % kColours);
    out += text_at(at + 20, kTop + 4, "key", plot.kinds[kind]);
  }
  out += x_axis(x, top, bottom, plot.axis);
  double y = top + kGroupGap / 2;
  for (const BarPlot::Group& group : plot.groups) {
    out +=
        text_at(left - 8, y + (group_height - kGroupGap) / 2 + 4, "tick end", cut(group.name, 2 * kLegendCharacters));
    for (size_t kind = 0; kind < group.bars.size(); ++kind, y += kBarHeight) {
      const Bar& bar = group.bars[kind];
      if (!shown.can_show(bar.value) || bar.value == 0) continue;
      const double end = x.at(bar.value), middle = y + kBarHeight / 2;
      out += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"fill c{}\"/>\n",
                         left, y + 1, std::max(end - left, 1.0), kBarHeight - 2, kind % kColours);
      const double reach = shown.can_show(bar.most) ? std::max(x.at(bar.most), end) : end;
      if (bar.most > bar.least && shown.can_show(bar.least))
        out += line(x.at(bar.least), middle, reach, middle, "whisker");
      out += text_at(reach + 6, middle + 4, "value", short_number(bar.value));
    }
    y += kGroupGap;
  }
  return out + line(left, top, left, bottom, "axis") + "</svg>\n";
}

std::string_view plot_style() {
  // Okabe and Ito's colours, told apart by all kinds of eyes; for dark ground the dark ones are lightened.
  return R"(.plot{--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#a8578a;--c4:#b07a00;--c5:#3a9bd9;--c6:#555;--c7:#6a3d9a;
--ink:#1c1e21;--faint:#5d636b;--grid:#e3e5e8;--ground:#fff;font:12px system-ui,"Segoe UI",Helvetica,Arial,sans-serif}
@media(prefers-color-scheme:dark){.plot{--c0:#56b4e9;--c1:#f08a4b;--c2:#2fc99a;--c3:#e09bc4;--c4:#f0c04a;--c5:#8fd0ff;
--c6:#b5b9bf;--c7:#b79cf0;--ink:#e8eaed;--faint:#a3a9b1;--grid:#33373d;--ground:#16181b}}
@media print{.plot{--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#a8578a;--c4:#b07a00;--c5:#3a9bd9;--c6:#555;--c7:#6a3d9a;
--ink:#000;--faint:#444;--grid:#ddd;--ground:#fff}}
.plot text{fill:var(--ink);stroke:none}.plot .heading{font-size:14px;font-weight:600}
.plot .tick,.plot .value{fill:var(--faint);font-size:11px;font-variant-numeric:tabular-nums}
.plot .middle{text-anchor:middle}.plot .end{text-anchor:end}
.plot .mark{font-weight:600;stroke:var(--ground);stroke-width:3px;paint-order:stroke}
.plot .grid{stroke:var(--grid)}.plot .axis{stroke:var(--faint)}.plot .whisker{stroke:var(--ink);stroke-width:1.2}
.plot .c0{--c:var(--c0)}.plot .c1{--c:var(--c1)}.plot .c2{--c:var(--c2)}.plot .c3{--c:var(--c3)}
.plot .c4{--c:var(--c4)}.plot .c5{--c:var(--c5)}.plot .c6{--c:var(--c6)}.plot .c7{--c:var(--c7)}
.plot .line{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round}
.plot .fill{fill:var(--c)}.plot .band{fill:var(--c);fill-opacity:.14}
.plot .ring{fill:none;stroke:var(--c);stroke-width:1.8}
.plot .level{stroke:var(--c);stroke-width:1.6;stroke-dasharray:7 4}
.plot .d1{stroke-dasharray:2 3}.plot .d2{stroke-dasharray:9 3 2 3}.plot .d3{stroke-dasharray:14 5}
)";
}

std::string standalone(std::string_view element) {
  const size_t inside = element.find('>') + 1;
  return fmt::format("{}\n<style>\n{}.plot{{background:var(--ground)}}\n</style>{}", element.substr(0, inside),
                     plot_style(), element.substr(inside));
}

}  // namespace lmzip::bench
