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

std::vector<double> CodeLengthMeter::lengths(ByteSpan window, const std::vector<Bytes>& stems, LengthUnit unit) const {
  const size_t count = stems.size() * kBytes;
  std::vector<double> lengths(count);
  const auto measure = [&](size_t next, size_t end) {
    while (next < end) {  // the strings of one stem, as far as they are in this share
      const size_t stem = next / kBytes;
      const size_t first = next;
      next = std::min(end, (stem + 1) * kBytes);
      const size_t size = stems[stem].size() + 1;
      Bytes strings;
      strings.reserve((next - first) * size);
      std::vector<ByteSpan> endings;
      for (size_t i = first; i < next; ++i) {
        strings.insert(strings.end(), stems[stem].begin(), stems[stem].end());
        strings.push_back(static_cast<uint8_t>(i % kBytes));
        endings.push_back(ByteSpan(strings).last(size));
      }
      const std::vector<double> some = compressor_->code_lengths(window, endings, unit);
      std::copy(some.begin(), some.end(), lengths.begin() + static_cast<ptrdiff_t>(first));
    }
  };
  Helpers helpers;
  for (unsigned i = 1; i < threads_; ++i) {
    helpers.running.push_back(others_->submit([&, i] { measure(count * i / threads_, count * (i + 1) / threads_); }));
  }
  measure(0, count / threads_);
  for (std::future<void>& each : helpers.running) each.get();
  return lengths;
}

size_t Lookahead::search(ByteSpan window, ByteSpan fed) {
  levels_.assign(1, Level(1));
  followed_ = 0;
  node_ = 0;
  while (levels_.size() < options_.horizon) {
    levels_.push_back(kept(window));
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
  if (followed_ + 1 == options_.horizon) {
    std::copy_n(weights_.begin() + static_cast<ptrdiff_t>(node_ * kBytes), kBytes, sums.begin());
  } else {
    for (const Node& node : levels_[followed_ + 1]) {
      if (node.stem == node_) sums[node.byte] = node.weight;
    }
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

Lookahead::Level Lookahead::kept(ByteSpan window) const {
  const std::vector<Bytes> stems = strings_of_last_level();
  const std::vector<double> lengths = meter_->lengths(window, stems, LengthUnit::kBits);
  std::vector<uint64_t> familiar;
  familiar.reserve(lengths.size());
  for (const Bytes& stem : stems) {
    Bytes text(window.begin(), window.end());
    text.insert(text.end(), stem.begin(), stem.end());
    const auto some = familiarity(text);
    familiar.insert(familiar.end(), some.begin(), some.end());
  }

  std::vector<size_t> order(lengths.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto better = [&](size_t a, size_t b) {
    if (lengths[a] != lengths[b]) return lengths[a] < lengths[b];
    if (familiar[a] != familiar[b]) return familiar[a] > familiar[b];
    return a < b;
  };
  const size_t count = std::min(options_.beam, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(count), order.end(), better);
  Level level(count);
  for (size_t i = 0; i < count; ++i) {
    level[i] = {.stem = order[i] / kBytes, .byte = static_cast<uint8_t>(order[i] % kBytes)};
  }
  return level;
}

void Lookahead::weigh(ByteSpan window) {
  weights_ = meter_->lengths(window, strings_of_last_level(), options_.unit);
  const double shortest = *std::min_element(weights_.begin(), weights_.end());
  for (size_t i = 0; i < weights_.size(); ++i) {
    weights_[i] = weight_of(weights_[i] - shortest);
    levels_.back()[i / kBytes].weight += weights_[i];
  }
  for (size_t level = levels_.size() - 1; level > 0; --level) {
    for (const Node& node : levels_[level]) levels_[level - 1][node.stem].weight += node.weight;
  }
}

}  // namespace lmzip::codec
