// SPDX-License-Identifier: Apache-2.0
// What imported checkpoints call their parts (FORMAT.md, section 5).
#pragma once

#include <string_view>

namespace lmzip::model {

inline constexpr const char* kFormatEntry = "lmzip.checkpoint";
inline constexpr const char* kShapeEntry = "lmzip.shape";
inline constexpr const char* kVocabularyEntry = "lmzip.vocabulary";
inline constexpr const char* kTypesEntry = "lmzip.types";
inline constexpr const char* kDigestEntry = "lmzip.digest";
inline constexpr const char* kSourceEntry = "lmzip.source";
inline constexpr const char* kLicenceEntry = "lmzip.licence";
inline constexpr std::string_view kFormatVersion = "1";
/// Behind an int8 array's name: that of its scales.
inline constexpr std::string_view kScalesEnd = ".scales";

}  // namespace lmzip::model
