// SPDX-License-Identifier: Apache-2.0
#include "codec/predictive_compressor.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "lmzip/arithmetic_coder.h"
#include "lmzip/error.h"
#include "lmzip/tokenizer.h"

namespace lmzip::codec {
namespace {

/// Raw bytes, of all lanes, between two reports of progress. A stop request is looked for at every step, as the slowest
/// predictors need milliseconds for each.
constexpr uint64_t kReportBytes = 4096;

/// The binary tables that the coder has a fast path for. It writes the same code as the general one.
bool is_bit(const FrequencyTable& table) { return table.size() == 2 && table.total() == FrequencyTable::kBitTotal; }

// How symbols stand for the bytes of a block: they are read from it, or written to it, one after the other. A step is
// the symbols after which there may be no more.

/// Bits of bytes, the highest first.
class Bits {
 public:
  static constexpr int kSymbolsAStep = 8;

  /// Read or written so far, whole ones.
  size_t bytes() const { return at_; }
  /// Symbols from here on that it has not told yet, if it knows any.
  std::span<const Symbol> look_ahead(ByteSpan raw) {
    if (at_ < told_) return {};
    const ByteSpan piece = raw.subspan(at_, std::min(raw.size() - at_, kPiece));
    told_ = at_ + piece.size();
    piece_.clear();
    for (const uint8_t byte : piece) {
      for (int shift = 7; shift >= 0; --shift) piece_.push_back(byte >> shift & 1);
    }
    return piece_;
  }

  Symbol read(ByteSpan raw) {
    const Symbol bit = raw[at_] >> shift_ & 1;
    move_on();
    return bit;
  }
  void write(Symbol bit, std::span<uint8_t> raw) {
    raw[at_] = static_cast<uint8_t>(raw[at_] | bit << shift_);
    move_on();
  }

 private:
  void move_on() {
    at_ += shift_ == 0;
    shift_ = (shift_ + 7) % 8;
  }

  /// Small enough for the first cache.
  static constexpr size_t kPiece = 512;

  size_t at_ = 0;
  int shift_ = 7;
  std::vector<Symbol> piece_;
  size_t told_ = 0;  ///< bytes
};

/// Bytes, or strings of bytes.
class Strings {
 public:
  static constexpr int kSymbolsAStep = 1;

  /// Null: symbols are bytes.
  explicit Strings(const Tokenizer* tokenizer)
      : tokenizer_(tokenizer), speller_(tokenizer == nullptr ? nullptr : tokenizer->speller()) {}

  size_t bytes() const { return at_; }
  std::span<const Symbol> look_ahead(ByteSpan raw) {
    if (next_ < piece_.size()) return {};
    const ByteSpan text = raw.subspan(at_, std::min(raw.size() - at_, PredictiveCompressor::kPiece));
    piece_ = tokenizer_ == nullptr ? std::vector<Symbol>(text.begin(), text.end()) : tokenizer_->encode(text);
    next_ = 0;
    return piece_;
  }

  /// What look_ahead() told last must not have been read whole.
  Symbol read(ByteSpan) {
    const Symbol symbol = piece_[next_++];
    at_ += speller_ == nullptr ? 1 : speller_->spell(symbol).size();
    return symbol;
  }
  void write(Symbol symbol, std::span<uint8_t> raw) {
    if (speller_ == nullptr) {
      raw[at_++] = static_cast<uint8_t>(symbol);
      return;
    }
    const ByteSpan string = speller_->spell(symbol);
    if (string.size() > raw.size() - at_) throw Error(ErrorKind::kCorrupt, "a token goes beyond the end of the block");
    std::copy(string.begin(), string.end(), raw.begin() + static_cast<ptrdiff_t>(at_));
    at_ += string.size();
  }

 private:
  const Tokenizer* tokenizer_;
  std::unique_ptr<Speller> speller_;  ///< null: symbols are bytes
  size_t at_ = 0;
  std::vector<Symbol> piece_;
  size_t next_ = 0;  ///< in piece_
};

/// Symbols become code,
class Coded {
 public:
  explicit Coded(Bytes& packed) : coder_(packed) {}

  void add(Symbol symbol, const FrequencyTable& table) {
    if (is_bit(table)) {
      coder_.encode_bit(symbol != 0, table.bit());
    } else {
      coder_.encode(symbol, table);
    }
  }
  void finish() { coder_.finish(); }

 private:
  ArithmeticEncoder coder_;
};

/// or are only weighed.
class Weighed {
 public:
  explicit Weighed(double& bits) : bits_(bits) {}

  void add(Symbol symbol, const FrequencyTable& table) { bits_ += table.bits(symbol); }
  void finish() {}

 private:
  double& bits_;
};

/// One block that is there.
template <typename Units, typename Output>
class KnownLane {
 public:
  static constexpr int kSymbolsAStep = Units::kSymbolsAStep;

  KnownLane(Units units, ByteSpan raw, Output output)
      : units_(std::move(units)), raw_(raw), output_(std::move(output)) {}

  size_t size() const { return raw_.size(); }
  size_t bytes() const { return units_.bytes(); }
  std::span<const Symbol> look_ahead() { return units_.look_ahead(raw_); }

  Symbol code(const FrequencyTable& table) {
    const Symbol symbol = units_.read(raw_);
    output_.add(symbol, table);
    return symbol;
  }

  void finish() { output_.finish(); }

 private:
  Units units_;
  ByteSpan raw_;
  Output output_;
};

/// One block on its way back. `raw` has its final size and is zero.
template <typename Units>
class DecodingLane {
 public:
  static constexpr int kSymbolsAStep = Units::kSymbolsAStep;

  DecodingLane(Units units, ByteSpan packed, Bytes& raw) : units_(std::move(units)), raw_(raw), coder_(packed) {}

  size_t size() const { return raw_.size(); }
  size_t bytes() const { return units_.bytes(); }
  std::span<const Symbol> look_ahead() { return {}; }

  Symbol code(const FrequencyTable& table) {
    const Symbol symbol = is_bit(table) ? Symbol{coder_.decode_bit(table.bit())} : coder_.decode(table);
    units_.write(symbol, raw_);
    return symbol;
  }

  void finish() const { coder_.finish(); }

 private:
  Units units_;
  std::span<uint8_t> raw_;
  ArithmeticDecoder coder_;
};

/// The one loop that all directions run: what differs is only whether a lane's symbol comes from its block or from its
/// code. So encoder and decoder cannot see different forecasts.
template <typename Lane>
void code_lanes(Session& session, std::span<Lane> lanes, ProgressSink& progress) {
  size_t size = 0;
  for (const Lane& lane : lanes) size += lane.size();
  std::vector<Symbol> next(lanes.size(), kIdle);
  size_t reported = 0;
  for (size_t done = 0; done < size;) {
    for (size_t i = 0; i < lanes.size(); ++i) {
      const std::span<const Symbol> upcoming = lanes[i].look_ahead();
      if (!upcoming.empty()) session.foresee(static_cast<int>(i), upcoming);
    }
    for (int part = 0; part < Lane::kSymbolsAStep; ++part) {
      for (size_t i = 0; i < lanes.size(); ++i) {
        Lane& lane = lanes[i];
        next[i] = lane.bytes() < lane.size() ? lane.code(session.forecast(static_cast<int>(i))) : kIdle;
      }
      session.advance(next);
    }
    done = 0;
    for (const Lane& lane : lanes) done += lane.bytes();
    if (done - reported >= kReportBytes) progress.advance(done - std::exchange(reported, done));
    progress.check();
  }
  for (Lane& lane : lanes) lane.finish();
  progress.advance(size - reported);
}

/// Lane i is lane_of(i), made when its turn comes. What each took in tokens.
template <typename LaneOf>
std::vector<TokenCounts> code_groups(const Predictor& predictor, size_t lanes, const LaneOf& lane_of,
                                     ProgressSink& progress) {
  const size_t group = predictor.info().preferred_lanes;
  std::vector<TokenCounts> counts;
  for (size_t first = 0; first < lanes; first += group) {
    progress.check();
    std::vector<decltype(lane_of(first))> together;
    for (size_t i = first; i < std::min(first + group, lanes); ++i) together.push_back(lane_of(i));
    const auto session = predictor.open(static_cast<int>(together.size()));
    code_lanes(*session, std::span(together), progress);
    for (int i = 0; i < session->lanes(); ++i) counts.push_back(session->counts(i));
  }
  return counts;
}

/// Brings bytes into the order in which they are read, and back.
void turn_round(std::span<uint8_t> block, const PredictorInfo& numbers) {
  for (uint64_t step = 0; step < block.size(); ++step) {
    if (const uint64_t place = numbers.place_of(step, block.size()); place > step) std::swap(block[step], block[place]);
  }
}

/// Blocks as the predictor wants them: themselves, or copies.
class Turned {
 public:
  Turned(std::span<const ByteSpan> blocks, const PredictorInfo& numbers) : blocks_(blocks.begin(), blocks.end()) {
    if (numbers.number_bytes == 1) return;
    for (ByteSpan& block : blocks_) {
      Bytes& copy = copies_.emplace_back(block.begin(), block.end());
      turn_round(copy, numbers);
      block = copy;
    }
  }
  ByteSpan operator[](size_t i) const { return blocks_[i]; }

 private:
  std::vector<ByteSpan> blocks_;
  std::vector<Bytes> copies_;
};

/// Whether `ending` is `stem` and one byte.
bool is_one_beyond(ByteSpan ending, ByteSpan stem) {
  return ending.size() == stem.size() + 1 && std::equal(stem.begin(), stem.end(), ending.begin());
}

}  // namespace

PredictiveCompressor::PredictiveCompressor(std::shared_ptr<const Predictor> predictor)
    : predictor_(std::move(predictor)) {
  const PredictorInfo& model = predictor_->info();
  const Tokenizer* const tokenizer = predictor_->tokenizer();
  if (tokenizer == nullptr ? model.alphabet != 2 && model.alphabet != 256 : model.alphabet != tokenizer->size()) {
    throw Error(ErrorKind::kUsage, model.spec + ": predicts neither bits nor bytes nor its tokenizer's symbols");
  }
  const uint64_t piece_bytes = model.alphabet == 2 ? 0 : kPiece * sizeof(Symbol);
  info_ = {.spec = model.spec,
           .numerics = model.numerics,
           .parameter_bytes = model.parameter_bytes,
           .parameters = model.parameters,
           .top = model.top,
           .fixed_bytes = model.lane_bytes + piece_bytes,
           .bytes_per_byte = model.bytes_per_byte + (model.number_bytes > 1 ? 1 : 0),
           .model_digest = model.model_digest,
           .probe_digest = model.probe_digest};
  info_.preferred_lanes = model.preferred_lanes;
  if (!model.model_digest.empty() && model.alphabet != 2) info_.preferred_block_size = kTrainedBlockSize;
  name_ = model.spec.substr(0, model.spec.find_first_of(":,"));
}

template <typename LaneOf>
std::vector<TokenCounts> PredictiveCompressor::code_all(size_t lanes, const LaneOf& lane_of,
                                                        ProgressSink& progress) const try {
  if (predictor_->info().alphabet == 2) {
    return code_groups(
        *predictor_, lanes, [&](size_t i) { return lane_of(Bits(), i); }, progress);
  }
  return code_groups(
      *predictor_, lanes, [&](size_t i) { return lane_of(Strings(predictor_->tokenizer()), i); }, progress);
} catch (const Error& error) {
  throw error.kind() == ErrorKind::kCancelled ? error : error.within(name_);
}

std::vector<Bytes> PredictiveCompressor::compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const {
  std::vector<TokenCounts> counts(blocks.size());
  std::vector<Bytes> packed = compress_counting(blocks, progress, counts);
  for (const TokenCounts& one : counts) progress.add_tokens(one);
  return packed;
}

std::vector<Bytes> PredictiveCompressor::compress_counting(std::span<const ByteSpan> blocks, ProgressSink& progress,
                                                           std::span<TokenCounts> counts) const {
  std::vector<Bytes> packed(blocks.size());
  const Turned raw(blocks, predictor_->info());
  const auto lane_of = [&](auto units, size_t i) { return KnownLane(std::move(units), raw[i], Coded(packed[i])); };
  std::ranges::copy(code_all(blocks.size(), lane_of, progress), counts.begin());
  return packed;
}

std::vector<double> PredictiveCompressor::ideal_bits(std::span<const ByteSpan> blocks, ProgressSink& progress) const {
  std::vector<double> bits(blocks.size());
  const Turned raw(blocks, predictor_->info());
  const auto lane_of = [&](auto units, size_t i) { return KnownLane(std::move(units), raw[i], Weighed(bits[i])); };
  for (const TokenCounts& one : code_all(blocks.size(), lane_of, progress)) progress.add_tokens(one);
  return bits;
}

std::vector<double> PredictiveCompressor::code_lengths(ByteSpan history, std::span<const ByteSpan> endings,
                                                       LengthUnit unit) const {
  if (unit == LengthUnit::kBytes || predictor_->tokenizer() != nullptr || predictor_->info().number_bytes > 1) {
    return Compressor::code_lengths(history, endings, unit);
  }
  const auto add_symbols = [bits = predictor_->info().alphabet == 2](ByteSpan bytes, std::vector<Symbol>& symbols) {
    for (const uint8_t byte : bytes) {
      if (!bits) symbols.push_back(byte);
      for (int shift = 7; bits && shift >= 0; --shift) symbols.push_back(byte >> shift & 1);
    }
  };
  std::vector<double> lengths;
  lengths.reserve(endings.size());
  while (lengths.size() < endings.size()) {
    const ByteSpan first = endings[lengths.size()];
    const ByteSpan stem = first.first(std::max<size_t>(first.size(), 1) - 1);
    std::vector<Symbol> shared;
    add_symbols(history, shared);
    add_symbols(stem, shared);
    const auto session = predictor_->open(1);
    session->foresee(0, shared);
    double shared_bits = 0;
    for (const Symbol symbol : shared) {
      shared_bits += session->forecast(0).bits(symbol);
      session->advance({&symbol, 1});
    }
    do {
      const ByteSpan last = endings[lengths.size()].subspan(stem.size());
      std::vector<Symbol> symbols;
      add_symbols(last, symbols);
      double bits = shared_bits;
      if (symbols.size() > 1) session->mark(0);
      for (size_t i = 0; i < symbols.size(); ++i) {
        bits += session->forecast(0).bits(symbols[i]);
        if (i + 1 < symbols.size()) session->advance({&symbols[i], 1});
      }
      if (symbols.size() > 1) session->rewind(0);
      lengths.push_back(bits);
    } while (lengths.size() < endings.size() && is_one_beyond(endings[lengths.size()], stem));
  }
  return lengths;
}

std::vector<Bytes> PredictiveCompressor::decompress(std::span<const ByteSpan> packed, std::span<const size_t> raw_sizes,
                                                    ProgressSink& progress) const {
  std::vector<Bytes> raw(packed.size());
  const auto lane_of = [&](auto units, size_t i) {
    raw[i].resize(raw_sizes[i]);
    return DecodingLane(std::move(units), packed[i], raw[i]);
  };
  code_all(packed.size(), lane_of, progress);
  if (predictor_->info().number_bytes > 1) {
    for (Bytes& block : raw) turn_round(block, predictor_->info());
  }
  return raw;
}

}  // namespace lmzip::codec
