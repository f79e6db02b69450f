// SPDX-License-Identifier: Apache-2.0
// Codecs and predictors by the text that names them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lmzip/compressor.h"
#include "lmzip/predictor.h"

namespace lmzip {

namespace model {
class Model;     // src/model/model_file.h
struct Decoder;  // src/model/decoder.h
}  // namespace model

namespace predict {
class DecoderEngine;  // src/predict/decoder_network.h
}  // namespace predict

/// One line of `lmzip codecs`.
struct CodecDescription {
  std::string_view name;     ///< e.g. "gzip"
  std::string_view options;  ///< e.g. "1-9, default 9"
  std::string_view summary;  ///< what it is, one line
  bool is_predictor;         ///< drives the arithmetic coder (and can be sampled); else a classical codec
};

/// All codecs of this build, in the order they should be shown.
std::span<const CodecDescription> codecs();

/// Where codecs with trained weights (`lm`, `torch`) get what is not in this library.
struct CodecSources {
  /// Finds the weights that a spec names. Unset: only those inside the program are known.
  std::function<std::shared_ptr<const model::Model>(std::string_view name)> model = {};
  /// Makes the host-bound predictor of `torch:NAME`. Unset: such codecs are refused (kUnsupported).
  std::function<std::shared_ptr<const Predictor>(std::shared_ptr<const model::Model> model, std::string_view name)>
      torch = {};
  /// Finds the pretrained transformer of `checkpoint:NAME`. Unset: such codecs are refused (kUnsupported).
  std::function<std::shared_ptr<const model::Decoder>(std::string_view name)> checkpoint = {};
  /// Makes the host-bound engine of `checkpoint:NAME,engine=torch`. Unset: such codecs are refused (kUnsupported).
  std::function<std::shared_ptr<const predict::DecoderEngine>(const model::Decoder& decoder)> torch_engine = {};
  unsigned threads = 1;  ///< that make codecs ready; what they are does not depend on it
};

/// Makes the codec that `spec` names; the grammar stands in src/codec/spec.h. Predictors come wrapped in the arithmetic
/// coder. Errors: kUsage with the offending part and what would be accepted; those of `sources`.
std::unique_ptr<Compressor> make_compressor(std::string_view spec, const CodecSources& sources = {});

/// Makes the predictor that `spec` names. A classical codec is wrapped in CodeLengthPredictor, which `lengths` is for.
std::shared_ptr<const Predictor> make_predictor(std::string_view spec, const CodecSources& sources = {},
                                                const CodeLengthOptions& lengths = {});

/// What a level of the command line stands for.
struct Preset {
  int level;                ///< 1 (fastest) to 9 (smallest)
  std::string codec;        ///< spec
  uint64_t block_size;      ///< raw bytes per independent block
  bool in_parts;            ///< but a text of less than one may be cut in parts, for several cores
  std::string_view advice;  ///< when to use it, a few words
};

inline constexpr int kDefaultLevel = 5;

/// The presets of levels 1 to 9, in order. Those with a network have one that is inside the program.
std::span<const Preset> presets();

}  // namespace lmzip
