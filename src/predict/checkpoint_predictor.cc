// SPDX-License-Identifier: Apache-2.0
#include "predict/checkpoint_predictor.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lmzip/error.h"
#include "predict/probe.h"
#include "predict/token_code.h"
#include "predict/token_session.h"

namespace lmzip::predict {
namespace {

/// Lanes of a session share every pass over the weights, and each brings its keys and values: as many as that many
/// bytes hold, within these bounds. Measured figures stand in decoder_network.cc.
constexpr uint64_t kLanesMemory = uint64_t{512} << 20;
constexpr uint64_t kFewestLanes = 4, kMostLanes = 24;

/// What a lane has for each id: logits and weights of 32 positions computed ahead.
constexpr uint64_t kIdScratch = 32 * 8;

class CheckpointPredictor final : public Predictor {
 public:
  CheckpointPredictor(const model::Decoder& decoder, const CheckpointOptions& options)
      : code_(decoder.vocabulary), engine_(options.engine) {
    const auto context = static_cast<uint64_t>(decoder.shape.context);
    rules_ = {.restart = {.after = context, .overlap = context / 4}, .top = options.top};
    info_.spec = fmt::format("checkpoint:{}{}{}", options.name, engine_->options(),
                             options.top != 0 ? fmt::format(",top={}", options.top) : "");
    info_.vocabulary = code_.ids().size();
    info_.top = options.top;
    info_.alphabet = code_.size();
    info_.context_length = context;
    info_.numerics = engine_->numerics();
    info_.parameters = decoder.shape.parameters();
    info_.parameter_bytes = decoder.file_bytes;
    info_.lane_bytes = engine_->lane_bytes() + kIdScratch * decoder.vocabulary->size() + context * sizeof(Symbol);
    info_.preferred_lanes =
        static_cast<unsigned>(std::clamp(kLanesMemory / info_.lane_bytes, kFewestLanes, kMostLanes));
    info_.model_digest = model::digest_of(decoder);
    if (info_.numerics == Numerics::kHostBound) {
      const Bytes probe(kProbe.begin(), kProbe.end());
      info_.probe_digest = probe_digest(*open(1), code_.encode(probe));
    }
  }

  const PredictorInfo& info() const override { return info_; }
  std::unique_ptr<Session> open(int lanes) const override { return open_tokens(engine_->open(), code_, lanes, rules_); }
  const Tokenizer* tokenizer() const override { return &code_; }

 private:
  TokenCode code_;
  std::shared_ptr<const DecoderEngine> engine_;
  TokenRules rules_;
  PredictorInfo info_;
};

}  // namespace

std::shared_ptr<const Predictor> make_checkpoint(const model::Decoder& decoder, const CheckpointOptions& options) {
  if (decoder.vocabulary == nullptr) throw Error(ErrorKind::kUnsupported, "has no tokenizer beside it");
  if (decoder.vocabulary->size() > static_cast<Symbol>(decoder.shape.vocabulary)) {
    throw Error(ErrorKind::kUnsupported, fmt::format("its tokenizer has {} tokens, the network {}",
                                                     decoder.vocabulary->size(), decoder.shape.vocabulary));
  }
  return std::make_shared<CheckpointPredictor>(decoder, options);
}

}  // namespace lmzip::predict
