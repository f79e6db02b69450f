// SPDX-License-Identifier: Apache-2.0
// The shape of a network over bytes or byte pair tokens: what the trainer builds, what the engine runs, what a model
// file says of itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lmzip::model {

/// What mixes information along the sequence in one layer.
enum class Mixer : uint8_t { kAttention, kRecurrence };
enum class Norm : uint8_t { kRms, kLayer };
/// The position-wise part of a layer. kGelu has biases, the others have none.
enum class Feed : uint8_t { kNone, kGelu, kSwiGlu, kSquaredRelu };
/// What bytes are, if not text: brightnesses of pictures in rows, or samples of sound. See number_context.h.
enum class Numbers : uint8_t { kNone, kPixels, kSamples };
/// What a hashed n-gram table is indexed by; see ngram.h.
enum class NgramContext : uint8_t { kOrder2, kOrder3, kOrder4, kOrder5, kOrder6, kWord, kWordPair };

/// The alphabet of models of bytes.
inline constexpr int kVocabulary = 256;
/// Rows of a convolution: the present position and the three before it.
inline constexpr int kTaps = 4;

/// All that decides the shapes of the tensors and what is computed with them (FORMAT.md has the equations).
/// Widths are multiples of kWidthStep, so that kernels need no remainders.
struct Architecture {
  static constexpr int kWidthStep = 16;
  static constexpr int kMaxWidth = 4096;
  static constexpr int kMaxLayers = 64;
  static constexpr int kContextStep = 64;  ///< contexts and windows are multiples of it
  static constexpr int kMaxContext = 1 << 16;
  static constexpr int kMaxHeads = 64;
  static constexpr int kMaxHeadWidth = 256;
  static constexpr int kMinTableBits = 8;
  static constexpr int kMaxTableBits = 22;
  static constexpr int kMaxTableWidth = 256;
  static constexpr int kVocabularyStep = 16;
  static constexpr int kMaxVocabulary = 1 << 17;
  static constexpr int kMaxRow = 1 << 14;
  static_assert(kMaxHeads * kMaxHeadWidth <= 4 * kMaxWidth);  // no row of a matrix is longer than a feed's

  /// Symbols: 256 for bytes; more for tokens, up to 2^17 in steps of 16, whose tokenizer is in the model file.
  int vocabulary = kVocabulary;
  int width = 0;              ///< of the residual stream, 16..4096
  std::vector<Mixer> layers;  ///< 1..64
  Norm norm = Norm::kRms;
  Feed feed = Feed::kNone;
  int feed_width = 0;        ///< 0 exactly when feed is kNone, else 16..4 * 4096
  bool tied = false;         ///< the head's matrix is the embedding
  bool convolution = false;  ///< a causal convolution of four taps stands before every mixer
  int context = 2048;  ///< symbols of the sequences it was trained on, 64..65536, in steps of 64; limits the window

  // Attention layers only; all 0 when there are none.
  int heads = 0;            ///< 1..64
  int key_value_heads = 0;  ///< a divisor of heads
  int head_width = 0;       ///< 16..256
  int window = 0;           ///< a position sees itself and the window - 1 before it; 64..context, in steps of 64

  // Recurrent layers only; 0 when there are none.
  int state_width = 0;  ///< 16..4096

  // Hashed n-gram tables, if any; of bytes only.
  std::vector<NgramContext> tables;  ///< in the enumeration's order, none twice
  int table_bits = 0;                ///< each table has 2^bits rows, 8..22; 0 when there are no tables
  int table_width = 0;               ///< of a row, 16..256; 0 when there are no tables

  // Models of numbers only; of bytes, without tables.
  Numbers numbers = Numbers::kNone;
  int row = 0;  ///< pixels of a row in training, 2..16384; 0 unless numbers are pixels

  bool operator==(const Architecture&) const = default;

  bool has(Mixer mixer) const;
  /// Trained numbers in all, tables included. Precondition: all fields are in their ranges.
  uint64_t parameters() const;
};

/// Refuses (Error kCorrupt, with the field's name) whatever is outside the ranges above or does not fit together, also
/// sizes of parts that are not there, so that no product of sizes can overflow afterwards. `max_parameters` bounds the
/// whole.
void check(const Architecture& architecture, uint64_t max_parameters = uint64_t{1} << 31);

/// One line of JSON, all fields (the vocabulary only if it is not bytes, numbers and row only if there are), in a fixed
/// order; and back. Errors: kCorrupt with the field's name (unknown fields are refused, too: they would change what is
/// computed). The result of parse() has passed check().
std::string to_json(const Architecture& architecture);
Architecture parse_architecture(std::string_view json);

/// A tensor that a model of this architecture has: its name, its rows (1 for vectors, kTaps for convolutions) and its
/// columns. In the file a vector's shape is [columns], any other's [rows, columns].
struct TensorShape {
  std::string name;
  int64_t rows = 1;
  int64_t columns = 0;
  bool matrix = false;  ///< kept as int8 with one scale a row in quantised models; vectors stay float32
};

/// All tensors, in the order of FORMAT.md.
std::vector<TensorShape> tensors_of(const Architecture& architecture);

}  // namespace lmzip::model
