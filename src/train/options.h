// SPDX-License-Identifier: Apache-2.0
// All that decides how a model is trained. The trainer itself lives in the libtorch plugin (src/torch); see trainer.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/architecture.h"
#include "model/model_file.h"
#include "model/tokenizer.h"

namespace lmzip::train {

enum class Optimiser : uint8_t { kMuon, kAdamW };
enum class Device : uint8_t { kAuto, kCpu, kCuda };
enum class Precision : uint8_t { kAuto, kFloat32, kBfloat16 };
enum class Decay : uint8_t { kCosine, kLinear };

/// A file to learn from, and how often its bytes are drawn.
struct DataFile {
  std::string path;
  std::optional<double> weight;  ///< share of the samples, relative to the others'; none: the file's size in bytes
};

/// From this share of the budget on, sequences have this length.
struct CurriculumStep {
  double from = 0;  ///< 0..1; the first is 0, and they rise
  int length = 0;   ///< 16..context
};

/// Whichever comes first ends a run; 0: no such limit. One of them must be there.
struct Budget {
  uint64_t steps = 0;  ///< updates
  uint64_t bytes = 0;  ///< raw bytes seen, whatever the symbols are
  double seconds = 0;  ///< of wall time, validation included

  bool limited() const { return steps > 0 || bytes > 0 || seconds > 0; }
  bool operator==(const Budget&) const = default;
};

/// The processes of one training, as torchrun and its like name them. Each draws samples of its own; the first one
/// measures and writes.
struct Peers {
  int rank = 0;         ///< RANK, 0..count - 1
  int count = 1;        ///< WORLD_SIZE
  std::string address;  ///< MASTER_ADDR: where the first one listens
  uint16_t port = 0;    ///< MASTER_PORT
};

/// Lengths of sequences and batches are in symbols: bytes or, with a tokenizer, tokens. All else is in raw bytes.
struct TrainOptions {
  model::Architecture architecture;
  std::shared_ptr<const model::BpeTokenizer> tokenizer;  ///< of the architecture's vocabulary; null: bytes
  std::shared_ptr<const model::Model> begin_with;        ///< its weights are the first ones; null: random ones

  // Data
  std::vector<DataFile> files;          ///< not empty
  std::vector<std::string> validation;  ///< files to measure on
  uint64_t holdout = 0;                 ///< the last bytes of each training file are for validation instead
  uint64_t validation_bytes = 131072;   ///< of each validation text, from 2048; in the end eight times as many
  uint64_t seed = 1;                    ///< up to 2^63 - 1

  // One update
  uint64_t batch = 4096;                   ///< symbols of one pass, 16..2^24: so many sequences that they have these
  int accumulate = 1;                      ///< passes per update, 1..1024
  std::vector<CurriculumStep> curriculum;  ///< empty: always the architecture's context
  double cold_starts = 0.0002;             ///< chance per symbol that a carried stream begins anew (recurrent models)
  std::vector<double> table_dropout;       ///< chance, below 1, that a row is left out: one for each table, or none

  // Optimiser
  Optimiser optimiser = Optimiser::kMuon;
  double matrix_rate = 0.02;   ///< Muon's, for the matrices of the layers
  double rate = 0.002;         ///< AdamW's, for all else
  double table_rate = 0.05;    ///< row-wise Adagrad's, for n-gram tables
  double weight_decay = 0.02;  ///< of matrices, times their rate
  double clip = 1;             ///< largest norm of the whole gradient; 0: none
  uint64_t warmup = 60;        ///< updates
  Decay decay = Decay::kLinear;
  double decay_from = 0.5;   ///< the share of the budget after which rates fall
  double final_rate = 0.02;  ///< the rates' last share

  Budget budget;

  // Machine
  Device device = Device::kAuto;
  Precision precision = Precision::kAuto;
  int threads = 1;
  Peers peers;

  // Files written; empty: not
  std::string output;  ///< the model, NAME.safetensors; its card goes beside it
  std::string log;     ///< JSON lines; appended to when resuming
  std::string checkpoint;
  std::string resume;  ///< a checkpoint to continue
  double checkpoint_seconds = 180;
  double validation_seconds = 300;

  // For the card
  std::string command;       ///< how this was asked for
  std::string licence;       ///< of the weights
  std::string data_licence;  ///< of the training files
  std::string notes;
};

/// The settings under a name: paper-200k, paper-800k, paper-3.2m (attention; a paper's sizes), fast (recurrence and
/// tables), pixels (grey pictures of 64 x 32) and samples (sound of 8 bits). Errors: kUsage, naming them all.
TrainOptions preset(std::string_view name);

/// Those to train `model` further with: its architecture and tokenizer, and the preset that suits such an architecture.
TrainOptions settings_for(std::shared_ptr<const model::Model> model);

/// `architecture` with other values, each "width=256": the names are those of its JSON; a list is "order2,word", and
/// layers may be counted: "3*recurrence,attention". Errors: kUsage when the whole does not fit together, too.
model::Architecture with_fields(const model::Architecture& architecture, std::span<const std::string> fields);

/// Refuses (Error kUsage) what is out of range or does not fit together.
void check(const TrainOptions& options);

}  // namespace lmzip::train
