// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>

#include "cli/commands/commands.h"
#include "cli/memory.h"
#include "cli/options.h"
#include "cli/signals.h"
#include "cli/temporary_file.h"
#include "cli/terminal.h"
#include "kernels/isa.h"
#include "lmzip/error.h"

namespace {

using namespace lmzip;
using namespace lmzip::cli;

std::terminate_handler g_default_end = nullptr;

/// Memory may be out where nobody can catch that: before main(), where static initialisers (CLI11's) take some, and in
/// functions that promise not to throw and yet take some (the destructor of nlohmann::json). That is no reason to dump
/// core, nor to leave half a file behind.
[[noreturn]] void end_without_memory() {
  if (std::current_exception() != nullptr) try {
      throw;
    } catch (const std::bad_alloc&) {
      TemporaryFile::remove_all();
      Terminal().error("not enough memory");
      _exit(static_cast<int>(ExitStatus::kError));
    } catch (...) {
    }
  g_default_end();
  std::abort();
}

/// 101 is the first of all static initialisers that a program may have.
[[gnu::constructor(101)]] void prepare_for_the_end() { g_default_end = std::set_terminate(end_without_memory); }

/// A closed stdin, stdout or stderr is occupied by something whose use fails, lest a file that we open take its number
/// and, say, error messages go into an archive.
void occupy_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
  }
}

/// LMZIP_FORCE_ISA: one of the instruction sets this machine has, instead of the best. The output is the same; it lets
/// a test, or a hunt for a wrong one, prove that.
void choose_instruction_set() {
  const char* const wanted = std::getenv("LMZIP_FORCE_ISA");
  if (wanted == nullptr || *wanted == '\0' || kernels::force_isa(wanted)) return;
  std::string names;
  for (const kernels::Isa isa : kernels::available_isas()) names += fmt::format(" {}", kernels::isa_name(isa));
  throw Error(ErrorKind::kUnsupported, fmt::format("LMZIP_FORCE_ISA: '{}' is not one of{}", wanted, names));
}

void run(const Options& options, Terminal& terminal) {
  switch (options.operation) {
    case Operation::kCompress:
      return compress_files(options, terminal);
    case Operation::kDecompress:
      return decompress_files(options, terminal);
    case Operation::kTest:
      return test_files(options, terminal);
    case Operation::kList:
      return list_files(options, terminal);
    case Operation::kCodecs:
      return show_codecs(options);
    case Operation::kBench:
      return bench_command(options.arguments, terminal);
    case Operation::kSample:
      return sample_command(options.arguments, terminal);
    case Operation::kModel:
      return manage_models(options, terminal);
    case Operation::kEval:
      return evaluate_files(options, terminal);
    case Operation::kExplain:
      return explain_file(options, terminal);
    case Operation::kTrain:
      return train_model(options, terminal);
    case Operation::kTrainTokenizer:
      return train_tokenizer(options.arguments, terminal);
    case Operation::kShowPreset:
      return show_presets(options);
    case Operation::kShowText:
      return print_text(options.text);
  }
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_descriptors();
  give_memory_back();
  Terminal terminal;
  try {
    install_signal_handlers();
    const Options options = parse_options({argv, argv + argc});
    terminal.set_verbosity(options.verbosity);
    choose_instruction_set();
    run(options, terminal);
  } catch (const Error& error) {
    if (stop_signal() == 0) terminal.error(error.what());
    if (error.kind() == ErrorKind::kUsage) terminal.note("Try 'lmzip --help' for more information.");
  } catch (const std::bad_alloc&) {
    terminal.error("not enough memory");
  } catch (const std::exception& error) {
    terminal.error(error.what());
  }
  if (const int signal = stop_signal(); signal != 0) die_of(signal);
  return static_cast<int>(terminal.status());
}
