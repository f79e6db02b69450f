// SPDX-License-Identifier: Apache-2.0
// Pretrained decoder-only transformers of other people, in one form, whatever file they came in: what the readers
// (checkpoint.h) make and the engine (predict/decoder_network.h) runs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/architecture.h"
#include "model/ggml_types.h"
#include "model/vocabulary.h"

namespace lmzip::model {

/// Of a feed: between its two matrices, or on its gate.
enum class Activation : uint8_t {
  kGeluTanh,  ///< the tanh approximation: gelu_new, gelu_pytorch_tanh, gelu_fast
  kGelu,      ///< with the error function
  kSilu,
  kRelu,
};

/// All that decides what is computed. For each layer, with n1 and n2 its two norms and x the residual stream:
///
///     serial:    x += attention(n1(x));  x += feed(n2(x))
///     parallel:  x += attention(n1(x)) + feed(n2(x))
///     attention: query, key, value = W x (+ bias), turned if rotary; softmax over the positions it sees of query . key
///                (/ sqrt(head width) if scaled); output = W of the heads side by side (+ bias)
///     feed:      down(act(up x)), or gated: down(act(gate x) * up x) (+ biases)
///     logits     = head(output_norm(x)), the head being the embedding if tied
///
/// A position's input is embedding[id] (+ positions[position] if learned).
struct DecoderShape {
  static constexpr int kMaxWidth = 16384;
  static constexpr int kMaxFeedWidth = 65536;
  static constexpr int kMaxLayers = 256;
  static constexpr int kMaxHeads = 256;
  static constexpr int kMaxHeadWidth = 256;
  static constexpr int kMaxContext = 1 << 20;
  static constexpr int kMaxVocabulary = 1 << 18;

  int vocabulary = 0;  ///< ids, 1..kMaxVocabulary; rows of the embedding (tokenizers may have fewer)
  int width = 0;       ///< 1..kMaxWidth
  int layers = 0;      ///< 1..kMaxLayers
  int context = 0;     ///< positions it was trained on, 1..kMaxContext

  int heads = 0;            ///< 1..kMaxHeads
  int key_value_heads = 0;  ///< a divisor of heads
  int head_width = 0;       ///< 1..kMaxHeadWidth, even if rotary
  bool scaled = true;       ///< scores are divided by sqrt(head_width)
  bool query_bias = false;  ///< query, key and value have biases
  bool attention_output_bias = false;
  int window = 0;  ///< a local layer's position sees itself and the window - 1 before it; 0: no layer is local
  std::vector<uint8_t> local;  ///< of each layer 0 or 1; empty: all 0, or if there is a window all 1

  /// The first numbers of each head that are turned, z[k] together with z[k + rotary_width / 2]; even. 0: positions are
  /// learned, or there are none.
  int rotary_width = 0;
  double rotary_base = 10000;  ///< 1..1e9
  /// Llama 3.1's stretching of slow frequencies (factor 1: none): those slower than low_factor turns in
  /// original_context are divided by factor, those faster than high_factor are kept, between them linearly.
  double rotary_factor = 1, rotary_low_factor = 1, rotary_high_factor = 4;
  int rotary_original_context = 8192;
  /// Divides all of them by `factor`, as if positions were ("linear"): in a context of 1 none makes a whole turn.
  void stretch_all(double factor) {
    rotary_factor = factor, rotary_low_factor = 1, rotary_high_factor = 4, rotary_original_context = 1;
  }
  bool learned_positions = false;

  Norm norm = Norm::kRms;      ///< kLayer has offsets
  float norm_epsilon = 1e-5f;  ///< 1e-12..1e-2
  bool parallel = false;       ///< attention and feed read the same x

  int feed_width = 0;  ///< 1..kMaxFeedWidth
  bool gated = false;
  Activation activation = Activation::kSilu;
  bool feed_bias = false;
  bool tied = false;

  bool operator==(const DecoderShape&) const = default;
  bool is_local(int layer) const { return window > 0 && (local.empty() || local[static_cast<size_t>(layer)] != 0); }
  uint64_t parameters() const;
};

/// Refuses (kCorrupt, with the field's name) whatever is outside the ranges above or does not fit together.
void check(const DecoderShape& shape);

/// One line of JSON, all fields in a fixed order; and back. Errors: kCorrupt with the field's name, also for fields
/// that are not known. The result of parse has passed check().
std::string to_json(const DecoderShape& shape);
DecoderShape parse_decoder_shape(std::string_view json);

/// Numbers of an array as the small integers that stand for them in its file, for those who copy them. They come in
/// pieces: rows in whole blocks of one of ggml's types, or (no type) int8, equally many a piece, which share a scale.
struct PackedNumbers {
  const GgmlType* type = nullptr;
  int64_t pieces = 0;
  std::function<ByteSpan(int64_t piece)> piece;
  std::function<ByteSpan(int64_t piece)> scale = {};  ///< of int8: a little-endian float32
};

/// One array of numbers: a matrix [outputs, inputs], or a vector, which is one row. `read` fills `out` (columns of it)
/// with row `row` as float32, from wherever and in whatever form it lies; thread-safe.
struct DecoderWeight {
  int64_t rows = 1;
  int64_t columns = 0;
  std::function<void(int64_t row, std::span<float> out)> read;
  std::optional<PackedNumbers> packed = {};  ///< nothing for floats
};

/// The arrays that a decoder of this shape has, in order: `embedding` [V, d], `positions` [context, d];
/// `layers.I.attention_norm.gain`, `.offset`; `layers.I.query` [H w, d], `.key`, `.value` [G w, d] (+ `.bias`),
/// `layers.I.attention_output` [d, H w] (+ `.bias`); `layers.I.feed_norm.gain`, `.offset`; `layers.I.feed.gate`,
/// `.feed.up` [h, d], `.feed.down` [d, h] (+ `.bias`, the gate none); `output_norm.gain`, `.offset`; `output` [V, d]
/// unless tied. Biases are named "layers.I.query.bias" and so on.
std::vector<TensorShape> tensors_of(const DecoderShape& shape);

/// A checkpoint, read. Immutable once made; whoever holds it keeps its files mapped.
struct Decoder {
  DecoderShape shape;
  std::map<std::string, DecoderWeight, std::less<>> weights;
  std::shared_ptr<const Vocabulary> vocabulary;  ///< null when the files have none
  uint64_t file_bytes = 0;                       ///< of the files that the numbers lie in
  std::string format;                            ///< for people: "Hugging Face, llama, F16", "GGUF, llama, Q8_0"
  std::vector<std::string> sources;              ///< paths of the files that all this was read from
  std::string licence;                           ///< as the files tell it; empty: they do not
  std::string digest;                            ///< digest_of(), if whoever opened it has computed it
  std::shared_ptr<const void> files;             ///< what weights and vocabulary point into
};

/// check() of the shape, and that the weights are exactly those of tensors_of() with their rows and columns, and that
/// the vocabulary, if there is one, has no more ids than the embedding rows. Errors: kCorrupt, naming the array.
void check(const Decoder& decoder);

/// `decoder.digest`, or else, computed on `threads`: XXH3-128, as 32 hexadecimal digits, of what is computed and coded,
/// that is the shape, the vocabulary's bytes and start, and every number as float32 (FORMAT.md, section 5). The same
/// for the same network in whatever file it came, with F16 weights widened or not, the embedding there twice or tied.
/// Precondition: check(). Reads every weight once.
std::string digest_of(const Decoder& decoder, unsigned threads = 1);

/// For readers of files that turn z[2k] together with z[2k + 1] of a head (Meta's, llama2.c's and GGUF's llama): puts
/// the rows of queries and keys, and their biases' numbers, into the order that DecoderShape has. Precondition:
/// check().
void unite_halves(Decoder& decoder);

}  // namespace lmzip::model
