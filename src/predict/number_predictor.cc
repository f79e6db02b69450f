// SPDX-License-Identifier: Apache-2.0
#include "predict/number_predictor.h"

#include <fmt/format.h>

#include <functional>
#include <utility>
#include <vector>

#include "kernels/elementwise.h"
#include "lmzip/error.h"
#include "numbers/frame.h"
#include "predict/lane_session.h"
#include "predict/lm_network.h"
#include "predict/lm_weights.h"
#include "predict/sequence_reader.h"

namespace lmzip::predict {
namespace {

using ModelMaker = std::function<std::unique_ptr<numbers::Model>()>;

class NumberLane {
 public:
  explicit NumberLane(const ModelMaker& make) : model_(make()) {}
  void forecast(FrequencyTable& table) const { table.set_bit(model_->p1()); }
  void advance(Symbol bit) { model_->update(static_cast<int>(bit)); }
  void mark() { model_->mark(); }
  void rewind() { model_->rewind(); }

 private:
  std::unique_ptr<numbers::Model> model_;
};

constexpr Symbol kStart = 0;  // the network's input before the first number

/// The network reads bytes, the model bits. The network is asked of numbers only, and reads only those.
class GuidedNumbers final : public Session {
 public:
  GuidedNumbers(std::unique_ptr<SequenceNetwork> network, const ModelMaker& make, const numbers::Frame& frame,
                int lanes, Restart restart)
      : frame_(frame),
        reader_(std::move(network), lanes, restart, kStart,
                {model::kVocabulary, [&kernel = kernels::elementwise()](const float* logits, uint32_t* frequencies) {
                   kernel.frequencies(logits, model::kVocabulary, frequencies);
                 }}) {
    for (int i = 0; i < lanes; ++i) lanes_.emplace_back(make());
  }

  int lanes() const override { return reader_.lanes(); }

  const FrequencyTable& forecast(int lane) override {
    Lane& chosen = listening(lane);
    chosen.table.set_bit(chosen.model->p1());
    return chosen.table;
  }

  void advance(std::span<const Symbol> next) override {
    for (size_t i = 0; i < lanes_.size(); ++i) {
      if (next[i] == kIdle) continue;
      Lane& lane = listening(static_cast<int>(i));
      lane.partial = lane.partial << 1 | next[i];
      lane.model->update(static_cast<int>(next[i]));
      if (lane.partial < 256) continue;
      if (frame_.is_number(lane.position)) reader_.feed(static_cast<int>(i), lane.partial & 255);
      ++lane.position;
      lane.partial = 1;
      lane.asked = false;
    }
  }

  void foresee(int lane, std::span<const Symbol> upcoming) override {
    Lane& chosen = lanes_[static_cast<size_t>(lane)];
    chosen.upcoming.clear();
    Symbol partial = chosen.partial;
    uint64_t position = chosen.position;
    for (const Symbol bit : upcoming) {
      partial = partial << 1 | bit;
      if (partial < 256) continue;
      if (frame_.is_number(position++)) chosen.upcoming.push_back(partial & 255);
      partial = 1;
    }
    reader_.foresee(lane, chosen.upcoming);
  }

  void mark(int lane) override {
    Lane& chosen = listening(lane);
    chosen.marks.push_back(chosen.partial);
    chosen.model->mark();
  }

  void rewind(int lane) override {
    Lane& chosen = lanes_[static_cast<size_t>(lane)];
    chosen.model->rewind();
    chosen.partial = chosen.marks.back();
    chosen.marks.pop_back();
  }

 private:
  struct Lane {
    explicit Lane(std::unique_ptr<numbers::Model> made) : model(std::move(made)) {}

    std::unique_ptr<numbers::Model> model;
    uint64_t position = 0;         ///< of the present byte
    bool asked = false;            ///< the network, of the present byte, if it is to be
    Symbol partial = 1;            ///< its bits so far, with a leading one
    std::vector<Symbol> marks;     ///< partial at each
    std::vector<Symbol> upcoming;  ///< numbers
    FrequencyTable table;
  };

  Lane& listening(int lane) {
    Lane& chosen = lanes_[static_cast<size_t>(lane)];
    if (!chosen.asked) {
      if (frame_.is_number(chosen.position)) {
        chosen.model->expect(reader_.weights(lane).first<model::kVocabulary>());
      }
      chosen.asked = true;
    }
    return chosen;
  }

  const numbers::Frame frame_;
  SequenceReader reader_;
  std::vector<Lane> lanes_;
};

/// What differs between pixels and samples.
struct Kind {
  model::Numbers numbers;
  std::string_view of_network;  ///< what a network for them has learnt
  std::string spec;             ///< codec and layout
  unsigned channels;
  unsigned bits;
  int width;       ///< for the network: pixels of a row
  uint64_t row;    ///< bytes
  uint64_t bytes;  ///< memory of a model
};

class NumberPredictor final : public Predictor {
 public:
  NumberPredictor(const Kind& kind, const NumberFraming& framing, const NumberGuide& guide,
                  std::function<std::unique_ptr<numbers::Model>(bool guided)> make)
      : frame_{.head = framing.head, .row = kind.row, .pad = framing.pad},
        make_([make = std::move(make), guided = guide.model != nullptr, frame = frame_] {
          return numbers::make_framed(make(guided), frame);
        }) {
    if (framing.head > kMaxHead) throw Error(ErrorKind::kUsage, "numbers: a head of more than 65535 bytes");
    if (framing.pad > kMaxPad) throw Error(ErrorKind::kUsage, "numbers: rows are filled up with 0 to 3 bytes");
    if (framing.pad > 0 && kind.bits > 8) throw Error(ErrorKind::kUsage, "numbers: pad= is for 8 bits");
    info_.spec = kind.spec;
    if (framing.big_endian && kind.bits > 8) info_.spec += ",order=big";
    if (framing.head > 0) info_.spec += fmt::format(",head={}", framing.head);
    if (framing.pad > 0) info_.spec += fmt::format(",pad={}", framing.pad);
    info_.alphabet = 2;
    info_.lane_bytes = kind.bytes + (framing.head > 0 ? mix::model_bytes(mix::kMinLevel) : 0);
    if (!framing.big_endian) info_.number_bytes = kind.bits / 8;
    info_.first_number = framing.head;
    if (guide.model == nullptr) return;

    if (guide.model->architecture().numbers != kind.numbers) {
      throw Error(ErrorKind::kUnsupported, fmt::format("it has not learnt {}", kind.of_network));
    }
    if (kind.channels > 1 || kind.bits > 8)
      throw Error(ErrorKind::kUnsupported, fmt::format("it has learnt {}", kind.of_network));
    if (kind.width == 1 || kind.width > int{model::Architecture::kMaxRow}) {
      throw Error(ErrorKind::kUnsupported,
                  fmt::format("it knows rows of 2 to {} pixels", model::Architecture::kMaxRow));
    }
    weights_ = std::make_shared<const LmWeights>(guide.model, kind.width);
    restart_ = restart_of(weights_->shape(), 0);
    info_.spec += fmt::format(",model={}", guide.name);
    info_.parameter_bytes = weights_->model().file_bytes();
    info_.parameters = weights_->shape().parameters();
    info_.lane_bytes += weights_->lane_bytes + kScratch;
    info_.model_digest = weights_->model().digest();
  }

  const PredictorInfo& info() const override { return info_; }
  std::unique_ptr<Session> open(int lanes) const override {
    if (weights_ == nullptr) return std::make_unique<LaneSession<NumberLane>>(lanes, make_);
    return std::make_unique<GuidedNumbers>(std::make_unique<LmNetwork>(weights_), make_, frame_, lanes, restart_);
  }

 private:
  /// A network's: roughly and at most.
  static constexpr uint64_t kScratch = uint64_t{2} << 20;

  numbers::Frame frame_;
  ModelMaker make_;
  std::shared_ptr<const LmWeights> weights_;
  Restart restart_{};
  PredictorInfo info_;
};

}  // namespace

std::shared_ptr<const Predictor> make_pixels(const numbers::PixelLayout& layout, const NumberFraming& framing,
                                             const NumberGuide& guide) {
  Kind kind{.numbers = model::Numbers::kPixels,
            .of_network = "grey pixels of 8 bits",
            .spec = fmt::format("pixels,width={}", layout.width),
            .channels = layout.channels,
            .bits = layout.bits,
            .width = static_cast<int>(layout.width),
            .row = uint64_t{layout.width} * layout.channels * (layout.bits / 8),
            .bytes = numbers::model_bytes(layout)};
  if (layout.channels > 1) kind.spec += fmt::format(",channels={}", layout.channels);
  if (layout.bits != 8) kind.spec += fmt::format(",bits={}", layout.bits);
  return std::make_shared<NumberPredictor>(kind, framing, guide,
                                           [layout](bool guided) { return numbers::make_model(layout, guided); });
}

std::shared_ptr<const Predictor> make_samples(const numbers::SampleLayout& layout, const NumberFraming& framing,
                                              const NumberGuide& guide) {
  Kind kind{.numbers = model::Numbers::kSamples,
            .of_network = "mono sound of 8 bits",
            .spec = "samples",
            .channels = layout.channels,
            .bits = layout.bits,
            .width = 0,
            .row = 1,
            .bytes = numbers::model_bytes(layout)};
  if (layout.channels > 1) kind.spec += fmt::format(",channels={}", layout.channels);
  if (layout.bits != 8) kind.spec += fmt::format(",bits={}", layout.bits);
  return std::make_shared<NumberPredictor>(kind, framing, guide,
                                           [layout](bool guided) { return numbers::make_model(layout, guided); });
}

}  // namespace lmzip::predict
