// SPDX-License-Identifier: Apache-2.0
#include "mix/model.h"

#include <algorithm>
#include <array>
#include <bit>

#include "mix/adaptive_map.h"
#include "mix/context_set.h"
#include "mix/contexts.h"
#include "mix/hash.h"
#include "mix/match_model.h"
#include "mix/mixer.h"

namespace lmzip::mix {
namespace {

// What a level spends.
struct Options {
  size_t contexts;       ///< of Contexts, 1..kMaxContexts
  size_t groups;         ///< weight sets mixed for each bit, 1..kGroups
  int table_bits;        ///< 64-byte lines of the context table
  uint32_t match_bits;   ///< positions that each match model remembers
};

// Measured in src/mix/README.md. Above level 6 only memory grows until the neural levels take their place.
constexpr std::array<Options, kMaxLevel> kLevels = {{
    {.contexts = 6, .groups = 2, .table_bits = 19, .match_bits = 18},
    {.contexts = 8, .groups = 3, .table_bits = 19, .match_bits = 18},
    {.contexts = 12, .groups = 4, .table_bits = 20, .match_bits = 19},
    {.contexts = 18, .groups = 6, .table_bits = 21, .match_bits = 20},
    {.contexts = 24, .groups = 7, .table_bits = 22, .match_bits = 20},
    {.contexts = 24, .groups = 7, .table_bits = 22, .match_bits = 22},
    {.contexts = 24, .groups = 7, .table_bits = 23, .match_bits = 22},
    {.contexts = 24, .groups = 7, .table_bits = 23, .match_bits = 22},
    {.contexts = 24, .groups = 7, .table_bits = 23, .match_bits = 22},
}};

// Sizes of the groups of weight sets, for one kind of data; most valuable first. See select_weights().
constexpr std::array<size_t, 7> kGroupSizes = {2048, 1024, 256, 4096, 2048, 256, 128};

constexpr uint32_t kMatchLength = 6;       // finds early
constexpr uint32_t kLongMatchLength = 20;  // and this one is rarely wrong

constexpr size_t kDirectInputs = 2;  // orders 0 and 1, in tables without hashing
constexpr size_t kBias = 1;

class ContextMixingModel final : public Model {
 public:
  explicit ContextMixingModel(const Options& options)
      : set_(options.contexts, kKinds, options.table_bits),
        match_(kMatchLength, options.match_bits),
        long_match_(kLongMatchLength, options.match_bits),
        mixer_(mixer_options(options)),
        order1_map_(65536, 6),
        order3_map_(65536, 6),
        order0_(256),
        order1_(65536),
        groups_(options.groups) {
    begin_byte();
    set_.locate();
    predict();
  }

  uint32_t p1() const override { return p1_; }

  void update(int bit) override {
    set_.update(bit);
    match_.update(bit);
    long_match_.update(bit);
    order0_[partial_].update(bit, 255);
    order1_[c1_ << 8 | partial_].update(bit, 255);
    partial_ = partial_ << 1 | static_cast<uint32_t>(bit);
    // The slots of the next half-byte are fetched while the mixer learns.
    const bool half_done = partial_ >= 16 && (partial_ < 32 || partial_ >= 256);
    if (partial_ >= 256) {
      contexts_.add(static_cast<uint8_t>(partial_));
      match_.byte_done(contexts_.history());
      long_match_.byte_done(contexts_.history());
      begin_byte();
    } else if (half_done) {
      set_.prefetch_second_half(partial_);
    }
    mixer_.update(bit);
    order1_map_.update(bit);
    order3_map_.update(bit);
    if (half_done) set_.locate();
    predict();
  }

 private:
  static Mixer::Options mixer_options(const Options& options) {
    Mixer::Options mixer;
    mixer.inputs = static_cast<int>(options.contexts * ContextSet::kInputsPerContext + kDirectInputs +
                                    2 * MatchModel::kInputs + kBias);
    for (size_t g = 0; g < options.groups; ++g) mixer.group_sizes.push_back(kGroupSizes[g] * kKinds);
    mixer.final_sets = 256 * kKinds;
    mixer.initial_weight = static_cast<int32_t>(144000 / options.contexts);
    mixer.rate = 9000;
    mixer.first_rate = 14000;
    mixer.rate_decay = 16384;
    mixer.final_rate = 4000;
    return mixer;
  }

  void begin_byte() {
    partial_ = 1;
    c1_ = contexts_.back(1);
    c2_ = contexts_.back(2);
    kind_ = static_cast<size_t>(contexts_.kind());
    const uint32_t expected = match_.length() > 0 ? 256u + match_.expected_byte() : 0u;
    std::array<uint64_t, ContextSet::kMaxContexts> hashes;
    const std::span<uint64_t> wanted(hashes.data(), set_.size());
    contexts_.hash(wanted, expected);
    set_.prefetch_byte(wanted, kind_, contexts_.history().size());
    order3_row_ = mixed(contexts_.back(1) | contexts_.back(2) << 8 | contexts_.back(3) << 16);
  }

  void predict() {
    const auto position = static_cast<uint32_t>(std::bit_width(partial_) - 1);
    order1_map_.select(c1_ << 8 | partial_);
    order3_map_.select((order3_row_ + partial_ * 0x9E3779B97F4A7C15u) >> 48);

    int32_t* input = mixer_.inputs();
    set_.write_inputs(input);
    input += set_.size() * ContextSet::kInputsPerContext;
    match_.write_inputs(input, partial_);
    long_match_.write_inputs(input + MatchModel::kInputs, partial_);
    input += 2 * MatchModel::kInputs;
    *input++ = stretch(order0_[partial_].p());
    *input++ = stretch(order1_[c1_ << 8 | partial_].p());
    *input++ = kStretchOne;

    select_weights(position);
    const int32_t stretched = mixer_.mix(kind_ * 256 + partial_);

    const int32_t p = squash(stretched);
    const int32_t refined = 2 * p + order1_map_.refine(stretched) + order3_map_.refine(stretched);
    p1_ = static_cast<uint32_t>(std::clamp((refined + 2) >> 2, 1, kProbabilityOne - 1));
  }

  void select_weights(uint32_t position) {
    const auto hits = static_cast<uint32_t>(std::popcount(set_.seen() & 127));
    const std::array<uint32_t, kGroupSizes.size()> choice = {
        c1_ << 3 | position,
        hits << 5 | match_.expected_bit() << 3 | position,
        partial_,
        contexts_.shape() & 0xFFF,
        c1_ << 3 | c2_ >> 5,
        match_.bucket() << 4 | long_match_.bucket(),
        contexts_.word_length() << 3 | position,
    };
    for (size_t g = 0; g < groups_; ++g) mixer_.select(g, kind_ * kGroupSizes[g] + choice[g]);
  }

  Contexts contexts_;
  ContextSet set_;
  MatchModel match_, long_match_;
  Mixer mixer_;
  AdaptiveMap order1_map_, order3_map_;
  std::vector<AdaptiveProbability> order0_, order1_;
  uint64_t order3_row_ = 0;
  uint32_t c1_ = 0, c2_ = 0;
  uint32_t partial_ = 1;
  size_t kind_ = 0;
  size_t groups_;
  uint32_t p1_ = kProbabilityOne / 2;
};

}  // namespace

std::unique_ptr<Model> make_model(int level) {
  return std::make_unique<ContextMixingModel>(kLevels.at(static_cast<size_t>(level - kMinLevel)));
}

uint64_t model_bytes(int level) {
  const Options& options = kLevels.at(static_cast<size_t>(level - kMinLevel));
  uint64_t sets = 0;
  for (size_t g = 0; g < options.groups; ++g) sets += kGroupSizes[g] * kKinds;
  const uint64_t inputs = options.contexts * ContextSet::kInputsPerContext + 16;
  constexpr uint64_t kRefinement = 2 * 65536 * 64;
  return (uint64_t{64} << options.table_bits) + (uint64_t{8} << options.match_bits) + sets * inputs * 4 + kRefinement +
         (uint64_t{1} << 20);
}

}  // namespace lmzip::mix
