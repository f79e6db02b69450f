// SPDX-License-Identifier: Apache-2.0
// What the paper's tables are made of; its numbers: paper_rates() and paper_models() in record.h.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace lmzip::bench {

/// The corpora of its Table 1, in its order, by the names that they have here.
inline constexpr std::array<std::string_view, 4> kPaperCorpora = {"enwik9", "imagenet", "librispeech", "random"};

/// The index in kPaperCorpora of what the paper has that is like this corpus; nothing for raw bytes.
std::optional<size_t> paper_column(std::string_view corpus, std::string_view kind);

/// Bytes of each of them, which its adjusted rates are over.
inline constexpr double kPaperBytes = 1e9;

}  // namespace lmzip::bench
