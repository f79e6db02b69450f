// SPDX-License-Identifier: Apache-2.0
#include "cli/sample_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

#include "cli/command_line.h"
#include "cli/declarations.h"
#include "cli/help_formatter.h"
#include "lmzip/error.h"
#include "model/checkpoint.h"

namespace lmzip::cli {
namespace {

using Text = const std::string&;

// The actions, as bits: each option says which ones know it.
constexpr unsigned kText = 1, kImage = 2, kAudio = 4, kDemo = 8;
constexpr unsigned kAll = kText | kImage | kAudio | kDemo;

/// More is refused: it would only be a typing mistake.
constexpr uint64_t kMaxBytes = uint64_t{1} << 40, kMaxCount = 10000;
constexpr double kMaxSeconds = 86400;

struct Action {
  std::string_view name;
  std::string_view arguments;
  std::string_view summary;
  unsigned bit;
  SampleAction action;
};

constexpr Action kActions[] = {
    {"", " [FILE]", "Continue a text (or any bytes) with what a codec finds likely to follow.", kText,
     SampleAction::kText},
    {"image", " IN.png|jpg", "Make the right half of each row of a picture, or its lower half, again.", kImage,
     SampleAction::kImage},
    {"audio", " IN.wav|flac", "Continue a recording.", kAudio, SampleAction::kAudio},
    {"demo", "", "Text, picture and sound continued by all codecs, as one HTML page.", kDemo, SampleAction::kDemo},
};

constexpr std::string_view kExamples =
    "Examples:\n"
    "  lmzip sample --prompt \"It was a dark and\" -n 300\n"
    "  lmzip sample --codec gzip,mix,lm --prompt \"To be, or not to be, \" --seed 7\n"
    "  lmzip sample --codec gzip --lengths bits --horizon 16 book.txt        sees whole words ahead\n"
    "  lmzip sample image photo.jpg --codec gzip,mix --sheet sheet.png\n"
    "  lmzip sample audio speech.flac --codec mix -o speech.wav --spectrogram speech.png\n"
    "  lmzip sample demo -o demo.html\n"
    "Without FILE and --prompt the context is stdin. A file named image, audio or demo: ./image.\n"
    "Classical codecs try all 256 next bytes: p(b | context) ~ 2^-bits(context b). Time per byte grows with --window\n"
    "and, with a --horizon, --beam. The same seed draws the same bytes on every machine from predictors (but torch),\n"
    "and from classical codecs wherever their libraries compress alike.";

[[noreturn]] void refuse(const std::string& text) { throw Error(ErrorKind::kUsage, text); }

double parse_real(std::string_view option, Text text, double least, double most) {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || !(value >= least && value <= most)) {
    refuse(fmt::format("{}: '{}' is not a number from {} to {}", option, text, least, most));
  }
  return value;
}

std::string parse_path(std::string_view option, Text text) {
  if (text.empty()) refuse(fmt::format("{}: a file name is needed", option));
  return text == "-" ? "" : text;
}

/// "full" is 0 x 0.
media::ImageSize parse_image_size(Text text) {
  if (text == "full") return {0, 0};
  const size_t x = text.find('x');
  if (x == text.npos) refuse(fmt::format("--size: '{}' is not WIDTHxHEIGHT, or full", text));
  return {static_cast<uint32_t>(parse_number("--size", text.substr(0, x), 2, media::kMaxImageSide)),
          static_cast<uint32_t>(parse_number("--size", text.substr(x + 1), 2, media::kMaxImageSide))};
}

void declare_generators(Declarations& declare, SampleOptions& o) {
  declare.group("Generators");
  declare.add(kAll, "--codec LIST", "Codecs (lmzip codecs), between commas; may be repeated",
              [&](Text v) { add_codecs(v, o.codecs); });
  declare.add(kAll, "--model NAME|PATH", "The model of the codec lm or torch", [&](Text v) {
    if (v.empty()) refuse("--model: a name or a path is needed");
    o.common.model = v;
  });
  declare.add(kAll, "--model-path DIRS", "Look for models here first; colons between folders",
              [&](Text v) { o.common.model_path = v; });
  declare.add(kAll, "--window SIZE", "Only the last SIZE bytes count; default: all, classical codecs 2K", [&](Text v) {
    o.window = parse_size("--window", v);
    o.lengths.window = static_cast<size_t>(*o.window);
  });
  declare.add(kAll, "--lengths UNIT", "Of classical codecs: bytes (the paper's), bits (finer; gzip)", [&](Text v) {
    if (v != "bytes" && v != "bits") refuse(fmt::format("--lengths: '{}' is not bytes or bits", v));
    o.lengths.unit = v == "bits" ? LengthUnit::kBits : LengthUnit::kBytes;
  });
  declare.add(kAll, "--horizon N", "Bytes that classical codecs look ahead; default 1; predictors need none",
              [&](Text v) { o.lengths.horizon = static_cast<size_t>(parse_number("--horizon", v, 1, kMaxHorizon)); });
  declare.add(kAll, "--beam N", fmt::format("Strings kept on the way there; default {}", o.lengths.beam),
              [&](Text v) { o.lengths.beam = static_cast<size_t>(parse_number("--beam", v, 1, kMaxBeam)); });
}

void declare_drawing(Declarations& declare, SampleOptions& o) {
  declare.group("Drawing");
  declare.add(kAll, "--seed N", "Another seed, another continuation; default 0",
              [&](Text v) { o.seed = parse_number("--seed", v, 0, std::numeric_limits<uint64_t>::max()); });
  declare.add(kAll, "--temperature T", "Below 1 likelier, above 1 wilder, 0 the likeliest; default 1",
              [&](Text v) { o.shaping.temperature = parse_real("--temperature", v, 0, sample::kMaxTemperature); });
  declare.add(kAll, "--top-k K", "Only the K likeliest; default 0: all", [&](Text v) {
    o.shaping.top_k = static_cast<uint32_t>(parse_number("--top-k", v, 0, FrequencyTable::kMaxSymbols));
  });
  declare.add(kAll, "--top-p P", "Only the likeliest that make up P; default 1: all", [&](Text v) {
    o.shaping.top_p = parse_real("--top-p", v, 0, 1);
    if (o.shaping.top_p == 0) refuse("--top-p: 0 would leave nothing; --temperature 0 draws the likeliest");
  });
}

void declare_media(Declarations& declare, SampleOptions& o) {
  declare.group("What is continued");
  declare.add(kText, "--prompt TEXT", "Continue this (behind FILE, if there is one)", [&](Text v) { o.prompt = v; });
  declare.add(kText | kDemo, "-n,--bytes N", "Bytes to make; default 200, demo 100", [&](Text v) {
    o.bytes = parse_size("--bytes", v);
    if (o.bytes > kMaxBytes) refuse(fmt::format("--bytes: '{}' is more than {}", v, human_size(kMaxBytes)));
  });
  declare.add(kText, "--count K", "So many continuations; default 1",
              [&](Text v) { o.count = parse_number("--count", v, 1, kMaxCount); });
  declare.add(kText, "--echo", "Write the context first", [&](Text) { o.echo = true; });
  declare.add(kImage | kDemo, "--size WxH",
              "Fit the picture; full: as it is; default 500x290 if it is larger, demo 150x87",
              [&](Text v) { o.size = parse_image_size(v); });
  declare.add(kImage, "--order ORDER", "rows: each from its left half (the paper); raster: the lower half",
              [&](Text v) {
                if (v != "rows" && v != "raster") refuse(fmt::format("--order: '{}' is not rows or raster", v));
                o.order = v == "rows" ? sample::PictureOrder::kRows : sample::PictureOrder::kRaster;
              });
  declare.add(kAudio | kDemo, "--bits N", "Of a sample: 8 (the paper's, the default) or 16", [&](Text v) {
    o.bits = static_cast<unsigned>(parse_number("--bits", v, 8, 16));
    if (o.bits != 8 && o.bits != 16) refuse("--bits is 8 or 16");
  });
  declare.add(kAudio | kDemo, "--context S", "Seconds of the recording that are kept; default 1",
              [&](Text v) { o.context_seconds = parse_real("--context", v, 0, kMaxSeconds); });
  declare.add(kAudio | kDemo, "--seconds S", "Seconds to make; default 1, demo 0.125",
              [&](Text v) { o.seconds = parse_real("--seconds", v, 0, kMaxSeconds); });
  declare.add(kDemo, "--image FILE", "PNG or JPEG instead of ours", [&](Text v) { o.image = v; });
  declare.add(kDemo, "--audio FILE", "WAV or FLAC instead of ours", [&](Text v) { o.audio = v; });
  declare.add(kDemo, "--text FILE", "Text instead of ours", [&](Text v) { o.text = v; });
}

void declare_results(Declarations& declare, SampleOptions& o) {
  declare.group("Results (with several codecs or continuations: a file each, named after them)");
  declare.add(kAll, "-o,--output FILE", "Write FILE; default stdout, demo lmzip-demo.html",
              [&](Text v) { o.output = parse_path("--output", v); });
  declare.add(kImage, "--sheet FILE", "Original, context and continuations side by side, as PNG",
              [&](Text v) { o.sheet = parse_path("--sheet", v); });
  declare.add(kAudio, "--spectrogram FILE", "Original and continuations as pictures, in one PNG",
              [&](Text v) { o.spectrogram = parse_path("--spectrogram", v); });
  declare.add(kAll, "-f,--force", "Overwrite files; write to terminals", [&](Text) { o.force = true; });
  declare.add(kText, "--show-bits", "Bits of each byte made, a line each on stderr", [&](Text) { o.show_bits = true; });
  declare.add(kText, "--json", "JSON lines instead of text", [&](Text) { o.json = true; });
  declare.group("Resources");
  CLI::Option* const threads =
      declare.add(kAll, "-T,--threads N", "Default LMZIP_THREADS or 0: all processors; changes nothing but time",
                  [&](Text v) { o.common.threads = static_cast<unsigned>(parse_number("--threads", v, 0, 256)); });
  threads->envname("LMZIP_THREADS");
  declare.group("Reporting");
  declare.add(kAll, "-q,--quiet", "Errors only", [&](Text) { o.common.verbosity = -1; });
  declare.add(kAll, "-v,--verbose", "Say more", [&](Text) { o.common.verbosity = 1; });
  declare.add(kAll, "--progress STYLE", "auto (on a terminal), json (lines), never",
              [&](Text v) { o.common.progress = parse_progress_style(v); });
}

std::string description(const Action& action) {
  if (action.action != SampleAction::kText) {
    return fmt::format("Usage: lmzip sample {} [OPTION...]{}\n{}", action.name, action.arguments, action.summary);
  }
  std::string text = "Usage: lmzip sample [OPTION...] [FILE]\n";
  for (const Action& one : kActions) {
    if (one.action == SampleAction::kText) continue;
    text += fmt::format("       lmzip sample {} [OPTION...]{}\n", one.name, one.arguments);
  }
  return text + std::string(action.summary);
}

/// The codecs that a medium is shown with when none are named.
std::vector<std::string> usual_codecs(const SampleOptions& o) {
  if (o.common.model) return {model::is_checkpoint(*o.common.model) ? "checkpoint" : "lm"};
  switch (o.action) {
    case SampleAction::kText:
      return {"lm"};
    case SampleAction::kImage:
      return {"gzip", "mix"};
    case SampleAction::kAudio:
      return {"mix"};
    case SampleAction::kDemo:
      break;
  }
  return {};
}

void complete(const Action& action, SampleOptions& o) {
  const bool one_file = o.action == SampleAction::kImage || o.action == SampleAction::kAudio;
  if (one_file && o.files.size() != 1) {
    refuse(fmt::format("sample {}: takes one file, but got {}", action.name, o.files.size()));
  }
  if (o.action == SampleAction::kText && o.files.size() > 1) {
    refuse(fmt::format("sample: takes one file, but got also '{}'", o.files[1]));
  }
  if (o.action == SampleAction::kDemo && !o.files.empty()) {
    refuse(fmt::format("sample demo: takes no file, but got '{}'; see --image, --audio, --text", o.files[0]));
  }
  if (o.json && (o.show_bits || o.echo)) refuse("--json has the bits and excludes --show-bits and --echo");
  if (o.codecs.empty()) o.codecs = usual_codecs(o);
  const auto takes_model = [](const std::string& spec) {
    const std::string_view name = std::string_view(spec).substr(0, spec.find(','));
    return name == "lm" || name == "torch" || name == "checkpoint";
  };
  if (o.common.model && std::ranges::none_of(o.codecs, takes_model)) {
    refuse("--model is for the codecs lm, torch and checkpoint, of which --codec names none");
  }
  if (o.common.threads == 0) o.common.threads = available_processors();
}

}  // namespace

SampleOptions parse_sample_options(const std::vector<std::string>& arguments) {
  SampleOptions options;
  std::vector<std::string> rest = arguments;
  const Action* action = &kActions[0];
  if (!rest.empty()) {
    const auto* const found = std::ranges::find(kActions, rest[0], &Action::name);
    if (found != std::end(kActions) && !found->name.empty()) {
      action = found;
      rest.erase(rest.begin());
    }
  }
  options.action = action->action;
  options.command = line_of("sample", arguments);
  if (options.action == SampleAction::kDemo) {
    options.bytes = 100;
    options.seconds = 0.125;
    options.output = "lmzip-demo.html";
  }

  CLI::App app(description(*action));
  app.formatter(std::make_shared<HelpFormatter>());
  if (options.action == SampleAction::kText) app.footer(std::string(kExamples));
  Declarations declare(app, action->bit);
  declare_media(declare, options);
  declare_generators(declare, options);
  declare_drawing(declare, options);
  declare_results(declare, options);
  ParsedLine line = parse_line(app, rest);
  options.help = std::move(line.help);
  options.files = std::move(line.files);
  if (options.help.empty()) complete(*action, options);
  return options;
}

}  // namespace lmzip::cli
