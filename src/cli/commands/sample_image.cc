// SPDX-License-Identifier: Apache-2.0
// lmzip sample image: the right half of each row of a picture, or its lower half, made again.
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "cli/commands/sample_commands.h"
#include "cli/sample_run.h"
#include "lmzip/error.h"
#include "media/image.h"
#include "sample/contact_sheet.h"
#include "sample/picture.h"

namespace lmzip::cli {

void sample_image(const SampleOptions& options, Terminal& terminal) {
  const sample::Picture picture(sample::prepared(media::read_image(options.files[0]), options.size), options.order);
  const std::vector<ByteSpan> prompts = picture.prompts();
  const std::vector<Generator> generators = find_generators(options, options.codecs, prompts.size());

  // A sheet alone is an answer; without one the pictures are.
  const bool to_stdout = options.output.empty() && options.sheet.empty();
  if (to_stdout && generators.size() > 1) {
    throw Error(ErrorKind::kUsage, "several pictures need --output or --sheet");
  }
  std::vector<std::unique_ptr<OutputFile>> files;
  for (const Generator& generator : generators) {
    if (options.output.empty() && !to_stdout) break;
    const bool several = generators.size() > 1;
    files.push_back(
        open_output(options, several ? path_for(options.output, generator.spec) : options.output, "a picture"));
  }
  std::unique_ptr<OutputFile> sheet;
  if (!options.sheet.empty()) sheet = open_output(options, options.sheet, "a picture");

  std::vector<sample::Panel> panels = {{"original", picture.original()}, {"context", picture.context()}};
  for (size_t g = 0; g < generators.size(); ++g) {
    const Generated made = generate(options, terminal, generators[g], {.prompts = prompts, .bytes = picture.missing()});
    report(options, terminal, generators[g].spec, made);
    panels.push_back({fmt::format("{} {:.2f} bits", generators[g].spec, made.bits_per_byte()),
                      picture.completed(made.continuations)});
    if (!files.empty()) finish(*files[g], media::write_png(panels.back().image));
  }
  if (!sheet) return;
  const size_t columns = sample::columns_for(panels.size(), picture.original().size);
  finish(*sheet, media::write_png(sample::contact_sheet(panels, columns)));
}

}  // namespace lmzip::cli
