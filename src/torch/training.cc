// SPDX-License-Identifier: Apache-2.0
#include "torch/training.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/version.h>

#include <chrono>
#include <cmath>
#include <numbers>
#include <optional>

#include "base/hash.h"
#include "base/random.h"
#include "base/replace_file.h"
#include "lmzip/error.h"
#include "torch/checkpoint.h"
#include "torch/group.h"
#include "torch/optimiser.h"
#include "train/log.h"
#include "train/schedule.h"

namespace lmzip::torch_plugin {
namespace {

using Clock = std::chrono::steady_clock;
using train::TrainOptions;

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Whether products in bfloat16 are faster than in float32: true where the CPU has instructions for them; elsewhere
/// libtorch converts.
bool bfloat16_is_faster() {
  const at::NoGradGuard no_grad;
  const auto time_of = [](at::ScalarType type) {
    const at::Tensor a = at::ones({512, 512}, type);
    at::Tensor product = at::mm(a, a);
    const auto start = Clock::now();
    for (int i = 0; i < 8; ++i) product = at::mm(a, a);
    return since(start);
  };
  return time_of(at::kBFloat16) < 0.8 * time_of(at::kFloat);
}

Placement placement_for(const TrainOptions& options, const std::optional<CheckpointFile>& checkpoint,
                        const Group& group) {
  Placement placement;
  const bool cuda = options.device != train::Device::kCpu && at::globalContext().hasCUDA();
  if (options.device == train::Device::kCuda && !cuda) {
    throw Error(ErrorKind::kUnsupported, "this libtorch sees no CUDA device");
  }
  if (cuda) {
    placement.device = at::kCUDA;
    placement.backend = Backend::kPlain;
  }
  bool half = options.precision == train::Precision::kBfloat16;
  if (options.precision == train::Precision::kAuto) {
    half = checkpoint ? checkpoint->progress().precision == "bfloat16" : cuda || bfloat16_is_faster();
  }
  if (group.gather({half ? 1.0 : 0.0})[0][0] != 0) placement.type = at::kBFloat16;  // as it is at the first process
  return placement;
}

std::string digest_of(const model::BpeTokenizer* tokenizer) {
  if (tokenizer == nullptr) return "";
  const std::string text = to_json(*tokenizer);
  return base::hex(base::xxh3_128({reinterpret_cast<const uint8_t*>(text.data()), text.size()}));
}

/// The options of one of several processes: other samples than the others', also after a checkpoint, which has the
/// first one's; and nothing to measure or write but for the first.
TrainOptions own_options(TrainOptions options, const std::optional<CheckpointFile>& checkpoint) {
  if (options.peers.rank == 0) return options;
  const uint64_t steps = checkpoint ? checkpoint->progress().used.steps : 0;
  base::Random random(options.seed + (steps << 8) + static_cast<uint64_t>(options.peers.rank));
  options.seed = random.next() >> 1;
  options.output.clear();
  options.checkpoint.clear();
  options.log.clear();
  return options;
}

class Training {
 public:
  Training(const TrainOptions& options, const train::TrainingData& data, ProgressSink& progress,
           train::TrainingListener& listener)
      : checkpoint_(options.resume.empty() ? std::nullopt : std::make_optional<CheckpointFile>(options.resume)),
        options_(own_options(options, checkpoint_)),
        data_(data),
        sink_(progress),
        listener_(listener),
        group_(options.peers),
        network_(options.architecture, placement_for(options, checkpoint_, group_), options.seed),
        optimiser_(network_, options_),
        sampler_(data, options_),
        log_(options_.log, options.resume.empty() ? train::LogMode::kTruncate : train::LogMode::kAppend) {
    progress_.precision = network_.placement().type == at::kBFloat16 ? "bfloat16" : "float32";
    progress_.budget = options.budget;
    progress_.tokenizer = digest_of(options.tokenizer.get());
    if (!checkpoint_) {
      if (options.begin_with) {
        network_.begin_as(Network(*options.begin_with, {}));
      } else {
        begin_with_frequencies();
      }
      return;
    }
    const std::string precision = progress_.precision;
    train::Sampler first(data, options_);
    checkpoint_->load(everything(), group_.leads() ? sampler_ : first);
    if (!group_.leads()) carried_ = {};
    progress_.precision = precision;
    if (options.budget.limited()) {
      progress_.budget = options.budget;
      progress_.schedule_start = progress_.used;
    }
    seconds_before_ = progress_.used.seconds;
  }

  train::TrainingResult run() {
    align();
    const std::string machine =
        fmt::format("libtorch {}, {}, {}", TORCH_VERSION, network_.placement().device.str(), progress_.precision);
    log_.start(options_, machine);
    listener_.noted(fmt::format("{} parameters; {}", options_.architecture.parameters(), machine));
    start_ = Clock::now();
    double logged = -1e9, saved = 0, validated = 0;
    uint64_t bytes_before = progress_.used.bytes;
    double then = 0;
    train::TrainingState state = agreed(describe(0));
    bool plateau = state.fraction < options_.decay_from;
    while (state.fraction < 1 && !stopped_) {
      if (plateau && state.fraction >= options_.decay_from) {
        plateau = false;
        // From here on the rates fall; a longer training had better go on from here than from the end.
        if (!options_.checkpoint.empty()) save_checkpoint(options_.checkpoint + ".plateau", everything(), sampler_);
      }
      const double loss = update(state);
      const double now = since(start_);
      state = agreed(describe(loss));
      if (now > then) state.bytes_per_second = static_cast<double>(progress_.used.bytes - bytes_before) / (now - then);
      if (!std::isfinite(loss)) diverged();
      listener_.trained(state);
      if (now - logged >= kLogSeconds || state.fraction >= 1) {
        log_.trained(state);
        logged = now;
        bytes_before = progress_.used.bytes;
        then = now;
      }
      if (now - saved >= options_.checkpoint_seconds) {
        save();
        saved = now;
      }
      if (now - validated >= options_.validation_seconds && state.fraction < 1) {
        report(state, options_.validation_bytes);
        validated = now;
      }
    }
    return finish(state);
  }

 private:
  static constexpr double kLogSeconds = 10;

  /// A large vocabulary would take long to learn which of its tokens are frequent, and small networks have better to do
  /// with their matrices: the bias starts as what is known. Bytes are few.
  void begin_with_frequencies() {
    if (!options_.tokenizer) return;
    std::vector<double> shares(options_.tokenizer->size(), 1e-7);
    for (const train::TrainingText& text : data_.training()) {
      const double share = text.share / static_cast<double>(text.size());
      for (const Symbol token : text.tokens) shares[token] += share;
    }
    const at::NoGradGuard no_grad;
    network_["output.bias"].copy_(
        at::from_blob(shares.data(), {static_cast<int64_t>(shares.size())}, at::kDouble).log());
  }

  /// All processes begin with the network and the optimiser of the first. What they exchange has to be of one size.
  void align() {
    std::string shape = fmt::format("{} {} {} {}", to_json(options_.architecture), options_.batch, options_.accumulate,
                                    static_cast<int>(options_.optimiser));
    for (const train::CurriculumStep& step : options_.curriculum)
      shape += fmt::format(" {} {}", step.from, step.length);
    const uint64_t digest = base::xxh3_64({reinterpret_cast<const uint8_t*>(shape.data()), shape.size()});
    for (const std::vector<double>& one : group_.gather({static_cast<double>(digest >> 12)})) {
      if (one[0] == static_cast<double>(digest >> 12)) continue;
      throw Error(ErrorKind::kUsage, "the processes of this training have different options");
    }
    std::vector<at::Tensor> all;
    for (const Parameter& one : network_.parameters()) all.push_back(one.value);
    for (const auto& [name, tensor] : optimiser_.state()) all.push_back(tensor);
    group_.follow(all);
  }

  /// Clocks differ, and users may stop any of the processes: all go by the first one's clock, and stop together.
  train::TrainingState agreed(train::TrainingState state) {
    const auto all =
        group_.gather({state.fraction, state.rate_factor, state.remaining, sink_.stop_requested() ? 1.0 : 0.0});
    state.fraction = all[0][0];
    state.rate_factor = all[0][1];
    state.remaining = all[0][2];
    for (const std::vector<double>& one : all) stopped_ = stopped_ || one[3] != 0;
    return state;
  }

  Checkpointed everything() { return {progress_, network_, optimiser_, carried_}; }

  train::TrainingState describe(double loss) {
    progress_.used.seconds = seconds_before_ + since(start_);
    const train::Used &used = progress_.used, &begun = progress_.schedule_start;
    train::TrainingState state;
    state.step = used.steps;
    state.bytes = used.bytes;
    state.seconds = used.seconds;
    state.fraction = fraction_of(progress_.budget,
                                 {used.steps - begun.steps, used.bytes - begun.bytes, used.seconds - begun.seconds});
    state.loss = loss;
    state.rate_factor = rate_factor(options_, used.steps - begun.steps, state.fraction);
    if (state.fraction > 0) {
      state.remaining = (used.seconds - begun.seconds) * (1 - state.fraction) / state.fraction;
    }
    return state;
  }

  /// One step of the optimiser; returns the loss in bits per byte.
  double update(const train::TrainingState& state) {
    const int length = sequence_length(options_, state.fraction);
    double nats = 0;
    uint64_t bytes = 0;
    for (int pass = 0; pass < options_.accumulate; ++pass) {
      const train::Batch batch = sampler_.draw(length);
      const NetworkInput input(batch, static_cast<int64_t>(options_.architecture.tables.size()),
                               network_.placement().device);
      const double positions = static_cast<double>(batch.inputs.size());
      const at::Tensor loss =
          network_.loss(input, carried_, 1 / (positions * options_.accumulate), optimiser_.table_gradients());
      loss.backward();
      nats += loss.item<double>() * positions * options_.accumulate;
      bytes += raw_bytes(batch);
    }
    double all_nats = 0, all_bytes = 0;
    for (const std::vector<double>& one : group_.gather({nats, static_cast<double>(bytes)})) {
      all_nats += one[0];
      all_bytes += one[1];
    }
    progress_.used.bytes += static_cast<uint64_t>(all_bytes);
    progress_.used.steps += 1;
    if (std::isfinite(all_nats)) {
      std::vector<at::Tensor> gradients = optimiser_.gradients();
      group_.average(gradients);
      if (TableGradients* const tables = optimiser_.table_gradients()) group_.join(*tables);
      optimiser_.step(state.rate_factor);
    }
    return all_nats / std::numbers::ln2 / all_bytes;
  }

  /// What the batch's targets stand for.
  uint64_t raw_bytes(const train::Batch& batch) const {
    if (!options_.tokenizer) return batch.targets.size();
    uint64_t bytes = 0;
    for (const int32_t token : batch.targets) bytes += options_.tokenizer->bytes(static_cast<Symbol>(token)).size();
    return bytes;
  }

  void save() {
    if (!options_.checkpoint.empty()) save_checkpoint(options_.checkpoint, everything(), sampler_);
  }

  [[noreturn]] void diverged() {
    std::string kept;
    if (!options_.checkpoint.empty()) kept = fmt::format("; {} has the state before", options_.checkpoint);
    throw Error(ErrorKind::kLimit, fmt::format("the loss is no longer finite at step {}: lower the learning rates{}",
                                               progress_.used.steps, kept));
  }

  std::vector<train::Validation> report(const train::TrainingState& state, uint64_t bytes) {
    std::vector<train::Validation> results;
    if (!group_.leads()) return results;
    ProgressSink unstoppable;
    for (const train::ValidationText& text : data_.validation()) {
      results.push_back(validate({network_, options_.tokenizer.get()}, text, bytes, unstoppable));
    }
    if (!results.empty()) {
      log_.validated(state, results);
      listener_.validated(state, results);
    }
    return results;
  }

  train::TrainingResult finish(const train::TrainingState& state) {
    save();
    train::TrainingResult result{.state = state, .validation = {}, .stopped = state.fraction < 1};
    if (options_.output.empty()) return result;
    save_model(options_.output, network_, options_.tokenizer.get());
    // Whoever stops a training does not want to wait for a long measurement.
    result.validation = report(state, options_.validation_bytes * (result.stopped ? 1 : kFinalBytes));
    model::ModelCard card = training_card(options_, data_, result);
    describe_model(card);
    return result;
  }

  static constexpr uint64_t kFinalBytes = 8;

  void describe_model(model::ModelCard& card) {
    model::describe(*model::open_model(options_.output), card);
    const std::string json = to_json(card);
    base::replace_file(model::card_path(options_.output), {reinterpret_cast<const uint8_t*>(json.data()), json.size()});
  }

  const std::optional<CheckpointFile> checkpoint_;
  const TrainOptions options_;
  const train::TrainingData& data_;
  ProgressSink& sink_;
  train::TrainingListener& listener_;
  const Group group_;
  Network network_;
  Optimiser optimiser_;
  train::Sampler sampler_;
  train::TrainingLog log_;
  CarriedState carried_;
  Progress progress_;
  Clock::time_point start_ = Clock::now();
  double seconds_before_ = 0;
  bool stopped_ = false;
};

}  // namespace

train::TrainingResult train_model(const TrainOptions& options, ProgressSink& progress,
                                  train::TrainingListener& listener) {
  check(options);
  train::TrainingData data(options);
  if (options.tokenizer) data.tokenize(options, progress);
  at::set_num_threads(options.threads);
  at::globalContext().setFlushDenormal(true);
  return Training(options, data, progress, listener).run();
}

}  // namespace lmzip::torch_plugin
