// SPDX-License-Identifier: Apache-2.0
#include "sample/generator.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <utility>

#include "base/random.h"
#include "base/thread_pool.h"
#include "predict/byte_view.h"

namespace lmzip::sample {
namespace {

/// Bytes of a prompt that are turned into symbols, and foretold to the session, at a time.
constexpr size_t kPiece = 4096;

/// One prompt on its way through a session: read first, then continued.
class Lane {
 public:
  Lane(const Predictor& predictor, size_t place, ByteSpan prompt, const GeneratorOptions& options)
      : index(place),
        predictor_(predictor),
        speller_(predictor.tokenizer() == nullptr ? nullptr : predictor.tokenizer()->speller()),
        prompt_(prompt),
        wanted_(options.bytes),
        // Each prompt's numbers depend on the seed and on its place alone.
        random_(base::Random(base::Random(options.seed).next() + place).next()),
        sampler_(options.shaping) {
    made.bytes.reserve(wanted_);
    made.bits.reserve(wanted_);
  }

  bool done() const { return made.bytes.size() == wanted_; }

  /// The symbols of the next piece of the prompt when the last has been read; else nothing.
  std::span<const Symbol> look_ahead() {
    if (next_ < piece_.size() || read_ == prompt_.size()) return {};
    // A cut through a token would make two unlikely ones of it: prompts of tokens are taken whole.
    const size_t left = prompt_.size() - read_;
    const ByteSpan text = prompt_.subspan(read_, speller_ != nullptr ? left : std::min(kPiece, left));
    read_ += text.size();
    next_ = 0;
    piece_.clear();
    if (speller_ != nullptr) {
      piece_ = predictor_.tokenizer()->encode(text);
    } else if (predictor_.info().alphabet == 2) {
      for (const uint8_t byte : text) {
        for (int bit = 7; bit >= 0; --bit) piece_.push_back(byte >> bit & 1);
      }
    } else {
      piece_.assign(text.begin(), text.end());
    }
    return piece_;
  }

  /// The symbol to feed now.
  Symbol step(Session& session, int lane) {
    if (next_ < piece_.size()) return piece_[next_++];
    const FrequencyTable& forecast = session.forecast(lane);
    const Symbol symbol = sampler_.draw(forecast, random_);
    pending_bits_ += forecast.bits(symbol);
    if (speller_ != nullptr) {
      if (const ByteSpan spelt = speller_->spell(symbol); !spelt.empty()) add(spelt);
    } else if (predictor_.info().alphabet == 2) {
      partial_ = partial_ << 1 | symbol;
      if (partial_ >= 256) {
        const auto byte = static_cast<uint8_t>(std::exchange(partial_, 1));
        add({&byte, 1});
      }
    } else {
      const auto byte = static_cast<uint8_t>(symbol);
      add({&byte, 1});
    }
    return symbol;
  }

  /// Bytes read and made so far.
  size_t bytes() const { return read_ + made.bytes.size(); }

  const size_t index;
  Continuation made;
  size_t told = 0;  ///< bytes of it that the listener knows

 private:
  /// Bytes that the pending bits were for.
  void add(ByteSpan bytes) {
    const double bits = std::exchange(pending_bits_, 0);
    const size_t taken = std::min(bytes.size(), wanted_ - made.bytes.size());
    made.bytes.insert(made.bytes.end(), bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(taken));
    made.bits.insert(made.bits.end(), taken, static_cast<float>(bits / static_cast<double>(bytes.size())));
  }

  const Predictor& predictor_;
  std::unique_ptr<Speller> speller_;  ///< of tokens; null: there are none
  ByteSpan prompt_;
  size_t wanted_;
  base::Random random_;
  Sampler sampler_;
  size_t read_ = 0;  ///< bytes of the prompt that piece_ has seen
  std::vector<Symbol> piece_;
  size_t next_ = 0;          ///< in piece_
  uint32_t partial_ = 1;     ///< bits of the byte being made, behind a leading one
  double pending_bits_ = 0;  ///< of what was drawn since the last byte
};

/// Steps all `lanes` in one session until each has what it wants.
template <typename Tell>
void run_lanes(const Predictor& predictor, std::span<Lane> lanes, ProgressSink& progress, const Tell& tell) {
  const std::unique_ptr<Session> session = predictor.open(static_cast<int>(lanes.size()));
  std::vector<Symbol> next(lanes.size());
  size_t reported = 0;
  for (;;) {
    size_t bytes = 0;
    bool busy = false;
    for (size_t i = 0; i < lanes.size(); ++i) {
      const auto lane = static_cast<int>(i);
      next[i] = kIdle;
      if (lanes[i].done()) continue;
      if (const std::span<const Symbol> upcoming = lanes[i].look_ahead(); !upcoming.empty()) {
        session->foresee(lane, upcoming);
      }
      next[i] = lanes[i].step(*session, lane);
      if (lanes[i].made.bytes.size() > lanes[i].told) tell(lanes[i]);
      if (!lanes[i].done()) busy = true;
    }
    for (const Lane& lane : lanes) bytes += lane.bytes();
    progress.advance(bytes - std::exchange(reported, bytes));
    if (!busy) return;
    session->advance(next);
  }
}

}  // namespace

std::vector<Continuation> continue_prompts(const std::shared_ptr<const Predictor>& given,
                                           std::span<const ByteSpan> prompts, const GeneratorOptions& options,
                                           ProgressSink& progress, const Listener& listener) {
  if (options.bytes == 0) return std::vector<Continuation>(prompts.size());
  if (given->info().number_bytes > 1) {
    throw Error(ErrorKind::kUnsupported,
                given->info().spec + ": draws the highest byte of a number first; order=big takes and gives them so");
  }
  // Cuts and powers are of whole bytes; bits as they come are the same distribution, thirty times faster.
  const bool as_bytes = given->info().alphabet == 2 && !options.shaping.none();
  const std::shared_ptr<const Predictor> predictor = as_bytes ? predict::make_byte_view(given) : given;

  std::vector<Lane> lanes;
  lanes.reserve(prompts.size());
  for (size_t i = 0; i < prompts.size(); ++i) lanes.emplace_back(*predictor, i, prompts[i], options);

  std::mutex mutex;
  const auto tell = [&](Lane& lane) {
    if (listener) {
      const std::scoped_lock lock(mutex);
      listener(lane.index, ByteSpan(lane.made.bytes).subspan(lane.told),
               std::span<const float>(lane.made.bits).subspan(lane.told));
    }
    lane.told = lane.made.bytes.size();
  };

  const size_t threads = std::clamp<size_t>(options.threads, 1, std::max<size_t>(1, lanes.size()));
  const size_t even = (lanes.size() + threads - 1) / threads;
  const size_t group = std::clamp<size_t>(predictor->info().preferred_lanes, 1, std::max<size_t>(1, even));
  ProgressSink own(&progress);  // what fails in one thread stops the others
  std::exception_ptr failure;   // the first: those behind it were only stopped
  {
    base::ThreadPool pool(static_cast<unsigned>(threads));
    for (size_t first = 0; first < lanes.size(); first += group) {
      const std::span<Lane> members = std::span(lanes).subspan(first, std::min(group, lanes.size() - first));
      pool.submit([&, members] {
        try {
          own.check();
          run_lanes(*predictor, members, own, tell);
        } catch (...) {
          own.request_stop();
          const std::scoped_lock lock(mutex);
          if (!failure) failure = std::current_exception();
        }
      });
    }
  }
  if (failure) std::rethrow_exception(failure);

  std::vector<Continuation> made;
  made.reserve(lanes.size());
  for (Lane& lane : lanes) made.push_back(std::move(lane.made));
  return made;
}

}  // namespace lmzip::sample
