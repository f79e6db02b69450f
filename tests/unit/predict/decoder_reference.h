// SPDX-License-Identifier: Apache-2.0
// The equations of model/decoder.h once more, plainly and in double precision, from the arrays as they are.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "model/decoder.h"

namespace lmzip::test {

class DecoderReference {
 public:
  explicit DecoderReference(const model::Decoder& decoder) : decoder_(decoder), s_(decoder.shape) {}

  /// The logits behind each of the ids.
  std::vector<std::vector<double>> logits(const std::vector<int>& ids) const {
    std::vector<Row> x;
    for (size_t p = 0; p < ids.size(); ++p) {
      x.push_back(row("embedding", ids[p]));
      if (s_.learned_positions) x.back() = sum(x.back(), row("positions", static_cast<int>(p)));
    }
    for (int layer = 0; layer < s_.layers; ++layer) {
      const std::string name = "layers." + std::to_string(layer) + ".";
      const std::vector<Row> attended = attention(name, layer, x);
      for (size_t p = 0; p < x.size(); ++p) {
        const Row after = sum(x[p], attended[p]);
        x[p] = sum(after, feed(name, normalised(name + "feed_norm", s_.parallel ? x[p] : after)));
      }
    }
    for (Row& one : x) one = product(s_.tied ? "embedding" : "output", normalised("output_norm", one));
    return x;
  }

 private:
  using Row = std::vector<double>;

  Row row(const std::string& name, int index) const {
    const model::DecoderWeight& weight = decoder_.weights.at(name);
    std::vector<float> floats(static_cast<size_t>(weight.columns));
    weight.read(index, floats);
    return {floats.begin(), floats.end()};
  }
  static Row sum(Row a, const Row& b) {
    for (size_t i = 0; i < a.size(); ++i) a[i] += b[i];
    return a;
  }
  Row product(const std::string& name, const Row& x) const {
    Row result;
    for (int r = 0; r < decoder_.weights.at(name).rows; ++r) {
      const Row w = row(name, r);
      double total = 0;
      for (size_t c = 0; c < w.size(); ++c) total += w[c] * x[c];
      result.push_back(total);
    }
    return decoder_.weights.contains(name + ".bias") ? sum(result, row(name + ".bias", 0)) : result;
  }
  Row normalised(const std::string& name, Row x) const {
    const auto size = static_cast<double>(x.size());
    const bool layer = s_.norm == model::Norm::kLayer;
    double mean = 0, square = 0;
    for (const double v : x) mean += v / size;
    for (double& v : x) v -= layer ? mean : 0;
    for (const double v : x) square += v * v / size;
    const Row gain = row(name + ".gain", 0);
    for (size_t i = 0; i < x.size(); ++i) x[i] *= gain[i] / std::sqrt(square + static_cast<double>(s_.norm_epsilon));
    return layer ? sum(x, row(name + ".offset", 0)) : x;
  }

  void turn(double* head, size_t position) const {
    const int pairs = s_.rotary_width / 2;
    for (int k = 0; k < pairs; ++k) {
      double speed = std::pow(s_.rotary_base, -2.0 * k / s_.rotary_width);
      if (s_.rotary_factor != 1) {
        const double length = 2 * std::acos(-1.0) / speed, original = s_.rotary_original_context;
        const double kept = (original / length - s_.rotary_low_factor) / (s_.rotary_high_factor - s_.rotary_low_factor);
        const double clamped = std::clamp(kept, 0.0, 1.0);
        speed = (1 - clamped) * speed / s_.rotary_factor + clamped * speed;
      }
      double& a = head[k];
      double& b = head[pairs + k];
      const double angle = static_cast<double>(position) * speed;
      const double turned = a * std::cos(angle) - b * std::sin(angle);
      b = a * std::sin(angle) + b * std::cos(angle);
      a = turned;
    }
  }

  std::vector<Row> attention(const std::string& name, int layer, const std::vector<Row>& x) const {
    const auto width = static_cast<size_t>(s_.head_width), heads = static_cast<size_t>(s_.heads);
    std::vector<Row> queries, keys, values, result;
    for (size_t p = 0; p < x.size(); ++p) {
      const Row n = normalised(name + "attention_norm", x[p]);
      queries.push_back(product(name + "query", n));
      keys.push_back(product(name + "key", n));
      values.push_back(product(name + "value", n));
      for (size_t at = 0; at < queries[p].size(); at += width) turn(&queries[p][at], p);
      for (size_t at = 0; at < keys[p].size(); at += width) turn(&keys[p][at], p);
      const size_t window = s_.is_local(layer) ? static_cast<size_t>(s_.window) : x.size();
      const size_t first = p + 1 > window ? p + 1 - window : 0;
      Row mixed(heads * width);
      for (size_t h = 0; h < heads; ++h) {
        const size_t shared = h / (heads / static_cast<size_t>(s_.key_value_heads)) * width;
        Row weights;
        for (size_t j = first; j <= p; ++j) {
          double score = 0;
          for (size_t d = 0; d < width; ++d) score += queries[p][h * width + d] * keys[j][shared + d];
          weights.push_back(s_.scaled ? score / std::sqrt(static_cast<double>(width)) : score);
        }
        const double best = *std::max_element(weights.begin(), weights.end());
        double total = 0;
        for (double& w : weights) total += w = std::exp(w - best);
        for (size_t j = first; j <= p; ++j) {
          for (size_t d = 0; d < width; ++d) mixed[h * width + d] += weights[j - first] / total * values[j][shared + d];
        }
      }
      result.push_back(product(name + "attention_output", mixed));
    }
    return result;
  }

  double activated(double z) const {
    switch (s_.activation) {
      case model::Activation::kGeluTanh:
        return z / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (z + 0.044715 * z * z * z)));
      case model::Activation::kGelu:
        return z / 2 * (1 + std::erf(z / std::sqrt(2.0)));
      case model::Activation::kSilu:
        return z / (1 + std::exp(-z));
      default:
        return std::max(z, 0.0);
    }
  }

  Row feed(const std::string& name, const Row& x) const {
    Row inner = product(name + "feed.up", x);
    Row gate = s_.gated ? product(name + "feed.gate", x) : Row();
    for (size_t i = 0; i < inner.size(); ++i) {
      inner[i] = s_.gated ? activated(gate[i]) * inner[i] : activated(inner[i]);
    }
    return product(name + "feed.down", inner);
  }

  const model::Decoder& decoder_;
  const model::DecoderShape& s_;
};

}  // namespace lmzip::test
