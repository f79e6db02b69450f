// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/html.h"
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
@media print{pre,.legend{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
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

}  // namespace

std::string html_report(const Explanation& e) {
  const std::string name = base::escape_markup(e.name);
  std::string out = base::open_page(fmt::format("{}: where the bits go", e.name), std::string(kStyle) + shades());
  out += fmt::format(
      "<h1>{}</h1>\n<p class=\"lead\">Bytes {} to {} of {}: what each takes under {}. Point at one to see "
      "what was expected there.</p>\n",
      name, e.part.first, e.part.last, e.size, base::escape_markup(e.views[0].codec));
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
  out += "<p class=\"legend\">bits a byte\u00a0";
  for (int shade = 0; shade <= kDarkest; ++shade) out += fmt::format("<span class=\"b{}\">{}</span>", shade, shade);
  return out + "and more</p>\n<pre>" + cells(e) + "</pre>\n</body>\n</html>\n";
}

}  // namespace lmzip::explain
