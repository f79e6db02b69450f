// SPDX-License-Identifier: Apache-2.0
// lmzip sample demo: the paper's figure 3 and appendix C for the codecs of this build, as one HTML page.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mapped_file.h"
#include "cli/commands/sample_commands.h"
#include "cli/sample_run.h"
#include "lmzip/error.h"
#include "lmzip/version.h"
#include "media/image.h"
#include "sample/page.h"
#include "sample/picture.h"
#include "sample/samples.h"
#include "sample/sound.h"

namespace lmzip::cli {
namespace {

/// Bytes of text before the continuation, as in the paper's appendix C.1.
constexpr size_t kTextContext = 1948;
/// The paper's picture, 0.3 times as wide and high: with all codecs it is a minute's work on two cores instead of ten.
constexpr media::ImageSize kDemoImage{150, 87};

/// One generator of one section. `lengths` differ from the user's where a section shows what they do.
struct Entry {
  std::string label;
  std::string spec;
  CodeLengthOptions lengths;
};

std::vector<Entry> entries_of(const SampleOptions& options, std::vector<std::string> usual) {
  std::vector<Entry> entries;
  for (const std::string& spec : options.codecs.empty() ? usual : options.codecs) {
    entries.push_back({spec, spec, options.lengths});
  }
  return entries;
}

Bytes as_bytes(ByteSpan span) { return {span.begin(), span.end()}; }

class Demo {
 public:
  Demo(const SampleOptions& options, Terminal& terminal) : options_(options), terminal_(terminal) {}

  sample::Page make() {
    page_.title = "Compressors as generators";
    page_.text =
        "Every compressor predicts: what makes its output shorter is what it finds likely. Here each codec continues a "
        "context with bytes drawn from p(b | x) ~ 2^-(len(xb) - len(x)), len in bits, as in \"Language Modeling Is "
        "Compression\" (Del\u00e9tang et al., ICLR 2024), section 3.4 and appendix C. Predictors (mix, lm, order) draw "
        "from their own forecasts; for classical codecs all 256 next bytes are compressed behind the last bytes of the "
        "context, one by one.";
    rows();
    raster();
    text();
    sound();
    page_.foot = fmt::format("lmzip {} \u00b7 {} \u00b7 seed {}", version(), options_.command, options_.seed);
    return std::move(page_);
  }

 private:
  /// Each entry continues `prompts`; `show` gets what came of it.
  template <typename Show>
  void run(const std::string& section, const std::vector<Entry>& entries, std::span<const ByteSpan> prompts,
           size_t bytes, const Show& show) {
    for (const Entry& entry : entries) {
      SampleOptions options = options_;
      options.lengths = entry.lengths;
      Generator generator = find_generators(options, {&entry.spec, 1}, prompts.size()).front();
      generator.spec = fmt::format("{}: {}", section, entry.label);
      const Generated made = generate(options, terminal_, generator, {.prompts = prompts, .bytes = bytes});
      report(options, terminal_, generator.spec, made);
      show(entry, made, fmt::format("{:.2f} bits a byte, {:.0f} bytes/s", made.bits_per_byte(), made.bytes_a_second));
    }
  }

  sample::Picture picture(sample::PictureOrder order) const {
    const media::Image image =
        options_.image.empty() ? media::decode_image(sample::sample_image()) : media::read_image(options_.image);
    return {sample::prepared(image, options_.size.value_or(kDemoImage)), order};
  }

  void pictures(sample::PageSection section, const std::string& name, const sample::Picture& picture,
                const std::vector<Entry>& entries) {
    section.pictures.push_back({"original", "", media::write_png(picture.original())});
    section.pictures.push_back({"context", "", media::write_png(picture.context())});
    run(name, entries, picture.prompts(), picture.missing(),
        [&](const Entry& entry, const Generated& made, const std::string& note) {
          section.pictures.push_back({entry.label, note, media::write_png(picture.completed(made.continuations))});
        });
    page_.sections.push_back(std::move(section));
  }

  void rows() {
    const sample::Picture image = picture(sample::PictureOrder::kRows);
    const media::ImageSize size = image.original().size;
    pictures({.title = "A picture, each row from its left half",
              .text = fmt::format(
                  "The protocol of the paper's figure 3: the {} rows are independent, and the right half of each, {} "
                  "pixels, is drawn from its left half. The paper's picture is 500 x 290; this one is {} x {} (--size "
                  "500x290 makes it the paper's). Nobody has seen a picture here: lm was trained on text.",
                  size.height, image.missing(), size.width, size.height),
              .pictures = {},
              .sounds = {},
              .texts = {}},
             "rows", image, entries_of(options_, {"gzip:9", "lzma2:6", "png:9", "mix:5", "lm:default"}));
  }

  void raster() {
    const sample::Picture image = picture(sample::PictureOrder::kRaster);
    std::vector<std::string> usual = {"gzip:9", "mix:5", "lm:default"};
    pictures({.title = "A picture, its lower half from the upper",
              .text = "All rows one after the other, so that what is above a pixel can be known. Classical codecs see "
                      "the last bytes only (--window); mix sees all and looks for rows by itself.",
              .pictures = {},
              .sounds = {},
              .texts = {}},
             "raster", image, entries_of(options_, std::move(usual)));
  }

  void text() {
    std::unique_ptr<base::MappedFile> file;
    if (!options_.text.empty()) file = std::make_unique<base::MappedFile>(options_.text);
    ByteSpan prompt = file ? file->bytes() : sample::sample_text();
    prompt = prompt.last(std::min(prompt.size(), kTextContext));
    sample::PageSection section{
        .title = "Text",
        .text = fmt::format("As in appendix C.1: {} bytes are drawn behind {} bytes of context, of which the end is "
                            "shown. One byte ahead, lengths in whole bytes nearly all tie, so gzip draws noise; in "
                            "bits, and some bytes ahead (--lengths bits --horizon 16), it finds words.",
                            options_.bytes, prompt.size()),
        .pictures = {},
        .sounds = {},
        .texts = {}};
    section.texts.push_back(
        {"end of the context", "", as_bytes(prompt.last(std::min<size_t>(prompt.size(), 400))), {}});
    std::vector<Entry> entries = entries_of(options_, {"gzip:9", "lzma2:6", "order4", "mix:5", "lm:default"});
    if (options_.codecs.empty()) {
      CodeLengthOptions ahead = options_.lengths;
      ahead.unit = LengthUnit::kBits;
      ahead.horizon = 16;
      entries.insert(entries.begin() + 1, {"gzip:9, in bits, 16 bytes ahead", "gzip:9", ahead});
    }
    run("text", entries, {&prompt, 1}, options_.bytes,
        [&](const Entry& entry, const Generated& made, const std::string& note) {
          const sample::Continuation& one = made.continuations[0];
          section.texts.push_back({entry.label, note, one.bytes, one.bits});
        });
    page_.sections.push_back(std::move(section));
  }

  void sound() {
    const double seconds = options_.context_seconds + options_.seconds;
    const sample::SoundPrompt sound(
        options_.audio.empty() ? sample::decode_sound(sample::sample_sound(), seconds)
                               : sample::read_sound(options_.audio, seconds),
        {.bits = options_.bits, .context_seconds = options_.context_seconds, .seconds = options_.seconds});
    const auto add = [&](sample::PageSection& section, const std::string& label, const std::string& note,
                         const sample::Sound& one) {
      section.sounds.push_back({label, note, sample::wav_of(one), media::write_png(sound.spectrogram(one))});
    };
    sample::PageSection section{
        .title = "Sound",
        .text = fmt::format("{} s of sound with {} bits a sample, then {} s as each codec goes on (appendix "
                            "C.3); the line marks where.",
                            options_.context_seconds, options_.bits, options_.seconds),
        .pictures = {},
        .sounds = {},
        .texts = {}};
    add(section, "original", "", sound.original());
    const ByteSpan prompt = sound.prompt();
    const std::string flac = options_.bits == 16 ? "flac:8,bits=16" : "flac:8";
    run("sound", entries_of(options_, {"gzip:9", "lzma2:6", flac, "mix:5", "lm:default"}), {&prompt, 1},
        sound.missing(), [&](const Entry& entry, const Generated& made, const std::string& note) {
          add(section, entry.label, note, sound.completed(made.continuations[0]));
        });
    page_.sections.push_back(std::move(section));
  }

  const SampleOptions& options_;
  Terminal& terminal_;
  sample::Page page_;
};

}  // namespace

void sample_demo(const SampleOptions& options, Terminal& terminal) {
  const std::unique_ptr<OutputFile> output = open_output(options, options.output, "a page");
  const std::string page = sample::render_html(Demo(options, terminal).make());
  finish(*output, {reinterpret_cast<const uint8_t*>(page.data()), page.size()});
}

}  // namespace lmzip::cli
