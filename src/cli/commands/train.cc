// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/memory.h"
#include "cli/plugin_loader.h"
#include "cli/progress_bar.h"
#include "cli/signals.h"
#include "cli/train_options.h"
#include "train/data.h"

namespace lmzip::cli {
namespace {

using Clock = std::chrono::steady_clock;
using train::TrainingState;
using train::Validation;

/// The live line, or JSON lines, or nothing.
class TrainingView final : public train::TrainingListener {
 public:
  TrainingView(Terminal& terminal, const TrainCommand& command)
      : terminal_(terminal),
        json_(command.progress == ProgressStyle::kJson),
        draws_(command.progress == ProgressStyle::kAuto && command.verbosity >= 0 && terminal.interactive()),
        tells_(command.verbosity > 0 || draws_) {}

  void trained(const TrainingState& state) override {
    loss_ = loss_ == 0 ? state.loss : 0.98 * loss_ + 0.02 * state.loss;
    if (take_report_request()) terminal_.note(line(state));
    const auto now = Clock::now();
    if ((!draws_ && !json_) ||
        now - shown_ < (json_ ? std::chrono::milliseconds(1000) : std::chrono::milliseconds(250)))
      return;
    shown_ = now;
    if (draws_) terminal_.draw(line(state));
    if (json_) terminal_.note(json(state, {}));
  }

  void validated(const TrainingState& state, const std::vector<Validation>& results) override {
    if (json_) terminal_.note(json(state, results));
    if (!tells_) return;
    terminal_.draw("");
    std::string text = fmt::format("{:.2f} MB seen, bits per byte:", static_cast<double>(state.bytes) / 1e6);
    for (const Validation& one : results) {
      text += fmt::format("  {} {:.4f}", one.name, one.cold);
      if (one.running > 0) text += fmt::format(" ({:.4f} running)", one.running);
    }
    terminal_.note(text);
  }

  void noted(const std::string& text) override {
    if (tells_) terminal_.note(text);
  }

  void finished(const TrainingState& state) {
    terminal_.draw("");
    if (tells_) terminal_.note(line(state));
  }

 private:
  std::string line(const TrainingState& state) const {
    const auto minutes = [](double seconds) {
      const auto whole = static_cast<uint64_t>(seconds);
      return fmt::format("{}:{:02}", whole / 60, whole % 60);
    };
    return fmt::format("{:.1f}%  step {}  {:.2f} MB  {:.3f} bits/byte  {:.1f} KB/s  {} ETA {}", 100 * state.fraction,
                       state.step, static_cast<double>(state.bytes) / 1e6, loss_, state.bytes_per_second / 1000,
                       minutes(state.seconds), minutes(state.remaining));
  }

  std::string json(const TrainingState& state, const std::vector<Validation>& results) const {
    nlohmann::ordered_json object{
        {"step", state.step},          {"bytes", state.bytes}, {"seconds", state.seconds},
        {"fraction", state.fraction},  {"loss", loss_},        {"bytes_per_second", state.bytes_per_second},
        {"remaining", state.remaining}};
    for (const Validation& one : results) {
      object["validation"].push_back({{"name", one.name}, {"cold", one.cold}, {"running", one.running}});
    }
    return object.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  }

  Terminal& terminal_;
  const bool json_, draws_, tells_;
  double loss_ = 0;  ///< of about the last fifty updates
  Clock::time_point shown_ = Clock::now();
};

}  // namespace

void train_model(const Options& options, Terminal& terminal) {
  const TrainCommand command = parse_train_options(options.arguments);
  if (!command.help.empty()) return print_text(command.help);
  terminal.set_verbosity(command.verbosity);
  // Files that cannot be read are refused before libtorch takes its second to load.
  const train::TrainingData data(command.training);
  keep_memory();  // tensors of the same sizes come and go in every update: a tenth of its time
  const train::Plugin& trainer = load_plugin(static_cast<unsigned>(command.training.threads));
  TrainingView view(terminal, command);
  const train::TrainingResult result = trainer.train(command.training, progress(), view);
  view.finished(result.state);
}

}  // namespace lmzip::cli
