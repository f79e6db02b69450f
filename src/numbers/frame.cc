// SPDX-License-Identifier: Apache-2.0
#include "numbers/frame.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "lmzip/error.h"
#include "mix/adaptive_map.h"
#include "mix/journal.h"

namespace lmzip::numbers {
namespace {

/// Bytes that hardly ever differ.
class Padding final : public mix::Model {
 public:
  uint32_t p1() const override {
    return static_cast<uint32_t>(std::clamp(probabilities_[partial_].p(), 1, mix::kProbabilityOne - 1));
  }
  void update(int bit) override {
    mix::AdaptiveProbability& probability = probabilities_[partial_];
    if (journal_.open()) {
      if (partial_ >= 128) throw Error(ErrorKind::kUsage, "a byte ends behind a mark");
      journal_.save(&probability);
      journal_.save(&partial_);
    }
    probability.update(bit, 1000);
    partial_ = partial_ << 1 | static_cast<uint32_t>(bit);
    if (partial_ >= 256) partial_ = 1;
  }
  void mark() override { journal_.mark(); }
  void rewind() override {
    if (!journal_.open()) throw Error(ErrorKind::kUsage, "rewind() without a mark");
    journal_.rewind();
  }

 private:
  std::array<mix::AdaptiveProbability, 256> probabilities_;
  uint32_t partial_ = 1;  ///< the byte's bits so far, with a leading one
  mix::Journal journal_;
};

/// No byte ends behind a mark, so the model of the present byte takes care of marks.
class FramedModel final : public Model {
 public:
  FramedModel(std::unique_ptr<Model> numbers, const Frame& frame)
      : frame_(frame), numbers_(std::move(numbers)), head_(frame.head > 0 ? mix::make_model(mix::kMinLevel) : nullptr) {
    choose();
  }

  uint32_t p1() const override { return present_->p1(); }
  void update(int bit) override {
    present_->update(bit);
    ++bits_;
    if (bits_ < 8) return;
    bits_ = 0;
    ++position_;
    choose();
  }
  void mark() override {
    present_->mark();
    marks_.push_back(bits_);
  }
  void rewind() override {
    present_->rewind();
    bits_ = marks_.back();
    marks_.pop_back();
  }
  void expect(std::span<const uint32_t, 256> weights) override { numbers_->expect(weights); }

 private:
  void choose() {
    if (frame_.is_number(position_)) {
      present_ = numbers_.get();
      head_.reset();
    } else if (position_ < frame_.head) {
      present_ = head_.get();
    } else {
      present_ = &padding_;
    }
  }

  Frame frame_;
  std::unique_ptr<Model> numbers_;
  std::unique_ptr<mix::Model> head_;  ///< null behind the head
  Padding padding_;
  mix::Model* present_ = nullptr;  ///< what this byte is coded by
  uint64_t position_ = 0;
  int bits_ = 0;            ///< of it
  std::vector<int> marks_;  ///< bits_ at each
};

}  // namespace

std::unique_ptr<Model> make_framed(std::unique_ptr<Model> model, const Frame& frame) {
  if (frame.head == 0 && frame.pad == 0) return model;
  return std::make_unique<FramedModel>(std::move(model), frame);
}

}  // namespace lmzip::numbers
