// SPDX-License-Identifier: Apache-2.0
#include "predict/sequence_session.h"

#include <optional>
#include <utility>
#include <vector>

#include "kernels/elementwise.h"
#include "lmzip/error.h"
#include "predict/sequence_reader.h"

namespace lmzip::predict {
namespace {

/// The input of a position without a symbol before it (src/model/FORMAT.md).
constexpr Symbol kStart = 0;

class SequenceSession final : public Session {
 public:
  SequenceSession(std::unique_ptr<SequenceNetwork> network, int lanes, Restart restart)
      : tables_(static_cast<size_t>(lanes)) {
    const size_t symbols = network->symbols();
    const auto weigh = [&kernel = kernels::elementwise(), symbols](const float* logits, uint32_t* frequencies) {
      kernel.frequencies(logits, static_cast<int>(symbols), frequencies);
    };
    reader_.emplace(std::move(network), lanes, restart, kStart, Weighing{symbols, weigh});
    if (symbols == model::kVocabulary) reader_->guess_ahead();
  }

  int lanes() const override { return reader_->lanes(); }

  const FrequencyTable& forecast(int lane) override {
    Table& chosen = tables_[static_cast<size_t>(lane)];
    if (!chosen.fresh) {
      chosen.table.assign(reader_->weights(lane));
      chosen.fresh = true;
    }
    return chosen.table;
  }

  void advance(std::span<const Symbol> next) override {
    for (size_t i = 0; i < tables_.size(); ++i) {
      if (next[i] == kIdle) continue;
      reader_->feed(static_cast<int>(i), next[i]);
      tables_[i].fresh = false;
    }
  }

  void foresee(int lane, std::span<const Symbol> upcoming) override { reader_->foresee(lane, upcoming); }

 private:
  struct Table {
    FrequencyTable table;
    bool fresh = false;  ///< table is that of the next position
  };

  std::optional<SequenceReader> reader_;
  std::vector<Table> tables_;
};

}  // namespace

Restart restart_of(const model::Architecture& shape, unsigned chunk) {
  if (chunk != 0) {
    if (chunk < kMinChunk || chunk > kMaxChunk) throw Error(ErrorKind::kUsage, "a chunk has 64 to 65536 bytes");
    if (shape.vocabulary != model::kVocabulary) {
      throw Error(ErrorKind::kUsage, "chunk= is for models of bytes; for one of tokens, give the block size");
    }
    return {.after = chunk, .overlap = 0};
  }
  if (!shape.has(model::Mixer::kAttention) || shape.window < shape.context) return {};
  const auto context = static_cast<uint64_t>(shape.context);
  return {.after = context, .overlap = context / 4};
}

std::unique_ptr<Session> open_sequences(std::unique_ptr<SequenceNetwork> network, int lanes, Restart restart) {
  return std::make_unique<SequenceSession>(std::move(network), lanes, restart);
}

}  // namespace lmzip::predict
