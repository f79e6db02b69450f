// SPDX-License-Identifier: Apache-2.0
#include "mix/model.h"

#include <algorithm>
#include <array>
#include <bit>
#include <type_traits>

#include "lmzip/error.h"
#include "mix/adaptive_map.h"
#include "mix/context_set.h"
#include "mix/contexts.h"
#include "mix/forecast.h"
#include "mix/hash.h"
#include "mix/journal.h"
#include "mix/match_model.h"
#include "mix/mixer.h"

namespace lmzip::mix {
namespace {

// What a level spends.
struct Options {
  size_t contexts;      ///< of Contexts, 1..kMaxContexts
  size_t groups;        ///< weight sets mixed for each bit, 1..kGroups
  int table_bits;       ///< 64-byte lines of the context table
  uint32_t match_bits;  ///< positions that each match model remembers
  size_t match_models;  ///< 1 or 2
};

// Doubling the table saves 0.3 % on 3 MB of Wikipedia XML and 0.6 % on 16 MiB of text, and costs time to clear and
// fetch. Above level 6 only the reach of the match models grows, until the neural levels take their place.
constexpr std::array<Options, kMaxLevel> kLevels = {{
    {.contexts = 5, .groups = 2, .table_bits = 18, .match_bits = 18, .match_models = 1},
    {.contexts = 7, .groups = 3, .table_bits = 18, .match_bits = 18, .match_models = 1},
    {.contexts = 10, .groups = 4, .table_bits = 20, .match_bits = 19, .match_models = 2},
    {.contexts = 15, .groups = 6, .table_bits = 20, .match_bits = 20, .match_models = 2},
    {.contexts = 20, .groups = 7, .table_bits = 21, .match_bits = 20, .match_models = 2},
    {.contexts = 24, .groups = 7, .table_bits = 22, .match_bits = 20, .match_models = 2},
    {.contexts = 24, .groups = 7, .table_bits = 22, .match_bits = 21, .match_models = 2},
    {.contexts = 24, .groups = 7, .table_bits = 22, .match_bits = 21, .match_models = 2},
    {.contexts = 24, .groups = 7, .table_bits = 22, .match_bits = 21, .match_models = 2},
}};

// Sizes of the groups of weight sets, for one kind of data; most valuable first. See select_weights().
constexpr std::array<size_t, 7> kGroupSizes = {2048, 1024, 256, 4096, 2048, 256, 128};

constexpr uint32_t kMatchLength = 5;       // finds early
constexpr uint32_t kLongMatchLength = 12;  // and this one is rarely wrong

constexpr size_t kDirectInputs = 2;  // orders 0 and 1, in tables without hashing
constexpr size_t kBias = 1;

// Weight sets that a network's forecast selects, for one kind of data.
constexpr std::array<size_t, 2> kGuidedGroupSizes = {8 * Forecast::kDoubts, 256};

class ContextMixingModel final : public GuidedModel {
 public:
  ContextMixingModel(const Options& options, bool guided)
      : guided_(guided),
        set_(options.contexts, kKinds, options.table_bits),
        matches_{MatchModel(kMatchLength, options.match_bits)},
        mixer_(mixer_options(options, guided)),
        order1_map_(65536, 5),
        order3_map_(65536, 5),
        forecast_map_(guided ? 256 * Forecast::kDoubts : 1, 5),
        order0_(256),
        order1_(65536),
        groups_(options.groups) {
    if (options.match_models > 1) matches_.emplace_back(kLongMatchLength, options.match_bits);
    begin_byte();
    set_.locate(partial_);
    if (!heard_) predict();
  }

  const TextDetector& detector() const override { return contexts_.detector(); }

  void expect(std::span<const uint32_t, 256> weights) override {
    forecast_.begin_byte(weights);
    predict();
  }

  uint32_t p1() const override { return p1_; }

  void update(int bit) override {
    if (journal_.open()) [[unlikely]] {
      if (partial_ >= 128) throw Error(ErrorKind::kUsage, "mix: the end of a byte while a mark is open");
      return learn(bit, Keep{&journal_});
    }
    learn(bit, Forget{});
  }

  void mark() override {
    journal_.mark();
    const Keep save{&journal_};
    set_.mark(save);
    for (MatchModel& match : matches_) match.mark(save);
    mixer_.mark(save);
    order1_map_.mark(save);
    order3_map_.mark(save);
    forecast_.mark(save);
    forecast_map_.mark(save);
    save(&partial_);
    save(&p1_);
  }

  void rewind() override {
    if (!journal_.open()) throw Error(ErrorKind::kUsage, "mix: no mark to return to");
    journal_.rewind();
  }

 private:
  template <typename Save>
  void learn(int bit, Save save) {
    constexpr bool kByteMayEnd = std::is_same_v<Save, Forget>;  // what only the end of a byte changes is never saved
    const bool heard = heard_;
    set_.update(bit, save);
    for (MatchModel& match : matches_) match.update(bit, save);
    save(&order0_[partial_]);
    order0_[partial_].update(bit, 255);
    save(&order1_[order1_row()]);
    order1_[order1_row()].update(bit, 255);
    partial_ = partial_ << 1 | static_cast<uint32_t>(bit);
    if (kByteMayEnd && partial_ >= 256) {
      contexts_.add(static_cast<uint8_t>(partial_));
      for (MatchModel& match : matches_) match.byte_done(contexts_.history());
      begin_byte();
    } else if (partial_ >= 8 && partial_ < 16) {
      set_.prefetch_second_half(partial_);
    }
    // What was asked for arrives while the mixer learns.
    mixer_.update(bit, save);
    order1_map_.update(bit, save);
    order3_map_.update(bit, save);
    if (heard) {
      forecast_.update(bit, save);
      forecast_map_.update(bit, save);
    }
    if (kByteMayEnd && partial_ == 1) {
      for (MatchModel& match : matches_) match.look_up(contexts_.history());
    }
    if (partial_ == 1 || (partial_ >= 16 && partial_ < 32)) set_.locate(partial_, save);
    if (!heard_ || partial_ > 1) predict();
  }

  static Mixer::Options mixer_options(const Options& options, bool guided) {
    Mixer::Options mixer;
    const size_t contexts = options.contexts * ContextSet::kInputsPerContext;
    mixer.inputs = static_cast<int>(contexts + kDirectInputs + options.match_models * MatchModel::kInputs +
                                    NumericContexts::kPredictors + kBias);
    mixer.initial_weights.assign(static_cast<size_t>(mixer.inputs), static_cast<int32_t>(115000 / options.contexts));
    for (size_t g = 0; g < options.groups; ++g) mixer.group_sizes.push_back(kGroupSizes[g] * kKinds);
    if (guided) {
      // At first the network is right, and all else hardly counts.
      mixer.initial_weights.assign(static_cast<size_t>(mixer.inputs), static_cast<int32_t>(26000 / options.contexts));
      mixer.inputs += Forecast::kInputs;
      mixer.initial_weights.resize(static_cast<size_t>(mixer.inputs));
      mixer.initial_weights[mixer.initial_weights.size() - Forecast::kInputs + Forecast::kPlainInput] = 45000;
      for (const size_t size : kGuidedGroupSizes) mixer.group_sizes.push_back(size * kKinds);
    }
    mixer.final_sets = 256 * kKinds;
    mixer.rate = 7000;
    mixer.first_rate = 20000;
    mixer.final_rate = 4000;
    return mixer;
  }

  void begin_byte() {
    partial_ = 1;
    c1_ = contexts_.back(1);
    c2_ = contexts_.back(2);
    kind_ = static_cast<size_t>(contexts_.kind());
    heard_ = guided_ && contexts_.detector().text();
    if (!heard_) forecast_.say_nothing();
    numeric_ = contexts_.kind() == Kind::kPixels || contexts_.kind() == Kind::kSamples;
    near_ = numeric_ ? contexts_.numeric().predicted_byte() : c1_;
    const uint32_t expected = matches_.front().length() > 0 ? 256u + matches_.front().expected_byte() : 0u;
    std::array<uint64_t, ContextSet::kMaxContexts> hashes;
    const std::span<uint64_t> wanted(hashes.data(), set_.size());
    contexts_.hash(wanted, expected);
    set_.begin_byte(wanted, kind_, contexts_.history().size());
    order3_ = numeric_ ? hash_of(near_, contexts_.numeric().activity(), c1_ >> 4)
                       : mixed(c1_ | c2_ << 8 | contexts_.back(3) << 16);
    order1_map_.prefetch(order1_row());
    order3_map_.prefetch(order3_row(partial_));
  }

  void predict() {
    const auto position = static_cast<uint32_t>(std::bit_width(partial_) - 1);
    // The rows of both possible next bits stand side by side.
    if (partial_ < 128) {
      order1_map_.prefetch(near_ << 8 | partial_ << 1);
      order3_map_.prefetch(order3_row(partial_ << 1));
    }

    int32_t* input = mixer_.inputs();
    set_.write_inputs(input);
    input += set_.size() * ContextSet::kInputsPerContext;
    for (MatchModel& match : matches_) {
      match.write_inputs(input, partial_);
      input += MatchModel::kInputs;
    }
    if (numeric_) {
      contexts_.numeric().write_inputs(input, partial_);
    } else {
      std::fill_n(input, NumericContexts::kPredictors, 0);
    }
    input += NumericContexts::kPredictors;
    *input++ = stretch(order0_[partial_].p());
    *input++ = stretch(order1_[order1_row()].p());
    *input++ = kStretchOne;
    if (heard_) {
      forecast_.write_inputs(input, partial_);
    } else if (guided_) {
      std::fill_n(input, Forecast::kInputs, 0);
    }

    select_weights(position);
    const int32_t stretched = mixer_.mix(kind_ * 256 + partial_);

    const int32_t p = squash(stretched);
    int32_t refined =
        p + order1_map_.refine(stretched, order1_row()) + 2 * order3_map_.refine(stretched, order3_row(partial_));
    if (heard_) {
      const int32_t again = forecast_map_.refine(stretched, forecast_.doubt() << 8 | partial_);
      refined = (2 * refined + 4 * again) / 3;
    }
    p1_ = static_cast<uint32_t>(std::clamp((refined + 2) >> 2, 1, kProbabilityOne - 1));
  }

  size_t order1_row() const { return near_ << 8 | partial_; }
  /// Hashed, but for the lowest bit: the rows of the two ways a byte can go on are neighbours.
  size_t order3_row(uint32_t partial) const {
    return ((order3_ + (partial >> 1) * 0x9E3779B97F4A7C15u) >> 48 & ~size_t{1}) | (partial & 1);
  }

  void select_weights(uint32_t position) {
    const MatchModel& match = matches_.front();
    std::array<uint32_t, kGroupSizes.size()> choice = {
        near_ << 3 | position,
        set_.known() << 5 | match.expected_bit() << 3 | position,
        partial_,
        contexts_.shape() & 0xFFF,
        c1_ << 3 | c2_ >> 5,
        match.bucket() << 4 | matches_.back().bucket(),
        contexts_.word_length() << 3 | position,
    };
    if (numeric_) {
      const uint32_t activity = contexts_.numeric().activity();
      choice[1] = activity << 5 | match.expected_bit() << 3 | position;
      choice[3] = activity << 8 | partial_;
      choice[6] = activity << 3 | position;
    }
    for (size_t g = 0; g < groups_; ++g) mixer_.select(g, kind_ * kGroupSizes[g] + choice[g]);
    if (!guided_) return;
    const std::array<uint32_t, kGuidedGroupSizes.size()> more = {
        forecast_.doubt() << 3 | position,
        forecast_.certainty() << 4 | match.bucket(),
    };
    for (size_t g = 0; g < more.size(); ++g) mixer_.select(groups_ + g, kind_ * kGuidedGroupSizes[g] + more[g]);
  }

  const bool guided_;
  bool heard_ = false;  ///< a network says something of the present byte
  Contexts contexts_;
  ContextSet set_;
  std::vector<MatchModel> matches_;  ///< the second, longer one is rarely wrong
  Mixer mixer_;
  AdaptiveMap order1_map_, order3_map_;
  Forecast forecast_;
  AdaptiveMap forecast_map_;
  std::vector<AdaptiveProbability> order0_, order1_;
  uint64_t order3_ = 0;
  uint32_t c1_ = 0, c2_ = 0;
  uint32_t near_ = 0;     ///< the byte most like the next one: the last, or for numbers the predicted one
  bool numeric_ = false;  ///< the data has been recognised as pixels or samples
  uint32_t partial_ = 1;
  size_t kind_ = 0;
  size_t groups_;  ///< of weight sets, without those that a forecast selects
  uint32_t p1_ = kProbabilityOne / 2;
  Journal journal_;
};

Options options_of(int level, bool guided) {
  Options options = kLevels.at(static_cast<size_t>(level - kMinLevel));
  // A network leaves less to be learned: half the table of level 5 costs 0.03 % on 5 MB of Wikipedia's text, 0.13 % on
  // 16 MiB, and two cores then do with 400 MB.
  if (guided && options.table_bits > 20) --options.table_bits;
  return options;
}

uint64_t bytes_of(const Options& options) {
  uint64_t sets = 0;
  for (size_t g = 0; g < options.groups; ++g) sets += kGroupSizes[g] * kKinds;
  const uint64_t inputs = options.contexts * ContextSet::kInputsPerContext + 16;
  constexpr uint64_t kRefinement = 2 * 65536 * 64;
  return (uint64_t{64} << options.table_bits) + options.match_models * (uint64_t{8} << options.match_bits) +
         sets * inputs * 4 + kRefinement + (uint64_t{1} << 20);
}

}  // namespace

std::unique_ptr<Model> make_model(int level) {
  return std::make_unique<ContextMixingModel>(options_of(level, false), false);
}

std::unique_ptr<GuidedModel> make_guided_model(int level) {
  return std::make_unique<ContextMixingModel>(options_of(level, true), true);
}

uint64_t model_bytes(int level) { return bytes_of(options_of(level, false)); }

uint64_t guided_model_bytes(int level) {
  constexpr uint64_t kForecast = uint64_t{2} << 20;
  return bytes_of(options_of(level, true)) + kForecast;
}

}  // namespace lmzip::mix
