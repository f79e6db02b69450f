// SPDX-License-Identifier: Apache-2.0
// Plots as SVG. Pure functions: the same plot gives the same text everywhere, whatever the locale. Without script and
// without anything to load. All texts are escaped, so they may come from anywhere, in UTF-8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmzip::bench {

/// `number` with K, M, G or T, three digits: "232K", "3.29M". In [0, 1e18).
std::string short_number(double number);

enum class Scale : uint8_t { kLinear, kLog2, kLog10 };

/// Where the ticks of an axis from `low` to `high` stand: in order, inside, between 2 and 14 of them. low < high, both
/// finite; above 0 if logarithmic. Linear: multiples of 1, 2 or 5 times a power of ten. kLog2: powers of two. kLog10:
/// powers of ten, between them 2 and 5 times these if that is room for; less than that apart, as if linear.
std::vector<double> ticks(Scale scale, double low, double high);

struct Axis {
  std::string label = {};
  Scale scale = Scale::kLinear;  ///< linear ones begin at 0
};

/// Numbers outside [0, 1e18), and those below 1e-18 where the axis is logarithmic, are not drawn.
struct Point {
  double x = 0, y = 0;
  double deviation = 0;  ///< half the height of the band
};

/// A line through its points, which are in order of x, with a marker at each.
struct Series {
  std::string name = {};
  std::vector<Point> points = {};
  std::optional<size_t> marked = std::nullopt;  ///< index of a point to ring
  std::string mark = {};                        ///< what is written beside it
};

/// A dashed horizontal line.
struct Level {
  std::string name = {};
  double y = 0;
};

struct LinePlot {
  std::string name = {};   ///< for a file, and unique in a page: "scaling-enwik9"
  std::string title = {};  ///< drawn above it
  std::string description = {};
  Axis x = {}, y = {};
  std::vector<Series> series = {};
  std::vector<Level> levels = {};
};

/// Horizontal bars in groups, with whiskers; logarithmic when they differ much.
struct Bar {
  double value = 0, least = 0, most = 0;
};
struct BarPlot {
  std::string name = {}, title = {}, description = {};
  std::string axis = {};                ///< label
  std::vector<std::string> kinds = {};  ///< of the bars of a group
  struct Group {
    std::string name = {};
    std::vector<Bar> bars = {};  ///< one of each kind
  };
  std::vector<Group> groups = {};
};

/// An <svg> element with title and description. It is drawn with the classes that plot_style() defines.
std::string svg(const LinePlot& plot);
std::string svg(const BarPlot& plot);

/// CSS for light and dark surroundings and for print.
std::string_view plot_style();

/// `element`, made by svg(), as a file of its own.
std::string standalone(std::string_view element);

}  // namespace lmzip::bench
