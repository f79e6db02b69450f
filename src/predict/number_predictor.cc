// SPDX-License-Identifier: Apache-2.0
#include "predict/number_predictor.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "lmzip/error.h"
#include "numbers/frame.h"
#include "predict/guided_session.h"
#include "predict/lane_session.h"
#include "predict/lm_network.h"
#include "predict/lm_weights.h"

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

/// Open for numbers.
class NumberEar {
 public:
  explicit NumberEar(const numbers::Frame& frame) : frame_(frame) {}
  bool hears() const { return frame_.is_number(position_); }
  void add(uint8_t) { ++position_; }

 private:
  numbers::Frame frame_;
  uint64_t position_ = 0;
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
    return std::make_unique<GuidedSession<numbers::Model, NumberEar>>(std::make_unique<LmNetwork>(weights_), lanes,
                                                                      restart_, make_, NumberEar(frame_));
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
