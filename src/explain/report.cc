// SPDX-License-Identifier: Apache-2.0
#include "explain/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>

#include "base/utf8.h"
#include "explain/numbers.h"

namespace lmzip::explain {
namespace {

constexpr size_t kRow = 16;        ///< bytes of a line in hexadecimal
constexpr uint32_t kPicture = 36;  ///< tiles in a row of a picture
constexpr size_t kWave = 76;       ///< columns of sound
constexpr int kWaveHeight = 8;     ///< rows above and below silence

/// Backgrounds of the 256 colours from none over yellow and orange to red, and what is written on them.
constexpr std::array<int, kDarkest + 1> kColours = {0, 230, 229, 228, 222, 221, 220, 214, 208, 202, 196, 160, 124};

std::string coloured(const std::string& text, double bits) {
  const int shade = shade_of(bits);
  if (shade == 0) return text;
  return fmt::format("\x1b[48;5;{};38;5;{}m{}\x1b[0m", kColours[static_cast<size_t>(shade)], shade >= 9 ? 231 : 16,
                     text);
}

double mean(std::span<const double> bits) {
  return bits.empty() ? 0 : std::accumulate(bits.begin(), bits.end(), 0.0) / static_cast<double>(bits.size());
}

std::string text_lines(const Explanation& e, bool colours) {
  const std::vector<double>& costs = e.views[0].costs.shown;
  std::string out, line;
  size_t begun = 0;
  const auto end_line = [&](size_t end) {
    if (end > begun) out += fmt::format("{:6.2f} | {}\n", mean(std::span(costs).subspan(begun, end - begun)), line);
    line.clear();
    begun = end;
  };
  for (const Character& one : characters_of(e)) {
    const size_t end = one.first + one.size;
    if (one.shown == "\n") {
      if (colours && shade_of(one.bits) > 0)
        line += coloured(" ", one.bits);  // a line's end that was no surprise is not seen
      end_line(end);
      continue;
    }
    line += colours ? coloured(one.shown, one.bits) : one.shown;
    if (end == e.bytes.size()) end_line(end);
  }
  end_line(e.bytes.size());
  return out;
}

std::string number_lines(const Explanation& e, bool colours) {
  const std::vector<double>& costs = e.views[0].costs.shown;
  std::string out;
  for (size_t at = 0; at < e.bytes.size(); at += kRow) {
    const size_t count = std::min(kRow, e.bytes.size() - at);
    std::string numbers, letters;
    for (size_t i = at; i < at + count; ++i) {
      const std::string number = fmt::format("{:02x}", e.bytes[i]);
      const bool printable = e.bytes[i] >= 32 && e.bytes[i] < 127;
      const std::string letter(1, printable ? static_cast<char>(e.bytes[i]) : '.');
      numbers += (colours ? coloured(number, costs[i]) : number) + " ";
      letters += colours ? coloured(letter, costs[i]) : letter;
    }
    out += fmt::format("{:6.2f} | {:08x}  {}{} {}\n", mean(std::span(costs).subspan(at, count)), e.part.first + at,
                       numbers, std::string(3 * (kRow - count), ' '), letters);
  }
  return out;
}

/// A digit of bits a byte, 9 for all above.
std::string digit(double bits, bool colours) {
  const std::string text(1, static_cast<char>('0' + std::lround(std::clamp(bits, 0.0, 9.0))));
  return colours ? coloured(text, bits) : text;
}

/// Tiles twice as wide as high, as characters are high.
std::string picture_lines(const Explanation& e, bool colours) {
  const Picture picture = picture_of(e, kPicture);
  std::string out;
  for (size_t i = 0; i < picture.tiles.size(); ++i) {
    const std::string shown = digit(picture.tiles[i].bits_a_byte(), colours);
    out += shown + shown;
    if ((i + 1) % picture.across == 0) out += '\n';
  }
  return out;
}

/// Columns as high as the samples swing.
std::string wave_lines(const Explanation& e, bool colours) {
  const std::vector<Column> columns = wave_of(e, kWave);
  double loudest = 1e-3;
  for (const Column& column : columns) loudest = std::max({loudest, column.high, -column.low});
  std::string out;
  for (int row = kWaveHeight; row >= -kWaveHeight; --row) {
    std::string line;
    for (const Column& column : columns) {
      const double place = row * loudest / kWaveHeight, half = loudest / kWaveHeight / 2;
      const bool in = column.low <= place + half && column.high >= place - half;
      line += in ? digit(column.bits_a_byte(), colours) : " ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

std::string body(const Explanation& e, bool colours) {
  if (e.numbers) {
    return e.numbers->kind == media::NumberLayout::Kind::kPixels ? picture_lines(e, colours) : wave_lines(e, colours);
  }
  return e.as_text ? text_lines(e, colours) : number_lines(e, colours);
}

std::string legend() {
  std::string out = "bits a byte:";
  for (int shade = 0; shade <= kDarkest; shade += 2) out += coloured(fmt::format(" {} ", shade), shade);
  return out + "and more\n";
}

}  // namespace

bool is_text(ByteSpan bytes) {
  size_t strange = 0;
  for (size_t at = 0; at < bytes.size();) {
    const int size = base::utf8_character(bytes.subspan(at));
    const bool control = bytes[at] < 32 && bytes[at] != '\n' && bytes[at] != '\t' && bytes[at] != '\r';
    strange += size == 0 || control ? 1 : 0;
    at += static_cast<size_t>(std::max(1, size));
  }
  return strange * 20 <= bytes.size();
}

int shade_of(double bits) { return static_cast<int>(std::lround(std::clamp(bits, 0.0, double{kDarkest}))); }

std::vector<Character> characters_of(const Explanation& e) {
  std::vector<Character> all;
  for (size_t at = 0; at < e.bytes.size();) {
    const ByteSpan rest = ByteSpan(e.bytes).subspan(at);
    Character one;
    one.first = at;
    one.size = static_cast<size_t>(std::max(1, base::utf8_character(rest)));
    base::VisibleText visible;
    one.shown = visible.add(rest.first(one.size));
    one.shown += visible.finish();
    one.bits = mean(std::span(e.views[0].costs.shown).subspan(at, one.size));
    at += one.size;
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<size_t> wins(const Explanation& e) {
  std::vector<size_t> count(e.views.size());
  for (size_t i = 0; i < e.bytes.size(); ++i) {
    size_t best = 0;
    for (size_t v = 1; v < e.views.size(); ++v) {
      if (e.views[v].costs.shown[i] < e.views[best].costs.shown[i]) best = v;
    }
    ++count[best];
  }
  return count;
}

std::string terminal_report(const Explanation& e, bool colours) {
  std::string out = body(e, colours);
  if (colours && !e.bytes.empty()) out += legend();
  const std::vector<size_t> won = wins(e);
  const auto size = static_cast<double>(e.size), part = static_cast<double>(e.bytes.size());
  size_t wide = 0;
  for (const View& view : e.views) wide = std::max(wide, view.codec.size());
  out += fmt::format("{:<{}} {:>14} {:>10} {:>10} {:>10}\n", "codec", wide, "bits, all", "bits/byte", "shown",
                     e.views.size() > 1 ? "cheapest" : "");
  for (size_t v = 0; v < e.views.size(); ++v) {
    const View& view = e.views[v];
    out += fmt::format("{:<{}} {:>14.0f} {:>10.4f} {:>10.4f}", view.codec, wide, view.costs.bits,
                       size > 0 ? view.costs.bits / size : 0.0, mean(view.costs.shown));
    if (e.views.size() > 1) {
      out += fmt::format(" {:>8.1f} %", part > 0 ? 100 * static_cast<double>(won[v]) / part : 0.0);
    }
    out += '\n';
  }
  return out;
}

std::string json_report(const Explanation& e) {
  using Json = nlohmann::ordered_json;
  std::string out;
  const auto line = [&out](const Json& json) {
    out += json.dump(-1, ' ', true, Json::error_handler_t::replace) + '\n';
  };
  for (size_t i = 0; i < e.bytes.size(); ++i) {
    Json json{{"offset", e.part.first + i}, {"byte", e.bytes[i]}, {"bits", e.views[0].costs.shown[i]}};
    if (!e.views[0].costs.alternatives.empty()) {
      Json& likeliest = json["likeliest"] = Json::array();
      for (const Alternative& one : e.views[0].costs.alternatives[i]) {
        likeliest.push_back({{"byte", one.byte}, {"probability", one.probability}});
      }
    }
    for (size_t v = 1; v < e.views.size(); ++v) json["compared"][e.views[v].codec] = e.views[v].costs.shown[i];
    line(json);
  }
  Json totals{{"file", e.name}, {"raw_size", e.size}, {"first", e.part.first}, {"last", e.part.last}};
  const std::vector<size_t> won = wins(e);
  for (size_t v = 0; v < e.views.size(); ++v) {
    const View& view = e.views[v];
    totals["codecs"].push_back({{"codec", view.codec},
                                {"bits", view.costs.bits},
                                {"bits_shown", std::accumulate(view.costs.shown.begin(), view.costs.shown.end(), 0.0)},
                                {"cheapest_bytes", won[v]}});
  }
  line(totals);
  return out;
}

}  // namespace lmzip::explain
