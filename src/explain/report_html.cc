// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/html.h"
#include "explain/numbers.h"
#include "explain/report.h"

namespace lmzip::explain {
namespace {

// One hue over the background, so thin that text keeps its contrast in light and dark.
constexpr std::string_view kStyle = R"(:root{--heat:217 83 25}
pre{margin:1.2rem 0;padding:.8rem 1rem;background:var(--raised);border-radius:6px;font:.9rem/1.7 ui-monospace,SFMono-Regular,
Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:isolate;direction:ltr}
pre span:hover{outline:1px solid var(--text)}
table{border-collapse:collapse;margin:1rem 0}th,td{padding:.2rem .9rem;text-align:right;border-bottom:1px solid var(--rule)}
th:first-child,td:first-child{text-align:left}
.legend{display:flex;flex-wrap:wrap;align-items:center;gap:.15rem;font-size:.82rem;color:var(--soft)}
.legend span{min-width:1.9rem;padding:0 .3rem;text-align:center;color:var(--text);border-radius:2px}
.pictures{display:flex;flex-wrap:wrap;gap:1rem}.pictures figure{flex:1 1 24rem;max-width:60rem}
figure svg{display:block;width:100%;height:auto;border-radius:4px}.wave svg{background:#16181b}
svg rect{fill:transparent}.pictures rect:hover,.wave rect:hover{stroke:#fff;stroke-width:.15%}
@media print{pre,.legend,figure{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
)";

std::string shades() {
  std::string out;
  for (int shade = 1; shade <= kDarkest; ++shade) {
    out += fmt::format(".b{}{{background:rgb(var(--heat)/{:.3f})}}\n", shade, 0.65 * shade / kDarkest);
  }
  return out;
}

/// A byte as a reader names it.
std::string named(uint8_t byte) {
  if (byte == '\n') return "line end";
  if (byte == ' ') return "space";
  return byte > 32 && byte < 127 ? fmt::format("'{}'", static_cast<char>(byte)) : fmt::format("{:02x}", byte);
}

/// What shows when bytes [first, first + size) are pointed at; `running` is the rate up to there.
std::string remark(const Explanation& e, size_t first, size_t size, double running) {
  std::string out;
  for (size_t i = first; i < first + size; ++i) {
    out += fmt::format("{}: {:.2f} bits", named(e.bytes[i]), e.views[0].costs.shown[i]);
    for (size_t v = 1; v < e.views.size(); ++v) {
      out += fmt::format("; {} {:.2f}", e.views[v].codec, e.views[v].costs.shown[i]);
    }
    if (!e.views[0].costs.alternatives.empty()) {
      out += "\nexpected";
      for (const Alternative& one : e.views[0].costs.alternatives[i]) {
        out += fmt::format(" {} {:.1f} %,", named(one.byte), 100 * one.probability);
      }
      out.back() = '\n';
    }
  }
  return out + fmt::format("byte {}, so far {:.3f} bits a byte", e.part.first + first, running);
}

std::string cell(const Explanation& e, size_t first, size_t size, double bits, double running, std::string_view shown) {
  const int shade = shade_of(bits);
  const std::string title = base::escape_markup(remark(e, first, size, running));
  return fmt::format("<span{} title=\"{}\">{}</span>", shade > 0 ? fmt::format(" class=\"b{}\"", shade) : "", title,
                     base::escape_markup(shown));
}

std::string cells(const Explanation& e) {
  const std::vector<double>& costs = e.views[0].costs.shown;
  std::string out;
  double sum = 0;
  const auto running = [&](size_t first, size_t size) {
    for (size_t i = first; i < first + size; ++i) sum += costs[i];
    return sum / static_cast<double>(first + size);
  };
  if (e.as_text) {
    for (const Character& one : characters_of(e)) {
      // A line's end is nothing to point at without a sign.
      const std::string shown = one.shown == "\n" ? "\u21b5\n" : one.shown;
      out += cell(e, one.first, one.size, one.bits, running(one.first, one.size), shown);
    }
    return out;
  }
  constexpr size_t kRow = 16;
  for (size_t i = 0; i < e.bytes.size(); ++i) {
    if (i % kRow == 0) out += fmt::format("{}{:08x}  ", i == 0 ? "" : "\n", e.part.first + i);
    out += cell(e, i, 1, costs[i], running(i, 1), fmt::format("{:02x}", e.bytes[i])) + " ";
  }
  return out + "\n";
}

/// What shows when a part of a picture or of sound is pointed at.
std::string remark(const Explanation& e, const Patch& patch, const std::string& place) {
  std::string out = place;
  size_t best = 0;
  for (size_t v = 0; v < e.views.size(); ++v) {
    out += fmt::format("\n{}: {:.3f} bits a byte", e.views[v].codec, patch.bits_a_byte(v));
    if (patch.bits_a_byte(v) < patch.bits_a_byte(best)) best = v;
  }
  if (e.views.size() > 1) out += fmt::format("\ncheapest: {}", e.views[best].codec);
  return base::escape_markup(out);
}

std::string figure(media::ImageSize size, std::string_view label, const std::string& inside) {
  return fmt::format(
      "<figure><svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\">\n{3}</svg>"
      "<figcaption>{2}</figcaption></figure>\n",
      size.width, size.height, label, inside);
}

std::string image_of(const media::Image& image) {
  return fmt::format("<image width=\"{}\" height=\"{}\" href=\"{}\"/>\n", image.size.width, image.size.height,
                     base::data_uri("image/png", media::write_png(image)));
}

std::string pictures(const Explanation& e) {
  const Picture picture = picture_of(e, 48);
  if (picture.tiles.empty()) return "<p>No pixels here.</p>\n";
  std::string tiles;
  for (const Tile& tile : picture.tiles) {
    const std::string place = fmt::format("x {} to {}, y {} to {}", tile.left, tile.left + tile.width - 1, tile.top,
                                          tile.top + tile.height - 1);
    tiles += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>\n", tile.left,
                         tile.top, tile.width, tile.height, remark(e, tile, place));
  }
  return "<div class=\"pictures\">" + figure(picture.image.size, "what it shows", image_of(picture.image) + tiles) +
         figure(picture.image.size, "bits a byte", image_of(picture.heat) + tiles) + "</div>\n";
}

std::string wave(const Explanation& e) {
  constexpr uint32_t kWidth = 1200, kHeight = 320;
  const std::vector<Column> columns = wave_of(e, kWidth / 2);
  if (columns.empty()) return "<p>No samples here.</p>\n";
  const double step = double{kWidth} / static_cast<double>(columns.size());
  double loudest = 1e-3;
  for (const Column& column : columns) loudest = std::max({loudest, column.high, -column.low});
  std::string bars;
  for (size_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    const double middle = kHeight / 2.0, scale = middle / loudest;
    const double top = middle - column.high * scale, height = std::max(1.0, (column.high - column.low) * scale);
    const Colour colour = glow(column.bits_a_byte());
    const double x = static_cast<double>(i) * step;
    bars += fmt::format(
        "<g><rect x=\"{0:.2f}\" y=\"{2:.2f}\" width=\"{1:.2f}\" height=\"{3:.2f}\" style=\"fill:rgb({4} {5} {6})\"/>"
        "<rect x=\"{0:.2f}\" y=\"0\" width=\"{1:.2f}\" height=\"{7}\"><title>{8}</title></rect></g>\n",
        x, step, top, height, colour.red, colour.green, colour.blue, kHeight,
        remark(e, column, fmt::format("from sample {}", column.first)));
  }
  return "<div class=\"wave\">" + figure({kWidth, kHeight}, "samples, in the colours of their bits a byte", bars) +
         "</div>\n";
}

std::string glow_legend() {
  std::string out = "<p class=\"legend\">bits a byte\u00a0";
  for (int bits = 0; bits <= static_cast<int>(kBrightest); ++bits) {
    const Colour colour = glow(bits);
    out += fmt::format("<span style=\"background:rgb({} {} {});color:{}\">{}</span>", colour.red, colour.green,
                       colour.blue, bits > 5 ? "#000" : "#fff", bits);
  }
  return out + "and more</p>\n";
}

std::string shade_legend() {
  std::string out = "<p class=\"legend\">bits a byte\u00a0";
  for (int shade = 0; shade <= kDarkest; ++shade) out += fmt::format("<span class=\"b{}\">{}</span>", shade, shade);
  return out + "and more</p>\n";
}

std::string body(const Explanation& e) {
  if (!e.numbers) return shade_legend() + "<pre>" + cells(e) + "</pre>\n";
  return glow_legend() + (e.numbers->kind == media::NumberLayout::Kind::kPixels ? pictures(e) : wave(e));
}

}  // namespace

std::string html_report(const Explanation& e) {
  const std::string name = base::escape_markup(e.name);
  std::string out = base::open_page(fmt::format("{}: where the bits go", e.name), std::string(kStyle) + shades());
  out += fmt::format(
      "<h1>{}</h1>\n<p class=\"lead\">Bytes {} to {} of {}: what each takes under {}. Point at {} to see "
      "{}.</p>\n",
      name, e.part.first, e.part.last, e.size, base::escape_markup(e.views[0].codec), e.numbers ? "a place" : "one",
      e.numbers ? "who had it cheapest" : "what was expected there");
  out += "<table><tr><th>codec</th><th>bits a byte, all</th><th>shown</th><th>cheapest</th></tr>\n";
  const std::vector<size_t> won = wins(e);
  for (size_t v = 0; v < e.views.size(); ++v) {
    double shown = 0;
    for (const double bits : e.views[v].costs.shown) shown += bits;
    const double part = std::max<double>(1, static_cast<double>(e.bytes.size()));
    out += fmt::format("<tr><td>{}</td><td>{:.4f}</td><td>{:.4f}</td><td>{:.1f} %</td></tr>\n",
                       base::escape_markup(e.views[v].codec),
                       e.views[v].costs.bits / std::max<double>(1, static_cast<double>(e.size)), shown / part,
                       100 * static_cast<double>(won[v]) / part);
  }
  out +=
      "</table>\n<p class=\"remark\">Cheapest: in how many per cent of the bytes shown it took the fewest bits.</p>\n";
  return out + body(e) + "</body>\n</html>\n";
}

}  // namespace lmzip::explain
