// SPDX-License-Identifier: Apache-2.0
// What lmzip does once it knows what is wanted. Each command says what it has to say through the terminal, whose status
// is the exit status, and throws Error only for what concerns no single file.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/terminal.h"

namespace lmzip::cli {

void compress_files(const Options& options, Terminal& terminal);
void decompress_files(const Options& options, Terminal& terminal);
void test_files(const Options& options, Terminal& terminal);
void list_files(const Options& options, Terminal& terminal);
void show_codecs(const Options& options);
void show_presets(const Options& options);
/// `arguments`: what follows "lmzip bench".
void bench_command(const std::vector<std::string>& arguments, Terminal& terminal);
/// `arguments`: what follows "lmzip sample".
void sample_command(const std::vector<std::string>& arguments, Terminal& terminal);
void evaluate_files(const Options& options, Terminal& terminal);
void explain_file(const Options& options, Terminal& terminal);
void train_model(const Options& options, Terminal& terminal);
/// `arguments`: what follows "lmzip train-tokenizer".
void train_tokenizer(const std::vector<std::string>& arguments, Terminal& terminal);
void manage_models(const Options& options, Terminal& terminal);

/// Runs `job` for each input file. What it throws is said with the name of the file, and the others still get their
/// turn; only a stop request (kCancelled) ends the loop.
void for_each_file(const Options& options, Terminal& terminal, const std::function<void(const std::string&)>& job);

/// Says, or with --strict throws, that a file has something behind its last member.
void judge_trailing_garbage(const Options& options, Terminal& terminal, const std::string& name,
                            const std::optional<uint64_t>& offset);

}  // namespace lmzip::cli
