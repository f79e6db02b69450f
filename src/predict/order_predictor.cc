// SPDX-License-Identifier: Apache-2.0
#include "predict/order_predictor.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "lmzip/error.h"
#include "predict/lane_session.h"

namespace lmzip::predict {
namespace {

using Index = uint32_t;
constexpr Index kRoot = 0;  ///< the empty context
constexpr Index kNone = 0;  ///< no node: the root is nobody's child or sibling

/// A byte seen in its parent's context, and at once the context that ends with this byte. The path from the root to a
/// node spells the context, oldest byte first; the children of a node are the bytes that followed it.
struct Node {
  Index child = kNone;    ///< first of the bytes seen in this context, the most recent one
  Index sibling = kNone;  ///< the next byte seen in the parent's context
  uint16_t count = 0;     ///< how often it was seen there
  uint16_t total = 0;     ///< sum of the children's counts
  uint16_t distinct = 0;  ///< number of children
  uint8_t symbol = 0;
};
static_assert(sizeof(Node) == 16);

/// Counts of a context are halved when their sum reaches this: lower forgets the past sooner, higher knows rare bytes
/// better. Half of it or four times as much changes what text and programs cost by less than 4 %. Must be above 512,
/// or halving 256 counts of 1 or 2 would not help.
constexpr uint16_t kHalvingTotal = 1 << 11;

/// Nodes of one lane: orders 0 and 1 have room for all there can be (and the spare that advance() asks for).
size_t capacity(int order) {
  if (order == 0) return 1 + 256 + 1;
  if (order == 1) return 1 + 256 + 256 * 256 + 2;
  return size_t{1} << 20;
}

class OrderModel {
 public:
  explicit OrderModel(int order) : order_(static_cast<size_t>(order)), capacity_(capacity(order)) {
    nodes_.reserve(capacity_);
    contexts_.reserve(order_ + 1);
    forget();
  }

  void forecast(FrequencyTable& table) {
    std::array<uint32_t, 256> frequencies;
    frequencies.fill(1);
    uint32_t left = FrequencyTable::kMaxTotal - 256;
    for (auto context = contexts_.rbegin(); context != contexts_.rend(); ++context) {
      const Node& node = nodes_[*context];
      if (node.total == 0) continue;
      const auto believed = static_cast<uint32_t>(uint64_t{left} * node.total / (node.total + node.distinct));
      // One division per context: the worth of one count, with 16 fractional bits. Rounding down never overspends.
      const uint64_t worth = (uint64_t{believed} << 16) / node.total;
      for (Index i = node.child; i != kNone; i = nodes_[i].sibling) {
        frequencies[nodes_[i].symbol] += static_cast<uint32_t>(worth * nodes_[i].count >> 16);
      }
      left -= believed;
    }
    for (uint32_t& frequency : frequencies) frequency += left / 256;
    table.assign(frequencies);
  }

  void advance(Symbol symbol) {
    if (nodes_.size() + contexts_.size() > capacity_) forget();
    // contexts_[j] is the context of the last j bytes; its child `symbol` is the next contexts_[j + 1].
    Index shorter = kRoot;
    for (Index& context : contexts_) {
      const Index seen = count(context, static_cast<uint8_t>(symbol));
      context = std::exchange(shorter, seen);
    }
    if (contexts_.size() <= order_) contexts_.push_back(shorter);
  }

 private:
  void forget() {
    nodes_.assign(1, Node{});
    contexts_.assign(1, kRoot);
  }

  /// Counts `symbol` in `context` and returns its node there, which becomes the first child: what was seen last is
  /// looked for first.
  Index count(Index context, uint8_t symbol) {
    Index found = nodes_[context].child, before = kNone;
    while (found != kNone && nodes_[found].symbol != symbol) before = std::exchange(found, nodes_[found].sibling);
    if (found == kNone) {
      found = static_cast<Index>(nodes_.size());
      nodes_.push_back(Node{.sibling = nodes_[context].child, .symbol = symbol});
      nodes_[context].child = found;
      ++nodes_[context].distinct;
    } else if (before != kNone) {
      nodes_[before].sibling = nodes_[found].sibling;
      nodes_[found].sibling = std::exchange(nodes_[context].child, found);
    }
    ++nodes_[found].count;
    if (++nodes_[context].total == kHalvingTotal) halve(nodes_[context]);
    return found;
  }

  void halve(Node& context) {
    context.total = 0;
    for (Index i = context.child; i != kNone; i = nodes_[i].sibling) {
      nodes_[i].count = static_cast<uint16_t>((nodes_[i].count + 1) / 2);
      context.total = static_cast<uint16_t>(context.total + nodes_[i].count);
    }
  }

  size_t order_;
  size_t capacity_;
  std::vector<Node> nodes_;
  std::vector<Index> contexts_;  ///< the present contexts, by length; as many as there is history, up to order + 1
};

class OrderPredictor final : public Predictor {
 public:
  explicit OrderPredictor(int order) : order_(order) {
    info_.spec = "order" + std::to_string(order);
    info_.lane_bytes = capacity(order) * sizeof(Node) + sizeof(OrderModel) + 257 * sizeof(uint32_t);
  }
  const PredictorInfo& info() const override { return info_; }
  std::unique_ptr<Session> open(int lanes) const override {
    return std::make_unique<LaneSession<OrderModel>>(lanes, order_);
  }

 private:
  int order_;
  PredictorInfo info_;
};

}  // namespace

std::shared_ptr<const Predictor> make_order(int order) {
  if (order < 0 || order > kMaxOrder) throw Error(ErrorKind::kUsage, "order: must be 0 to 6");
  return std::make_shared<OrderPredictor>(order);
}

}  // namespace lmzip::predict
