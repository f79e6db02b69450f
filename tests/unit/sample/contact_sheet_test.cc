// SPDX-License-Identifier: Apache-2.0
#include "sample/contact_sheet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "lmzip/error.h"
#include "unit/media/makers.h"

namespace lmzip::sample {
namespace {

using media::Image;

Image picture(uint32_t width, uint32_t height, unsigned channels = 1) {
  return {{width, height}, channels, test::make_picture(width, height, channels).pixels};
}

std::vector<Panel> panels_of(size_t count, const Image& image, const std::string& label = "label") {
  return std::vector<Panel>(count, Panel{label, image});
}

Bytes pixel(const Image& image, size_t x, size_t y) {
  const auto at = image.pixels.begin() + static_cast<ptrdiff_t>((y * image.size.width + x) * image.channels);
  return Bytes(at, at + image.channels);
}

/// What a pixel is where it has as many channels as a sheet.
Bytes widened(Bytes pixel, unsigned channels) {
  while (pixel.size() < channels) pixel.push_back(pixel.back());
  return pixel;
}

bool is_at(const Image& sheet, const Image& panel, size_t left, size_t top) {
  for (size_t y = 0; y < panel.size.height; ++y) {
    for (size_t x = 0; x < panel.size.width; ++x) {
      if (pixel(sheet, left + x, top + y) != widened(pixel(panel, x, y), sheet.channels)) return false;
    }
  }
  return true;
}

/// Left and top of the one place where the panel is found.
std::optional<std::pair<size_t, size_t>> find(const Image& sheet, const Image& panel) {
  std::optional<std::pair<size_t, size_t>> found;
  for (size_t y = 0; y + panel.size.height <= sheet.size.height; ++y) {
    for (size_t x = 0; x + panel.size.width <= sheet.size.width; ++x) {
      if (!is_at(sheet, panel, x, y)) continue;
      if (found) return std::nullopt;
      found = {x, y};
    }
  }
  return found;
}

/// Smallest and largest x of what is darker than the frame, above row `bottom`.
std::pair<size_t, size_t> ink_above(const Image& sheet, size_t bottom) {
  std::pair<size_t, size_t> range = {sheet.size.width, 0};
  for (size_t y = 0; y + 1 < bottom; ++y) {
    for (size_t x = 0; x < sheet.size.width; ++x) {
      if (pixel(sheet, x, y)[0] < 100) range = {std::min(range.first, x), std::max(range.second, x)};
    }
  }
  return range;
}

ErrorKind kind_of(const std::vector<Panel>& panels, size_t columns) {
  try {
    contact_sheet(panels, columns);
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "no error";
  return ErrorKind::kIo;
}

TEST(ContactSheet, HasEveryPanelUnchangedInItsOrder) {
  const std::vector<Panel> panels = {{"a", picture(60, 40)}, {"b", picture(31, 55)}, {"c", picture(90, 20)}};
  const Image sheet = contact_sheet(panels, 2);
  EXPECT_EQ(sheet.channels, 1u);
  EXPECT_EQ(sheet.pixels.size(), size_t{sheet.size.width} * sheet.size.height);
  const auto a = find(sheet, panels[0].image), b = find(sheet, panels[1].image), c = find(sheet, panels[2].image);
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ(a->second, b->second);
  EXPECT_EQ(a->first, c->first);
  EXPECT_GT(b->first, c->first + 90);    // the column is as wide as its widest
  EXPECT_GT(c->second, b->second + 55);  // the row as high as its highest
  EXPECT_EQ(sheet.size.width, b->first + 31 + a->first);
}

TEST(ContactSheet, IsWhiteAroundFramedPanels) {
  const Image sheet = contact_sheet(panels_of(1, Image{{20, 10}, 1, Bytes(200, 0)}, ""), 1);
  size_t white = 0, frame = 0;
  for (const uint8_t value : sheet.pixels) {
    white += value == 255;
    frame += value != 255 && value != 0;
  }
  EXPECT_EQ(frame, 2u * (22 + 10));
  EXPECT_EQ(white + frame + 200, sheet.pixels.size());
  EXPECT_EQ(sheet.pixels.front(), 255);
  EXPECT_EQ(sheet.pixels.back(), 255);
}

TEST(ContactSheet, IsInColourAsSoonAsOnePanelIs) {
  const std::vector<Panel> panels = {{"grey", picture(50, 20)}, {"colour", picture(50, 20, 3)}};
  const Image sheet = contact_sheet(panels, 2);
  EXPECT_EQ(sheet.channels, 3u);
  EXPECT_TRUE(find(sheet, panels[0].image));
  EXPECT_TRUE(find(sheet, panels[1].image));
}

TEST(ContactSheet, LabelsStandAboveTheirPanelsAndEndWithThem) {
  for (const uint32_t width : {5u, 40u, 500u}) {
    const Image image = picture(width, 30);
    for (const std::string& label : {std::string("W"), std::string(1000, 'W')}) {
      const Image sheet = contact_sheet(panels_of(1, image, label), 1);
      const auto place = find(sheet, image);
      ASSERT_TRUE(place);
      const auto [left, right] = ink_above(sheet, place->second);
      EXPECT_EQ(left, place->first);
      EXPECT_LT(right, place->first + width);
      // All letters that there is room for: of one more, all but the space before it would not fit.
      if (label.size() > 1 && width > 5) {
        EXPECT_GT(right + 14, place->first + width);
      }
    }
  }
}

TEST(ContactSheet, LettersAreLargerOverLargerPanels) {
  const auto height = [](uint32_t width) {
    const Image image = picture(width, 10);
    return contact_sheet(panels_of(1, image), 1).size.height;
  };
  EXPECT_EQ(height(28), height(300));
  EXPECT_LT(height(300), height(500));
}

TEST(ContactSheet, OfNothingOrTooMuchIsRefused) {
  EXPECT_EQ(kind_of({}, 1), ErrorKind::kUsage);
  EXPECT_EQ(kind_of(panels_of(4000, picture(20, 1)), 4000), ErrorKind::kLimit);  // the sides
  EXPECT_EQ(kind_of(panels_of(4000, picture(20, 1)), 1), ErrorKind::kLimit);
  EXPECT_EQ(kind_of({{"wide", picture(60'000, 1)}, {"high", picture(1, 60'000)}}, 2), ErrorKind::kLimit);  // the pixels
}

TEST(ContactSheet, HasNoEmptyColumns) {
  const Image image = picture(30, 20);
  EXPECT_EQ(contact_sheet(panels_of(2, image), 9).size.width, contact_sheet(panels_of(2, image), 2).size.width);
}

TEST(ContactSheet, ColumnsMakeItAtLeastAsWideAsHighAndNoWider) {
  for (const auto& [width, height] : {std::pair{500u, 290u}, {28u, 28u}, {64u, 600u}, {600u, 100u}}) {
    const Image image = picture(width, height);
    for (size_t count = 1; count <= 12; ++count) {
      const size_t columns = columns_for(count, image.size);
      const auto wide = [&](size_t with) {
        const Image sheet = contact_sheet(panels_of(count, image), with);
        return sheet.size.width >= sheet.size.height;
      };
      EXPECT_TRUE(wide(columns) || columns == count);
      EXPECT_FALSE(columns > 1 && wide(columns - 1)) << count << " of " << width << " x " << height;
    }
  }
}

}  // namespace
}  // namespace lmzip::sample
