// SPDX-License-Identifier: Apache-2.0
#include "sample/contact_sheet.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "lmzip/error.h"
#include "sample/font.h"

namespace lmzip::sample {
namespace {

constexpr uint8_t kWhite = 255, kFrame = 176, kInk = 32;
constexpr uint64_t kLettersPerPanel = 40;
constexpr uint64_t kLetter = kGlyphWidth + 1;    // from one letter to the next
constexpr uint64_t kHeading = kGlyphHeight + 2;  // from the top of a label to its panel
constexpr uint64_t kMargin = 8;                  // around cells

/// Distances of a sheet in pixels. They and the letters grow with the widest panel, so that a label stays readable
/// where the sheet is shown smaller.
struct Measures {
  uint64_t scale;  ///< pixels of a dot of a letter

  explicit Measures(uint64_t widest_panel)
      : scale(std::max<uint64_t>(1, widest_panel / (kLettersPerPanel * kLetter))) {}
  uint64_t margin() const { return kMargin * scale; }
  uint64_t heading() const { return kHeading * scale; }
  uint64_t letters(uint64_t width) const { return (width + scale) / (kLetter * scale); }
};

/// Where the cells begin: `starts` has one more, which is where the sheet ends.
std::vector<uint64_t> starts_of(const std::vector<uint64_t>& sizes, uint64_t margin, uint64_t heading) {
  std::vector<uint64_t> starts = {margin};
  for (const uint64_t size : sizes) starts.push_back(starts.back() + heading + size + margin);
  return starts;
}

class Sheet {
 public:
  Sheet(media::ImageSize size, unsigned channels) : image_{size, channels, {}} {
    image_.pixels.assign(size_t{size.width} * size.height * channels, kWhite);
  }

  void fill(size_t x, size_t y, media::ImageSize size, uint8_t value) {
    for (size_t row = y; row < y + size.height; ++row) {
      std::fill_n(at(x, row), size_t{size.width} * image_.channels, value);
    }
  }

  void write(size_t x, size_t y, std::string_view text, uint32_t scale) {
    for (const char letter : text) {
      for (size_t row = 0; row < kGlyphHeight; ++row) {
        for (size_t column = 0; column < kGlyphWidth; ++column) {
          if (has_ink(letter, column, row)) fill(x + column * scale, y + row * scale, {scale, scale}, kInk);
        }
      }
      x += kLetter * scale;
    }
  }

  void place(size_t x, size_t y, const media::Image& panel) {
    fill(x - 1, y - 1, {panel.size.width + 2, panel.size.height + 2}, kFrame);
    const uint8_t* from = panel.pixels.data();
    const size_t copies = image_.channels / panel.channels;  // of a grey value
    for (size_t row = y; row < y + panel.size.height; ++row) {
      uint8_t* to = at(x, row);
      for (size_t i = 0; i < size_t{panel.size.width} * panel.channels; ++i) to = std::fill_n(to, copies, *from++);
    }
  }

  media::Image take() { return std::move(image_); }

 private:
  uint8_t* at(size_t x, size_t y) { return &image_.pixels[(y * image_.size.width + x) * image_.channels]; }

  media::Image image_;
};

}  // namespace

media::Image contact_sheet(std::span<const Panel> panels, size_t columns) {
  if (panels.empty()) throw Error(ErrorKind::kUsage, "no pictures for a sheet");
  columns = std::min(columns, panels.size());
  std::vector<uint64_t> widths(columns), heights((panels.size() + columns - 1) / columns);
  unsigned channels = 1;
  for (size_t i = 0; i < panels.size(); ++i) {
    const media::Image& image = panels[i].image;
    widths[i % columns] = std::max<uint64_t>(widths[i % columns], image.size.width);
    heights[i / columns] = std::max<uint64_t>(heights[i / columns], image.size.height);
    channels = std::max(channels, image.channels);
  }
  const Measures measures(*std::max_element(widths.begin(), widths.end()));
  const std::vector<uint64_t> xs = starts_of(widths, measures.margin(), 0);
  const std::vector<uint64_t> ys = starts_of(heights, measures.margin(), measures.heading());
  const auto side = [](uint64_t pixels) { return static_cast<uint32_t>(std::min<uint64_t>(pixels, UINT32_MAX)); };
  const media::ImageSize size = {side(xs.back()), side(ys.back())};
  media::check_size(size);

  Sheet sheet(size, channels);
  for (size_t i = 0; i < panels.size(); ++i) {
    const auto& [label, image] = panels[i];
    const uint64_t x = xs[i % columns], y = ys[i / columns];
    sheet.write(x, y, std::string_view(label).substr(0, measures.letters(image.size.width)),
                static_cast<uint32_t>(measures.scale));
    sheet.place(x, y + measures.heading(), image);
  }
  return sheet.take();
}

size_t columns_for(size_t panels, media::ImageSize panel) {
  const Measures measures(panel.width);
  size_t columns = 1;
  const auto higher_than_wide = [&] {
    const uint64_t rows = (panels + columns - 1) / columns;
    return columns * (panel.width + measures.margin()) < rows * (panel.height + measures.heading() + measures.margin());
  };
  while (columns < panels && higher_than_wide()) ++columns;
  return columns;
}

}  // namespace lmzip::sample
