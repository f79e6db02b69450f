// SPDX-License-Identifier: Apache-2.0
// The name of a network in compressed files: FORMAT.md, section 5.
#include <algorithm>
#include <atomic>
#include <bit>

#include "base/hash.h"
#include "base/thread_pool.h"
#include "model/decoder.h"

namespace lmzip::model {
namespace {

/// Hashes numbers in the order of files.
class NumberHash {
 public:
  void add(ByteSpan bytes) { stream_.add(bytes); }
  void add(int64_t number) { add_bits(static_cast<uint64_t>(number)); }
  void add(double number) { add_bits(std::bit_cast<uint64_t>(number)); }
  base::Digest digest() const { return stream_.digest(); }

 private:
  void add_bits(uint64_t bits) {
    uint8_t bytes[sizeof bits];
    for (size_t i = 0; i < sizeof bits; ++i) bytes[i] = static_cast<uint8_t>(bits >> 8 * i);
    stream_.add(bytes);
  }

  base::DigestStream stream_;
};

/// What is not used by a shape does not count.
void add_shape(NumberHash& hash, const DecoderShape& s) {
  for (const int64_t number :
       {int64_t{s.vocabulary}, int64_t{s.width}, int64_t{s.layers}, int64_t{s.context}, int64_t{s.heads},
        int64_t{s.key_value_heads}, int64_t{s.head_width}, int64_t{s.scaled}, int64_t{s.query_bias},
        int64_t{s.attention_output_bias}, static_cast<int64_t>(s.norm), int64_t{s.parallel}, int64_t{s.feed_width},
        int64_t{s.gated}, static_cast<int64_t>(s.activation), int64_t{s.feed_bias}, int64_t{s.learned_positions},
        int64_t{s.rotary_width}}) {
    hash.add(number);
  }
  hash.add(double{s.norm_epsilon});
  for (int layer = 0; layer < s.layers; ++layer) hash.add(int64_t{s.is_local(layer) ? s.window : 0});
  if (s.rotary_width == 0) return;
  hash.add(s.rotary_base);
  hash.add(s.rotary_factor);
  if (s.rotary_factor == 1) return;
  hash.add(s.rotary_low_factor);
  hash.add(s.rotary_high_factor);
  hash.add(int64_t{s.rotary_original_context});
}

void add_vocabulary(NumberHash& hash, const Vocabulary& vocabulary) {
  hash.add(int64_t{vocabulary.size()});
  hash.add(int64_t{vocabulary.start()});
  for (Symbol id = 0; id < vocabulary.size(); ++id) {
    const ByteSpan bytes = vocabulary.bytes(id);
    hash.add(static_cast<int64_t>(bytes.size()));
    hash.add(bytes);
  }
}

constexpr int64_t kPieceNumbers = 1 << 18;  // a megabyte, so that it is in a cache when it is hashed

/// Some rows of an array, and their digest.
struct Piece {
  const DecoderWeight* weight = nullptr;
  int64_t first = 0, rows = 0;
  base::Digest digest{};
};

void append_pieces(const DecoderWeight& weight, std::vector<Piece>& pieces) {
  const int64_t at_once = std::max<int64_t>(kPieceNumbers / weight.columns, 1);
  for (int64_t row = 0; row < weight.rows; row += at_once) {
    pieces.push_back({&weight, row, std::min(at_once, weight.rows - row)});
  }
}

void hash_piece(Piece& piece, std::vector<float>& buffer) {
  const auto columns = static_cast<size_t>(piece.weight->columns);
  buffer.resize(static_cast<size_t>(piece.rows) * columns);
  for (int64_t i = 0; i < piece.rows; ++i) {
    piece.weight->read(piece.first + i, std::span(buffer).subspan(static_cast<size_t>(i) * columns, columns));
  }
  auto* const bytes = reinterpret_cast<uint8_t*>(buffer.data());
  const size_t size = buffer.size() * sizeof(float);
  if constexpr (std::endian::native == std::endian::big) {
    for (size_t i = 0; i < size; i += sizeof(float)) std::reverse(bytes + i, bytes + i + sizeof(float));
  }
  piece.digest = base::xxh3_128({bytes, size});
}

void hash_all(std::vector<Piece>& pieces, unsigned threads) {
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    std::vector<float> buffer;
    for (size_t i = next++; i < pieces.size(); i = next++) hash_piece(pieces[i], buffer);
  };
  base::ThreadPool pool(std::max(threads, 1U));
  std::vector<std::future<void>> workers;
  for (unsigned i = 0; i < std::max(threads, 1U); ++i) workers.push_back(pool.submit(work));
  for (std::future<void>& worker : workers) worker.wait();
  for (std::future<void>& worker : workers) worker.get();
}

}  // namespace

std::string digest_of(const Decoder& decoder, unsigned threads) {
  if (!decoder.digest.empty()) return decoder.digest;
  std::vector<Piece> pieces;
  DecoderShape shape = decoder.shape;
  shape.tied = true;
  for (const TensorShape& array : tensors_of(shape)) {
    append_pieces(decoder.weights.find(array.name)->second, pieces);
  }
  const DecoderWeight& embedding = decoder.weights.find("embedding")->second;
  if (!decoder.shape.tied) append_pieces(decoder.weights.find("output")->second, pieces);
  hash_all(pieces, threads);
  // Whether the head is a second copy of the embedding or the same array is nothing that a forecast could tell.
  if (decoder.shape.tied) {
    for (size_t i = 0; pieces[i].weight == &embedding; ++i) pieces.push_back(Piece(pieces[i]));
  }

  NumberHash hash;
  add_shape(hash, decoder.shape);
  hash.add(int64_t{decoder.vocabulary != nullptr});
  if (decoder.vocabulary) add_vocabulary(hash, *decoder.vocabulary);
  for (const Piece& piece : pieces) hash.add(piece.digest);
  return base::hex(hash.digest());
}

}  // namespace lmzip::model
