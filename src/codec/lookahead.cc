// SPDX-License-Identifier: Apache-2.0
#include "codec/lookahead.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <numeric>
#include <utility>

namespace lmzip::codec {
namespace {

constexpr size_t kBytes = 256;

/// Strings that are measured by one call: enough that what it does once, like packing the window, hardly counts.
constexpr size_t kTogether = 256;

/// Context that tells apart what is equally long.
constexpr size_t kLongestContext = 32;

/// How well each byte goes on where `text` ends: more for a byte that followed more of the same bytes before, among
/// those for one that did so later; 0 for one that did not occur. The order of a tie.
std::array<uint64_t, kBytes> familiarity(ByteSpan text) {
  std::array<uint64_t, kBytes> familiar{};
  for (size_t at = 0; at < text.size(); ++at) {
    size_t context = 0;
    while (context < std::min(at, kLongestContext) && text[at - 1 - context] == text[text.size() - 1 - context]) {
      ++context;
    }
    uint64_t& best = familiar[text[at]];
    best = std::max(best, uint64_t{context} << 48 | (at + 1));
  }
  return familiar;
}

/// 2^-bits; exact, and without the mathematical library, for whole numbers.
double weight_of(double bits) {
  const double whole = std::floor(bits);
  return whole == bits ? std::ldexp(1.0, -static_cast<int>(std::min(whole, 2000.0))) : std::exp2(-bits);
}

/// Nobody leaves before all have ended.
struct Helpers {
  ~Helpers() {
    for (const std::future<void>& each : running) {
      if (each.valid()) each.wait();
    }
  }
  std::vector<std::future<void>> running;
};

}  // namespace

CodeLengthMeter::CodeLengthMeter(std::shared_ptr<const Compressor> compressor, unsigned threads)
    : compressor_(std::move(compressor)),
      threads_(threads),
      others_(threads > 1 ? std::make_unique<base::ThreadPool>(threads - 1) : nullptr) {}

std::vector<double> CodeLengthMeter::lengths(ByteSpan window, const Strings& strings, LengthUnit unit) const {
  std::vector<double> lengths(strings.count);
  const auto measure = [&](size_t next, size_t end) {
    Bytes together(std::min(kTogether, end - next) * strings.size);
    while (next < end) {
      const size_t count = std::min(kTogether, end - next);
      std::vector<ByteSpan> endings;
      for (size_t i = 0; i < count; ++i) {
        endings.push_back(ByteSpan(together).subspan(i * strings.size, strings.size));
        strings.write(next + i, &together[i * strings.size]);
      }
      const std::vector<double> some = compressor_->code_lengths(window, endings, unit);
      std::copy(some.begin(), some.end(), lengths.begin() + static_cast<ptrdiff_t>(next));
      next += count;
    }
  };
  Helpers helpers;
  for (unsigned i = 1; i < threads_; ++i) {
    helpers.running.push_back(
        others_->submit([&, i] { measure(strings.count * i / threads_, strings.count * (i + 1) / threads_); }));
  }
  measure(0, strings.count / threads_);
  for (std::future<void>& each : helpers.running) each.get();
  return lengths;
}

size_t Lookahead::search(ByteSpan window, ByteSpan fed) {
  levels_.assign(1, Level(1));
  followed_ = 0;
  node_ = 0;
  while (levels_.size() <= options_.horizon) {
    lengthen(window);
    if (followed_ < fed.size() && !follow(fed[followed_])) return followed_ + 1;
  }
  weigh(window);
  return 0;
}

bool Lookahead::follow(uint8_t byte) {
  const Level& level = levels_[followed_ + 1];
  const auto found = std::find_if(level.begin(), level.end(),
                                  [&](const Node& node) { return node.stem == node_ && node.byte == byte; });
  if (found == level.end()) return false;
  ++followed_;
  node_ = static_cast<size_t>(found - level.begin());
  return true;
}

Lookahead::Weights Lookahead::weights() const {
  Weights sums{};
  for (const Node& node : levels_[followed_ + 1]) {
    if (node.stem == node_) sums[node.byte] = node.weight;
  }
  return sums;
}

std::vector<Bytes> Lookahead::strings_of_last_level() const {
  const size_t size = levels_.size() - 1;
  std::vector<Bytes> strings(levels_.back().size(), Bytes(size));
  for (size_t i = 0; i < strings.size(); ++i) {
    size_t index = i;
    for (size_t level = size; level > 0; --level) {
      strings[i][level - 1] = levels_[level][index].byte;
      index = levels_[level][index].stem;
    }
  }
  return strings;
}

void Lookahead::lengthen(ByteSpan window) {
  const std::vector<Bytes> stems = strings_of_last_level();
  const size_t size = levels_.size();
  std::vector<size_t> order(stems.size() * kBytes);
  std::iota(order.begin(), order.end(), size_t{0});
  const size_t count = std::min(options_.horizon == 1 ? kBytes : options_.beam, order.size());
  if (count < order.size()) {
    const auto write = [&](size_t i, uint8_t* place) {
      *std::copy_n(stems[i / kBytes].begin(), size - 1, place) = static_cast<uint8_t>(i % kBytes);
    };
    const std::vector<double> lengths = meter_->lengths(window, {order.size(), size, write}, LengthUnit::kBits);
    std::vector<uint64_t> familiar;
    for (const Bytes& stem : stems) {
      Bytes text(window.begin(), window.end());
      text.insert(text.end(), stem.begin(), stem.end());
      const auto some = familiarity(text);
      familiar.insert(familiar.end(), some.begin(), some.end());
    }
    const auto better = [&](size_t a, size_t b) {
      if (lengths[a] != lengths[b]) return lengths[a] < lengths[b];
      return familiar[a] != familiar[b] ? familiar[a] > familiar[b] : a < b;
    };
    std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(count), order.end(), better);
  }
  Level level(count);
  for (size_t i = 0; i < count; ++i) {
    level[i] = {.stem = order[i] / kBytes, .byte = static_cast<uint8_t>(order[i] % kBytes)};
  }
  levels_.push_back(std::move(level));
}

void Lookahead::weigh(ByteSpan window) {
  const std::vector<Bytes> strings = strings_of_last_level();
  const auto write = [&](size_t i, uint8_t* place) { std::copy(strings[i].begin(), strings[i].end(), place); };
  const auto lengths = meter_->lengths(window, {strings.size(), options_.horizon, write}, options_.unit);
  const double shortest = *std::min_element(lengths.begin(), lengths.end());
  Level& last = levels_.back();
  for (size_t i = 0; i < last.size(); ++i) last[i].weight = weight_of(lengths[i] - shortest);
  for (size_t level = options_.horizon; level > 0; --level) {
    for (const Node& node : levels_[level]) levels_[level - 1][node.stem].weight += node.weight;
  }
}

}  // namespace lmzip::codec
