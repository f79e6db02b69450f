// SPDX-License-Identifier: Apache-2.0
// lmzip sample audio: a recording continued.
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "cli/commands/sample_commands.h"
#include "cli/sample_run.h"
#include "lmzip/error.h"
#include "media/image.h"
#include "media/sound.h"
#include "sample/contact_sheet.h"
#include "sample/sound.h"
#include "sample/spectrogram.h"

namespace lmzip::cli {

void sample_audio(const SampleOptions& options, Terminal& terminal) {
  const sample::SoundPrompt sound(
      sample::read_sound(options.files[0], options.context_seconds + options.seconds),
      {.bits = options.bits, .context_seconds = options.context_seconds, .seconds = options.seconds});
  const ByteSpan prompt = sound.prompt();
  const std::vector<Generator> generators = find_generators(options, options.codecs, 1);

  const bool to_stdout = options.output.empty() && options.spectrogram.empty();
  if (to_stdout && generators.size() > 1) {
    throw Error(ErrorKind::kUsage, "several sounds need --output or --spectrogram");
  }
  std::vector<std::unique_ptr<OutputFile>> files;
  for (const Generator& generator : generators) {
    if (options.output.empty() && !to_stdout) break;
    const bool several = generators.size() > 1;
    files.push_back(open_output(options, several ? path_for(options.output, generator.spec) : options.output, "sound"));
  }
  std::unique_ptr<OutputFile> picture;
  if (!options.spectrogram.empty()) picture = open_output(options, options.spectrogram, "a picture");

  std::vector<sample::Panel> panels = {{"original", sound.spectrogram(sound.original())}};
  for (size_t g = 0; g < generators.size(); ++g) {
    const Generated made =
        generate(options, terminal, generators[g], {.prompts = {&prompt, 1}, .bytes = sound.missing()});
    report(options, terminal, generators[g].spec, made);
    const sample::Sound whole = sound.completed(made.continuations[0]);
    panels.push_back(
        {fmt::format("{} {:.2f} bits a byte", generators[g].spec, made.bits_per_byte()), sound.spectrogram(whole)});
    if (!files.empty()) finish(*files[g], sample::wav_of(whole));
  }
  if (picture) finish(*picture, media::write_png(sample::contact_sheet(panels, 1)));
}

}  // namespace lmzip::cli
