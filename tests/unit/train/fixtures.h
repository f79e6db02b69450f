// SPDX-License-Identifier: Apache-2.0
// A folder of texts, and options that learn from them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lmzip/error.h"
#include "train/bpe_trainer.h"
#include "train/options.h"
#include "unit/model/folder.h"

namespace lmzip::test {

/// `size` bytes of words; different seeds, different words.
inline Bytes words(size_t size, uint64_t seed) {
  Bytes text;
  for (uint64_t state = seed * 0x9E3779B97F4A7C15 + 1; text.size() < size;) {
    state = state * 6364136223846793005 + 1442695040888963407;
    const uint64_t word = state >> 59;  // 32 words, of one to five letters
    for (uint64_t i = 0; i <= word % 5; ++i) text.push_back(static_cast<uint8_t>('a' + (word * 7 + i * seed) % 26));
    text.push_back(' ');
  }
  text.resize(size);
  return text;
}

/// A small recurrent network with tables, to be trained on one text of 40,000 bytes in `folder`.
inline train::TrainOptions small_training(const Folder& folder) {
  train::TrainOptions options = train::preset("fast");
  const std::vector<std::string> fields = {"width=32",           "state_width=32", "layers=2*recurrence",
                                           "tables=order2,word", "table_bits=10",  "table_width=16"};
  options.architecture = train::with_fields(options.architecture, fields);
  options.curriculum = {{0, 64}};
  options.batch = 512;
  options.files = {{folder.write("text", words(40000, 1)), {}}};
  options.output = folder.path("model.safetensors");
  options.warmup = 10;
  options.budget.steps = 20;
  return options;
}

/// `options` with a tokenizer of `symbols`, made of `text`, and a network without tables, which are of bytes.
inline train::TrainOptions with_tokens(train::TrainOptions options, ByteSpan text, size_t symbols) {
  ProgressSink sink;
  train::WordCounts counts;
  counts.add(text, sink);
  options.tokenizer =
      std::make_shared<const model::BpeTokenizer>(train::train_merges(counts, symbols, sink, [](size_t) {}));
  const std::vector<std::string> fields = {"tables=", "table_bits=0", "table_width=0"};
  options.architecture = train::with_fields(options.architecture, fields);
  options.architecture.vocabulary = static_cast<int>(options.tokenizer->size());
  return options;
}

/// What `work` throws; fails when it does not.
template <typename Work>
Error error_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(ErrorKind::kUsage, "");
}

}  // namespace lmzip::test
