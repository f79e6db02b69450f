// SPDX-License-Identifier: Apache-2.0
#include "model/random_model.h"

#include <cmath>
#include <deque>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "model/model_file.h"
#include "model/quantise.h"

namespace lmzip::model {
namespace {

/// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  /// Uniform in [-1, 1), exact in float.
  float next() { return static_cast<float>(static_cast<int64_t>(bits()) >> 40) * 0x1p-23f; }

  uint64_t bits() {
    state_ += 0x9E3779B97F4A7C15;
    uint64_t z = state_;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
  }

 private:
  uint64_t state_;
};

/// Mean and half width of a tensor's numbers.
struct Spread {
  float mean;
  float half_width;
};

Spread spread_of(const TensorShape& shape) {
  const std::string_view name = shape.name;
  if (name.ends_with(".gain")) return {1, 0.25F};
  if (name.ends_with(".offset") || name == "output.bias") return {0, 0.25F};
  if (name.ends_with("recurrence.input.bias")) return {1, 2};  // forgets at once or after some ten bytes
  if (name.ends_with(".bias")) return {0, 0.25F};
  if (name.ends_with("convolution")) return {0.25F, 0.5F};
  if (name == "tables") return {0, 0.5F};
  // sqrt(3 / columns) keeps the variance of what passes through; the head doubles it.
  const float keeps = std::sqrt(3.0F / static_cast<float>(shape.columns));
  const bool head = name == "output" || name == "embedding";
  return {0, head ? 2 * keeps : keeps};
}

/// Pairs of what words and numbers are made of, and of such pairs.
BpeTokenizer random_tokenizer(size_t count, uint64_t seed) {
  constexpr std::string_view kParts = " etaoinshrdlu0123456789";
  Random random(seed);
  std::vector<Merge> merges;
  std::vector<size_t> lengths(BpeTokenizer::kBytes, 1);
  std::set<std::pair<Symbol, Symbol>> known;
  const auto part = [&]() -> Symbol {
    if (merges.empty() || random.bits() % 4 != 0) return static_cast<uint8_t>(kParts[random.bits() % kParts.size()]);
    return static_cast<Symbol>(BpeTokenizer::kBytes + random.bits() % merges.size());
  };
  while (merges.size() < count) {
    const Symbol left = part();
    const Symbol right = part();
    const size_t length = lengths[left] + lengths[right];
    if (length > BpeTokenizer::kMaxSymbolBytes || !known.emplace(left, right).second) continue;
    merges.push_back({left, right});
    lengths.push_back(length);
  }
  return BpeTokenizer(std::move(merges));
}

}  // namespace

Bytes random_float_model(const Architecture& architecture, uint64_t seed) {
  Random random(seed);
  std::deque<std::vector<float>> tensors;
  const BpeTokenizer tokenizer = random_tokenizer(static_cast<size_t>(architecture.vocabulary - kVocabulary), seed);
  const auto weights = [&](const TensorShape& shape) -> Weights {
    const Spread spread = spread_of(shape);
    std::vector<float>& numbers = tensors.emplace_back(static_cast<size_t>(shape.rows * shape.columns));
    for (float& number : numbers) number = spread.mean + spread.half_width * random.next();
    return std::span<const float>(numbers);
  };
  return make_model(architecture, weights, &tokenizer);
}

Bytes random_model(const Architecture& architecture, uint64_t seed) {
  return quantise(*read_model(random_float_model(architecture, seed)));
}

}  // namespace lmzip::model
