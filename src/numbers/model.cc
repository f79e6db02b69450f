// SPDX-License-Identifier: Apache-2.0
#include "numbers/model.h"

#include <string>
#include <utility>

#include "kernels/flattened.h"
#include "kernels/isa.h"
#include "lmzip/error.h"
#include "mix/journal.h"
#include "numbers/pixel_model.h"
#include "numbers/sample_model.h"

namespace lmzip::numbers {
namespace {

using kernels::Isa;

/// `M` run with the instructions of `isa`. The models are written once, in plain C++; only integers occur, so all
/// agree.
template <typename M, bool kGuided, Isa isa>
class Running final : public Model {
 public:
  template <typename... Arguments>
  explicit Running(const Arguments&... arguments) : model_(arguments...) {}

  uint32_t p1() const override { return model_.p1(); }

  void update(int bit) override {
    bits_ = (bits_ + 1) % 8;
    if (!journal_.open()) {
      return kernels::Flattened<isa>::run([&] { model_.update(bit, mix::Forget()); });
    }
    // What the end of a byte sets off is not undone.
    if (bits_ == 0) throw Error(ErrorKind::kUsage, "a byte ends behind a mark");
    model_.update(bit, mix::Keep{&journal_});
  }

  void mark() override {
    journal_.mark();
    const mix::Keep save{&journal_};
    save(&bits_);
    model_.mark(save);
  }

  void rewind() override {
    if (!journal_.open()) throw Error(ErrorKind::kUsage, "rewind() without a mark");
    journal_.rewind();
  }

  void expect(std::span<const uint32_t, 256> weights) override {
    if constexpr (kGuided) kernels::Flattened<isa>::run([&] { model_.expect(weights); });
  }

 private:
  M model_;
  mix::Journal journal_;
  int bits_ = 0;  ///< of the present byte
};

template <typename M, bool kGuided, typename... Arguments>
std::unique_ptr<Model> run(const Arguments&... arguments) {
  switch (kernels::isa_bound()) {
    case Isa::kAvx512:  // is no faster: rows are short
    case Isa::kAvx2:
      return std::make_unique<Running<M, kGuided, Isa::kAvx2>>(arguments...);
    default:
      return std::make_unique<Running<M, kGuided, Isa::kScalar>>(arguments...);
  }
}

[[noreturn]] void refuse(const char* what) { throw Error(ErrorKind::kUsage, std::string("numbers: ") + what); }

void check(const PixelLayout& layout) {
  if (layout.width < 1 || layout.width > kMaxWidth) refuse("rows have 1 to 65535 pixels");
  if (layout.channels < 1 || layout.channels > kMaxChannels) refuse("there are 1 to 8 channels");
  if (layout.bits != 8 && layout.bits != 16) refuse("pixels have 8 or 16 bits");
}

void check(const SampleLayout& layout) {
  if (layout.channels < 1 || layout.channels > kMaxChannels) refuse("there are 1 to 8 channels");
  if (layout.bits != 8 && layout.bits != 16 && layout.bits != 24) refuse("samples have 8, 16 or 24 bits");
}

}  // namespace

std::unique_ptr<Model> make_model(const PixelLayout& layout, bool guided) {
  check(layout);
  if (guided) {
    if (layout.bits != 8) refuse("networks know numbers of 8 bits only");
    return run<PixelModel<8, true>, true>(layout.width, layout.channels);
  }
  if (layout.bits == 8) return run<PixelModel<8, false>, false>(layout.width, layout.channels);
  return run<PixelModel<16, false>, false>(layout.width, layout.channels);
}

std::unique_ptr<Model> make_model(const SampleLayout& layout, bool guided) {
  check(layout);
  if (guided) {
    if (layout.bits != 8) refuse("networks know numbers of 8 bits only");
    return run<SampleModel<8, false, true>, true>(layout.channels);
  }
  if (layout.bits == 8) return run<SampleModel<8, false, false>, false>(layout.channels);
  if (layout.bits == 16) return run<SampleModel<16, true, false>, false>(layout.channels);
  return run<SampleModel<24, true, false>, false>(layout.channels);
}

uint64_t model_bytes(const PixelLayout& layout) {
  check(layout);
  if (layout.bits == 8) return PixelModel<8, true>::bytes(layout.width, layout.channels);
  return PixelModel<16, false>::bytes(layout.width, layout.channels);
}

uint64_t model_bytes(const SampleLayout& layout) {
  check(layout);
  if (layout.bits == 8) return SampleModel<8, false, true>::bytes(layout.channels);
  return SampleModel<24, true, false>::bytes(layout.channels);
}

}  // namespace lmzip::numbers
