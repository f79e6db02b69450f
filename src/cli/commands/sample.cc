// SPDX-License-Identifier: Apache-2.0
// lmzip sample: texts (any bytes) continued, and the way to the other actions.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <utility>

#include "base/file_io.h"
#include "base/mapped_file.h"
#include "base/utf8.h"
#include "cli/commands/commands.h"
#include "cli/commands/sample_commands.h"
#include "cli/input_file.h"
#include "cli/memory.h"
#include "cli/sample_run.h"
#include "cli/signals.h"
#include "lmzip/error.h"

namespace lmzip::cli {
namespace {

/// What is to be continued: the file (or stdin), then --prompt.
class Context {
 public:
  explicit Context(const SampleOptions& options) {
    // A terminal is read only where "-" says so: nobody waits for what nobody knows to type.
    const bool piped = options.files.empty() && !options.prompt && isatty(STDIN_FILENO) == 0;
    if (piped || !options.files.empty()) open(piped ? "-" : options.files[0]);
    if (!options.prompt) return;
    if (owned_.empty()) owned_.assign(bytes_.begin(), bytes_.end());
    owned_.insert(owned_.end(), options.prompt->begin(), options.prompt->end());
    bytes_ = owned_;
  }

  ByteSpan bytes() const { return bytes_; }

 private:
  void open(const std::string& path) {
    try {
      const InputFile input(path, InputPolicy::kAnything);
      if (!input.named_file()) return read(input.fd());
    } catch (const Error& error) {
      throw error.within(path == "-" ? "(stdin)" : path);
    }
    mapped_ = std::make_unique<base::MappedFile>(path);
    bytes_ = mapped_->bytes();
  }

  void read(int fd) {
    base::FdSource source(fd, stop_fd());
    for (size_t size = 0, got = 1; got > 0; size += got) {
      constexpr size_t kStep = size_t{1} << 16;
      owned_.resize(size + kStep);
      got = source.read(owned_.data() + size, kStep);
      if (got == 0) owned_.resize(size);
    }
    bytes_ = owned_;
  }

  std::unique_ptr<base::MappedFile> mapped_;
  Bytes owned_;
  ByteSpan bytes_;
};

/// Stdout: text for a terminal, else the bytes as they are.
class TextOutput {
 public:
  void write(ByteSpan bytes) {
    if (!terminal_) return sink_.write(bytes);
    print_text(visible_.add(bytes));
  }
  /// Between one continuation and the next.
  void header(const std::string& text) {
    print_text(fmt::format("{}==> {} <==\n", used_ ? "\n" : "", text));
    used_ = true;
  }
  void end_of_continuation() {
    if (terminal_) print_text(visible_.finish() + "\n");
  }

 private:
  const bool terminal_ = isatty(STDOUT_FILENO) == 1;
  bool used_ = false;
  base::VisibleText visible_;
  base::FdSink sink_{STDOUT_FILENO, "(stdout)", stop_fd()};
};

void show_bits(Terminal& terminal, const sample::Continuation& made) {
  for (size_t i = 0; i < made.bytes.size(); ++i) {
    const uint8_t byte = made.bytes[i];
    const std::string shown = byte > 32 && byte < 127 ? std::string(1, static_cast<char>(byte)) : "";
    terminal.note(fmt::format("{:>8} {:>3} {:>1} {:7.3f} bits", i, byte, shown, made.bits[i]));
  }
}

std::string json_line(const SampleOptions& options, const std::string& spec, const Generated& made, size_t index) {
  const sample::Continuation& one = made.continuations[index];
  nlohmann::ordered_json line = {{"codec", spec},           {"continuation", index + 1},
                                 {"seed", options.seed},    {"bytes", one.bytes.size()},
                                 {"hexadecimal", ""},       {"bits", nlohmann::json::array()},
                                 {"seconds", made.seconds}, {"bytes_per_second", made.bytes_a_second}};
  std::string& hexadecimal = line["hexadecimal"].get_ref<std::string&>();
  for (const uint8_t byte : one.bytes) hexadecimal += fmt::format("{:02x}", byte);
  for (const float bits : one.bits) line["bits"].push_back(bits);
  return line.dump() + "\n";
}

/// "gzip, 2 of 3", with what tells the continuations of this run apart.
std::string name_of(const SampleOptions& options, const std::string& spec, size_t index) {
  if (options.count == 1) return spec;
  return fmt::format("{}, {} of {}", spec, index + 1, options.count);
}

void sample_text(const SampleOptions& options, Terminal& terminal) {
  const std::vector<Generator> generators = find_generators(options, options.codecs, options.count);
  const Context context(options);
  const bool several = generators.size() * options.count > 1;
  const bool to_stdout = options.output.empty();
  std::vector<std::unique_ptr<OutputFile>> files;
  for (size_t i = 0; !to_stdout && i < generators.size() * options.count; ++i) {
    std::string path = options.output;
    if (generators.size() > 1) path = path_for(path, generators[i / options.count].spec);
    if (options.count > 1) path = path_for(path, fmt::format("{}", i % options.count + 1));
    files.push_back(std::make_unique<OutputFile>(Destination{.path = path, .chosen = true, .replace = options.force}));
  }

  TextOutput text;
  const std::vector<ByteSpan> prompts(options.count, context.bytes());
  for (size_t g = 0; g < generators.size(); ++g) {
    const Generator& generator = generators[g];
    GenerateRequest request{.prompts = prompts, .bytes = options.bytes};
    const auto begin = [&](size_t index) {
      if (several) text.header(name_of(options, generator.spec, index));
      if (options.echo) text.write(context.bytes());
    };
    if (to_stdout && !options.json) {
      // The first is shown as it comes; a progress line would run through it.
      request.draw_progress = isatty(STDOUT_FILENO) == 0;
      begin(0);
      request.listener = [&](size_t prompt, ByteSpan bytes, std::span<const float>) {
        if (prompt == 0) text.write(bytes);
      };
    }
    const Generated made = generate(options, terminal, generator, request);
    for (size_t i = 0; i < options.count; ++i) {
      const sample::Continuation& one = made.continuations[i];
      if (options.json) {
        const std::string line = json_line(options, generator.spec, made, i);
        if (to_stdout) {
          print_text(line);
        } else {
          finish(*files[g * options.count + i], {reinterpret_cast<const uint8_t*>(line.data()), line.size()});
        }
      } else if (to_stdout) {
        if (i > 0) begin(i);
        if (i > 0) text.write(one.bytes);
        text.end_of_continuation();
      } else {
        OutputFile& file = *files[g * options.count + i];
        if (options.echo) file.sink().write(context.bytes());
        finish(file, one.bytes);
      }
      if (options.show_bits) show_bits(terminal, one);
    }
    report(options, terminal, generator.spec, made);
  }
}

}  // namespace

void sample_command(const std::vector<std::string>& arguments, Terminal& terminal) {
  const SampleOptions options = parse_sample_options(arguments);
  if (!options.help.empty()) return print_text(options.help);
  terminal.set_verbosity(options.common.verbosity);
  keep_memory();  // encoders come and go 256 times a byte
  switch (options.action) {
    case SampleAction::kText:
      return sample_text(options, terminal);
    case SampleAction::kImage:
      return sample_image(options, terminal);
    case SampleAction::kAudio:
      return sample_audio(options, terminal);
    case SampleAction::kDemo:
      return sample_demo(options, terminal);
  }
}

}  // namespace lmzip::cli
