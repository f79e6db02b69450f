// SPDX-License-Identifier: Apache-2.0
#include "sample/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>

#include "base/html.h"
#include "base/utf8.h"

namespace lmzip::sample {
namespace {

/// Shades go in steps of a bit up to this one, which stands for all above.
constexpr int kDarkest = 12;

// Colours of shades are one hue over the background, so thin that text keeps its contrast in light and dark. Line ends
// and spaces of texts stay as they are; a text cannot turn the direction of what stands beside it.
constexpr std::string_view kStyle = R"(:root{--heat:217 83 25}
.cells{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,var(--cell)),1fr));gap:1.4rem 1.6rem;
margin:1.2rem 0;align-items:end}
.cells.texts{--cell:30rem;align-items:start}.cells.sounds{--cell:24rem}
figcaption b{display:block;color:var(--text);font-size:.95rem;overflow-wrap:anywhere}
figcaption{margin-bottom:.35rem;overflow-wrap:anywhere}
img{display:block;width:100%;height:auto;image-rendering:pixelated;background:var(--raised);border-radius:3px;
outline:1px solid var(--rule);outline-offset:-1px}
audio{display:block;width:100%;height:2.4rem;margin-top:.5rem}
pre{margin:0;padding:.8rem 1rem;background:var(--raised);border-radius:6px;font:.84rem/1.6 ui-monospace,SFMono-Regular,
Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:isolate;direction:ltr}
.x{font-size:.8em;font-style:italic;color:var(--soft)}.x[class*=" b"]{color:inherit;opacity:.85}
.absent{color:var(--soft);font-style:italic}
.legend{display:flex;flex-wrap:wrap;align-items:center;gap:.15rem;font-size:.82rem;color:var(--soft)}
.legend span{min-width:1.9rem;padding:0 .3rem;text-align:center;color:var(--text);border-radius:2px}
.legend em{font-style:normal;margin:0 .5rem 0 0}
footer{margin-top:3rem;padding-top:.9rem;border-top:2px solid var(--rule);font-size:.87rem;color:var(--soft)}
@media print{@page{size:A4;margin:14mm}audio{display:none}.cells{gap:1rem;grid-template-columns:1fr 1fr}
.cells.texts{grid-template-columns:1fr}.remark,.legend{break-after:avoid}
pre{border:1px solid var(--rule);background:none}pre,.legend{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
)";

/// What could not be seen, or is no UTF-8, as \xNN.
std::string visible(ByteSpan text) {
  base::VisibleText all;
  std::string shown = all.add(text);
  return shown += all.finish();
}

std::string visible(std::string_view text) {
  return visible({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

/// Plain text as markup.
std::string plain(std::string_view text) { return base::escape_markup(visible(text)); }

std::string paragraphs(std::string_view text, std::string_view style) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find("\n\n"), text.size());
    const std::string_view paragraph = text.substr(0, end);
    if (paragraph.find_first_not_of(" \n\t") != paragraph.npos)
      out += fmt::format("<p class=\"{}\">{}</p>\n", style, plain(paragraph));
    text.remove_prefix(std::min(text.size(), end + 2));
  }
  return out;
}

std::string caption(std::string_view label, std::string_view note) {
  return fmt::format("<figcaption><b>{}</b>{}</figcaption>\n", plain(label), plain(note));
}

/// Width and height as the head of a PNG file has them; 0 for what is none.
std::pair<uint32_t, uint32_t> size_of(ByteSpan png) {
  if (png.size() < 24) return {};
  const auto number = [&](size_t at) {
    return std::accumulate(&png[at], &png[at] + 4, 0u, [](uint32_t sum, uint8_t byte) { return sum << 8 | byte; });
  };
  return {number(16), number(20)};
}

std::string image(ByteSpan png, std::string_view meaning) {
  if (png.empty()) return "<p class=\"absent\">no picture</p>\n";
  const auto [width, height] = size_of(png);
  return fmt::format("<img width=\"{}\" height=\"{}\" alt=\"{}\" src=\"{}\"/>\n", width, height, plain(meaning),
                     base::data_uri("image/png", png));
}

/// Cells as wide as the widest picture, so that no pixel is lost where there is room, but not tiny.
std::string rendered(std::span<const PagePicture> pictures) {
  uint32_t width = 0;
  for (const PagePicture& picture : pictures) width = std::max(width, size_of(picture.png).first);
  std::string out = fmt::format("<div class=\"cells\" style=\"--cell:{}px\">\n", std::clamp(width, 280u, 1000u));
  for (const PagePicture& picture : pictures) {
    out += fmt::format("<figure>\n{}{}</figure>\n", caption(picture.label, picture.note),
                       image(picture.png, fmt::format("Picture: {}", picture.label)));
  }
  return out + "</div>\n";
}

std::string rendered(std::span<const PageSound> sounds) {
  std::string out = "<div class=\"cells sounds\">\n";
  for (const PageSound& sound : sounds) {
    out += fmt::format("<figure>\n{}{}", caption(sound.label, sound.note),
                       image(sound.spectrogram, fmt::format("Spectrogram: {}", sound.label)));
    out += sound.wav.empty() ? "<p class=\"absent\">no sound</p>\n"
                             : fmt::format(
                                   "<audio controls=\"controls\" preload=\"metadata\" aria-label=\"{}\" "
                                   "src=\"{}\"></audio>\n",
                                   plain(sound.label), base::data_uri("audio/wav", sound.wav));
    out += "</figure>\n";
  }
  return out + "</div>\n";
}

/// The class of a character that cost so many bits a byte. Not a number: none.
std::string shade(std::span<const float> bits) {
  if (bits.empty()) return "";
  const float mean = std::accumulate(bits.begin(), bits.end(), 0.0f) / static_cast<float>(bits.size());
  return std::isnan(mean) ? "" : fmt::format("b{}", std::lround(std::clamp<float>(mean, 0, kDarkest)));
}

/// Neighbours of one class share an element.
std::string shaded(const PageText& text) {
  std::string out, open;
  const auto turn = [&](const std::string& style) {
    if (style == open) return;
    if (!open.empty()) out += "</span>";
    if (!style.empty()) out += fmt::format("<span class=\"{}\">", style);
    open = style;
  };
  for (size_t at = 0; at < text.bytes.size();) {
    const ByteSpan rest = ByteSpan(text.bytes).subspan(at);
    const ByteSpan character = rest.first(static_cast<size_t>(std::max(1, base::utf8_character(rest))));
    const std::string shown = visible(character);
    const bool same = std::ranges::equal(shown, character, {}, [](char c) { return static_cast<uint8_t>(c); });
    std::span<const float> bits(text.bits);
    bits = bits.subspan(std::min(at, bits.size()));
    const std::string style = shade(bits.first(std::min(character.size(), bits.size())));
    turn(same ? style : style.empty() ? "x" : "x " + style);
    out += base::escape_markup(shown);
    at += character.size();
  }
  turn("");
  return out;
}

std::string rendered(std::span<const PageText> texts) {
  std::string out;
  if (std::ranges::any_of(texts, [](const PageText& text) { return !text.bits.empty(); })) {
    out += "<p class=\"legend\"><em>Bits that a byte cost:</em>";
    for (int i = 0; i <= kDarkest; ++i)
      out += fmt::format("<span class=\"b{}\">{}{}</span>", i, i, i < kDarkest ? "" : "+");
    out += "</p>\n";
  }
  out += "<div class=\"cells texts\">\n";
  for (const PageText& text : texts) {
    // The line end behind <pre> is not shown, and so keeps one that begins the text from being taken for it.
    out += fmt::format(
        "<figure>\n{}{}</figure>\n", caption(text.label, text.note),
        text.bytes.empty() ? "<p class=\"absent\">nothing</p>\n" : fmt::format("<pre>\n{}</pre>\n", shaded(text)));
  }
  return out + "</div>\n";
}

std::string rendered(const PageSection& section, size_t number) {
  std::string out = fmt::format("<section aria-labelledby=\"section{}\">\n<h2 id=\"section{}\">{}</h2>\n", number,
                                number, plain(section.title));
  out += paragraphs(section.text, "remark");
  if (!section.pictures.empty()) out += rendered(section.pictures);
  if (!section.sounds.empty()) out += rendered(section.sounds);
  if (!section.texts.empty()) out += rendered(section.texts);
  return out + "</section>\n";
}

std::string style() {
  std::string out(kStyle);
  for (int i = 1; i <= kDarkest; ++i) {
    out += fmt::format(".b{}{{background:rgb(var(--heat)/{}%)}}", i, i * 62 / kDarkest);
  }
  return out + "\n";
}

}  // namespace

std::string render_html(const Page& page) {
  std::string out = base::open_page(visible(page.title), style());
  out += fmt::format("<header>\n<h1>{}</h1>\n{}", plain(page.title), paragraphs(page.text, "lead"));
  if (page.sections.size() > 1) {
    out += "<nav>";
    for (size_t i = 0; i < page.sections.size(); ++i)
      out += fmt::format("<a href=\"#section{}\">{}</a> ", i + 1, plain(page.sections[i].title));
    out += "</nav>\n";
  }
  out += "</header>\n<main>\n";
  for (size_t i = 0; i < page.sections.size(); ++i) out += rendered(page.sections[i], i + 1);
  return out + fmt::format("</main>\n<footer>\n{}</footer>\n</body>\n</html>\n", paragraphs(page.foot, "foot"));
}

}  // namespace lmzip::sample
