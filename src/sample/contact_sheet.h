// SPDX-License-Identifier: Apache-2.0
// Pictures side by side, each with its label: for what can show only one.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "media/image.h"

namespace lmzip::sample {

struct Panel {
  std::string label;   ///< printable ASCII; other bytes are shown as boxes; cut where the panel ends
  media::Image image;  ///< 1 or 3 channels
};

/// The panels from left to right and from top to bottom, `columns` (>= 1) in a row, on white, each under its label and
/// as many pixels as it has. Cells are as wide as the widest panel of their column and as high as the highest of their
/// row. Margins and letters grow with the widest panel. Grey if all panels are, else in colour. Errors: kUsage without
/// panels; kLimit when the sheet would be larger than media's limits.
media::Image contact_sheet(std::span<const Panel> panels, size_t columns);

/// Smallest number of columns with which a sheet of equal panels is at least as wide as high: 1 to `panels`, which it
/// is too where no number does.
size_t columns_for(size_t panels, media::ImageSize panel);

}  // namespace lmzip::sample
