// SPDX-License-Identifier: Apache-2.0
#include "numbers/pixel_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "numbers/pixel_predictors.h"
#include "portability/forecast_digest.h"

namespace lmzip::numbers {
namespace {

constexpr size_t kLanes = 2;
constexpr int32_t kMiddle = 777;
constexpr uint16_t kFirstError = 55;

/// A picture of which the numbers up to one place are known, without any margins: what stands where is reasoned out
/// each time.
struct Known {
  ptrdiff_t width, channels;
  std::vector<int32_t> numbers;  ///< all that came

  ptrdiff_t rows() const { return static_cast<ptrdiff_t>(numbers.size()) / (width * channels); }
  int32_t at(ptrdiff_t y, ptrdiff_t x, ptrdiff_t channel) const {
    return numbers[static_cast<size_t>((y * width + x) * channels + channel)];
  }

  /// Column `x` in the row `above` the present one, in what has come or beyond: left of the present row as the first
  /// pixel above, beside older rows as their ends, above the first row as the first row.
  int32_t look(ptrdiff_t above, ptrdiff_t x, ptrdiff_t channel) const {
    const ptrdiff_t y = rows();
    if (y == 0) return look_in_first_row(above, x, channel);
    if (above == 0) return x < 0 ? at(y - 1, 0, channel) : at(y, x, channel);
    return at(std::max<ptrdiff_t>(y - above, 0), std::clamp<ptrdiff_t>(x, 0, width - 1), channel);
  }

 private:
  /// Above is what came before: each pixel as the one left of it, the first as itself, what has not come as the last
  /// that has.
  int32_t look_in_first_row(ptrdiff_t above, ptrdiff_t x, ptrdiff_t channel) const {
    const auto count = static_cast<ptrdiff_t>(numbers.size());
    const ptrdiff_t came = count / channels + (count % channels > channel);  // pixels of this channel
    if (came == 0) return kMiddle;
    if (above == 0) return at(0, std::max<ptrdiff_t>(x, 0), channel);
    return at(0, std::clamp<ptrdiff_t>(x - 1, 0, came - 1), channel);
  }
};

std::string place_name(ptrdiff_t y, ptrdiff_t x, ptrdiff_t channel, ptrdiff_t above, ptrdiff_t dx, ptrdiff_t dc) {
  std::string name = "at";
  for (const ptrdiff_t part : {y, x, channel}) name += ' ' + std::to_string(part);
  name += ", looking at";
  for (const ptrdiff_t part : {above, dx, dc}) name += ' ' + std::to_string(part);
  return name;
}

/// All that the next number's prediction may look at is as in `known`.
void expect_as_known(const PixelRows<kLanes>& rows, const Known& known, ptrdiff_t x, ptrdiff_t channel) {
  for (ptrdiff_t above = 0; above < 4; ++above) {
    const ptrdiff_t most_right = above == 3 ? 1 : 3;
    for (ptrdiff_t dx = -4; dx <= most_right; ++dx) {
      for (ptrdiff_t dc = -channel; dc <= 0; ++dc) {
        if (above == 0 && (dx > 0 || (dx == 0 && dc == 0))) continue;  // has not come
        // Of the channels before, predictors look at the nearest pixels only.
        if (dc != 0 && (above > 1 || std::abs(dx) > 1)) continue;
        ASSERT_EQ(rows.numbers(static_cast<size_t>(above))[dx * known.channels + dc],
                  known.look(above, x + dx, channel + dc))
            << place_name(known.rows(), x, channel, above, dx, dc);
      }
    }
  }
}

TEST(PixelRows, WhatStandsAroundAPlaceIsWhatAReaderKnows) {
  for (const ptrdiff_t width : {1, 2, 3, 5, 9}) {
    for (const ptrdiff_t channels : {1, 2, 3}) {
      SCOPED_TRACE(std::to_string(width) + " pixels of " + std::to_string(channels));
      PixelRows<kLanes> rows(static_cast<size_t>(width), static_cast<size_t>(channels), kMiddle, kFirstError);
      Known known{width, channels, {}};
      test::Lehmer random(static_cast<uint64_t>(width));
      for (ptrdiff_t i = 0; i < 6 * width * channels; ++i) {
        const ptrdiff_t channel = i % channels, x = i / channels % width;
        ASSERT_EQ(rows.channel(), static_cast<size_t>(channel));
        ASSERT_EQ(rows.column(), static_cast<size_t>(x));
        ASSERT_EQ(rows.row(), static_cast<uint64_t>(i / channels / width));
        ASSERT_NO_FATAL_FAILURE(expect_as_known(rows, known, x, channel));
        known.numbers.push_back(static_cast<int32_t>(random.below(1 << 16)));
        rows.push(known.numbers.back(), 0);
      }
    }
  }
}

TEST(PixelRows, NeighboursAreWhereTheCompassSays) {
  constexpr size_t kWidth = 9;
  PixelRows<kLanes> rows(kWidth, 1, 0, 0);
  // The number is its place: tens are rows, ones are columns.
  for (int32_t y = 0; y < 4; ++y) {
    for (int32_t x = 0; x < int32_t{kWidth}; ++x) {
      if (y == 3 && x == 4) break;
      rows.push(10 * y + x, 0);
    }
  }
  const auto a = PixelNeighbours::of(rows);
  EXPECT_EQ((std::vector{a.w, a.ww, a.www, a.wwww}), (std::vector{33, 32, 31, 30}));
  EXPECT_EQ((std::vector{a.nwww, a.nww, a.nw, a.n, a.ne, a.nee, a.neee}), (std::vector{21, 22, 23, 24, 25, 26, 27}));
  EXPECT_EQ((std::vector{a.nnwww, a.nnww, a.nnw, a.nn, a.nne, a.nnee, a.nneee}),
            (std::vector{11, 12, 13, 14, 15, 16, 17}));
  EXPECT_EQ((std::vector{a.nnnw, a.nnn, a.nnne}), (std::vector{3, 4, 5}));
}

TEST(PixelRows, ErrorsAndResidualsStandAtTheirNumbers) {
  for (const size_t width : {1, 2, 3, 5}) {
    for (const size_t channels : {1, 2, 3}) {
      SCOPED_TRACE(std::to_string(width) + " pixels of " + std::to_string(channels));
      PixelRows<kLanes> rows(width, channels, kMiddle, kFirstError);
      const auto step = static_cast<ptrdiff_t>(channels), next = step * ptrdiff_t{kLanes};
      EXPECT_EQ(rows.errors(0)[-next], kFirstError);
      EXPECT_EQ(rows.errors(1)[2 * next], kFirstError);
      EXPECT_EQ(rows.residuals(0)[-step], 0);
      // Of the number at `place`, in the order in which they come: what a second lane has is far from what the first.
      const auto error = [](ptrdiff_t place, ptrdiff_t lane) {
        return static_cast<uint16_t>(place * 3 + lane * 20'000);
      };
      const auto residual = [](ptrdiff_t place) { return static_cast<int32_t>(1000 - 7 * place); };
      const auto row = static_cast<ptrdiff_t>(width * channels);
      for (ptrdiff_t i = 0; i < 6 * row; ++i) {
        const ptrdiff_t y = i / row, x = i % row / step, channel = i % step;
        const auto place = [&](ptrdiff_t above, ptrdiff_t column) {
          const ptrdiff_t inside = std::clamp<ptrdiff_t>(column, 0, static_cast<ptrdiff_t>(width) - 1);
          return std::max<ptrdiff_t>(y - above, 0) * row + inside * step + channel;
        };
        if (y > 0) {
          for (ptrdiff_t lane = 0; lane < ptrdiff_t{kLanes}; ++lane) {
            for (const ptrdiff_t dx : {-2, -1}) {
              const ptrdiff_t there = x + dx < 0 ? place(1, 0) : place(0, x + dx);
              ASSERT_EQ(rows.errors(0)[dx * next + lane], error(there, lane)) << i;
            }
            for (const ptrdiff_t dx : {-1, 0, 1, 2}) {
              ASSERT_EQ(rows.errors(1)[dx * next + lane], error(place(1, x + dx), lane)) << i;
            }
            ASSERT_EQ(rows.errors(2)[lane], error(place(2, x), lane)) << i;
          }
          ASSERT_EQ(rows.residuals(0)[-step], residual(x == 0 ? place(1, 0) : place(0, x - 1))) << i;
          ASSERT_EQ(rows.residuals(1)[0], residual(place(1, x))) << i;
          if (x + 1 < static_cast<ptrdiff_t>(width)) {
            ASSERT_EQ(rows.residuals(1)[step], residual(place(1, x + 1))) << i;
          }
          if (x > 0) {
            ASSERT_EQ(rows.residuals(1)[-step], residual(place(1, x - 1))) << i;
          }
        }
        if (y == 0 && x > 0) {  // beyond the first row there is what was last
          for (ptrdiff_t lane = 0; lane < ptrdiff_t{kLanes}; ++lane) {
            const uint16_t last = error(i - step, lane);
            ASSERT_EQ(rows.errors(0)[-next + lane], last) << i;
            ASSERT_EQ(rows.errors(1)[next + lane], last) << i;
            if (x == 1) {
              ASSERT_EQ(rows.errors(0)[-2 * next + lane], last) << i;
            }
          }
        }
        for (ptrdiff_t lane = 0; lane < ptrdiff_t{kLanes}; ++lane) rows.errors()[lane] = error(i, lane);
        rows.push(0, residual(i));
      }
    }
  }
}

}  // namespace
}  // namespace lmzip::numbers
