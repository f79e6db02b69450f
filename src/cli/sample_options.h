// SPDX-License-Identifier: Apache-2.0
// The options of `lmzip sample`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "media/image.h"
#include "sample/picture.h"
#include "sample/shaping.h"

namespace lmzip::cli {

enum class SampleAction { kText, kImage, kAudio, kDemo };

struct SampleOptions {
  SampleAction action = SampleAction::kText;
  std::string help;                ///< not empty: show this instead
  std::vector<std::string> files;  ///< text: none or one; image, audio: one; demo: none

  // Generators
  std::vector<std::string> codecs;  ///< specs; never empty but for the demo: those of each medium
  CodeLengthOptions lengths;        ///< of classical codecs; threads is filled in when prompts are counted
  std::optional<uint64_t> window;   ///< only the last so many bytes of the context count; none: lengths.window, or all
  sample::Shaping shaping;
  uint64_t seed = 0;

  // Text
  std::optional<std::string> prompt;  ///< behind the file's bytes
  uint64_t bytes = 200;               ///< to be made
  uint64_t count = 1;                 ///< continuations
  bool echo = false;                  ///< the prompt first
  bool show_bits = false;

  // Images
  std::optional<media::ImageSize> size;  ///< none: the paper's if the image is larger; 0 x 0: as it is
  sample::PictureOrder order = sample::PictureOrder::kRows;
  std::string sheet;  ///< file; empty: none

  // Audio
  unsigned bits = 8;           ///< of a sample: 8 or 16
  double context_seconds = 1;  ///< of the recording
  double seconds = 1;          ///< to be made
  std::string spectrogram;     ///< file; empty: none

  // Demo: the user's; empty: the samples inside the program
  std::string image, audio, text;

  std::string output;   ///< empty: stdout
  bool force = false;   ///< overwrite files; binary data to a terminal
  bool json = false;    ///< text: JSON lines
  std::string command;  ///< the line
  Options common;       ///< model, model_path, threads, verbosity, progress
};

/// Reads what follows `lmzip sample`. Errors: kUsage.
SampleOptions parse_sample_options(const std::vector<std::string>& arguments);

}  // namespace lmzip::cli
