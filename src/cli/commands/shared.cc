// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <exception>
#include <new>

#include "cli/commands/commands.h"
#include "cli/input_file.h"
#include "cli/names.h"
#include "cli/signals.h"
#include "lmzip/error.h"

namespace lmzip::cli {

void for_each_file(const Options& options, Terminal& terminal, const std::function<void(const std::string&)>& job) {
  for (const std::string& path : options.files) {
    if (stop_signal() != 0) return;
    const std::string name = shown_name(path);
    try {
      job(path);
    } catch (const Skipped& skipped) {
      terminal.warn(fmt::format("{}: {}", name, skipped.what()));
    } catch (const Error& error) {
      if (stop_signal() != 0) return;  // whatever failed, it failed because of that
      terminal.error(error.within(name).what());
    } catch (const std::bad_alloc&) {
      terminal.error(fmt::format("{}: not enough memory; fewer --threads or a smaller --block need less", name));
    } catch (const std::exception& error) {
      terminal.error(fmt::format("{}: {}", name, error.what()));
    }
  }
}

void judge_trailing_garbage(const Options& options, Terminal& terminal, const std::string& name,
                            const std::optional<uint64_t>& offset) {
  if (!offset) return;
  if (options.strict) throw Error(ErrorKind::kCorrupt, fmt::format("byte {}: trailing garbage", *offset));
  terminal.warn(fmt::format("{}: byte {}: trailing garbage ignored", name, *offset));
}

}  // namespace lmzip::cli
