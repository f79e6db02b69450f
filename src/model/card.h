// SPDX-License-Identifier: Apache-2.0
// What people should know of a model: NAME.json beside NAME.safetensors. FORMAT.md, section 3, lists the fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lmzip/model_store.h"
#include "model/architecture.h"
#include "model/model_file.h"

namespace lmzip::model {

/// A file that a model was trained on, or a part of one.
struct TrainingFile {
  std::string file;     ///< its name, without folders
  uint64_t bytes = 0;   ///< of it that were used
  std::string digest;   ///< XXH3-128 of those bytes, 32 hexadecimal digits
  std::string licence;  ///< as far as known

  bool operator==(const TrainingFile&) const = default;
};

/// How good a model is on text that it was not trained on, in bits per byte; nothing where it was not measured.
struct Validation {
  std::string data;  ///< what text, e.g. "enwik8_head, last 500000 bytes"
  std::string rule;  ///< how much a forecast may see, e.g. "chunks of 2048 bytes, each cold" or "running context"
  std::optional<double> float_bits;  ///< of the float model
  std::optional<double> int8_bits;   ///< of the quantised one, as the engine runs it

  bool operator==(const Validation&) const = default;
};

struct ModelCard {
  std::string name;
  Architecture architecture;
  uint64_t parameters = 0;
  uint64_t file_bytes = 0;
  std::string digest;    ///< of the weights' file, 32 hexadecimal digits
  std::string numerics;  ///< "portable": quantised, the same forecasts everywhere; "host-bound": float
  std::vector<TrainingFile> training_data;
  uint64_t bytes_seen = 0;       ///< in training, repetitions counted
  uint64_t steps = 0;            ///< of the optimiser
  uint64_t seed = 0;             ///< up to 2^63 - 1, as all counts here
  std::string training_command;  ///< without names of machines and folders
  std::vector<Validation> validation;
  std::string licence;  ///< of the weights
  std::string notes;

  bool operator==(const ModelCard&) const = default;
};

/// JSON on several lines; and back. Errors: kCorrupt with the field's name for anything missing, unknown, out of range,
/// and for control characters, so that a card can be shown on a terminal. Text is UTF-8.
std::string to_json(const ModelCard& card);
ModelCard parse_card(std::string_view json);

/// Writes into `card` what `model` itself says: architecture, parameters, bytes, digest, numerics.
void describe(const Model& model, ModelCard& card);

/// Refuses (kCorrupt, "the card does not match the weights: ...") a card in which describe() would change something.
void check_card(const ModelCard& card, const Model& model);

/// The path of the card that belongs to the weights at `path`.
std::string card_path(const std::string& path);

/// The card of a model that was found; nothing if it has none. Errors of parse_card() climb with the card's path; kIo
/// and kUsage when it is there but cannot be read.
std::optional<ModelCard> find_card(const ModelEntry& entry);

}  // namespace lmzip::model
