// SPDX-License-Identifier: Apache-2.0
// The equations of src/model/FORMAT.md, word by word, in double and without any quantised activation.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "model/model_file.h"
#include "model/ngram.h"
#include "model/number_context.h"

namespace lmzip::test {

/// The logits behind every input of one sequence.
class ReferenceNetwork {
 public:
  using Row = std::vector<double>;

  explicit ReferenceNetwork(const model::Model& weights) : weights_(weights), shape_(weights.architecture()) {}

  std::vector<Row> logits(const std::vector<Symbol>& inputs) {
    std::vector<Row> stream;
    model::NgramRows ngrams(shape_.tables, shape_.table_bits);
    std::vector<uint32_t> rows(shape_.tables.size());
    model::NumberContext numbers(shape_.numbers, shape_.row);
    std::vector<size_t> centres;
    for (const Symbol symbol : inputs) {
      Row x;
      if (shape_.numbers == model::Numbers::kNone) {
        x = row_of("embedding", symbol);
      } else {
        if (!stream.empty()) numbers.advance(static_cast<uint8_t>(symbol));
        centres.push_back(numbers.centre());
        x = row_of("embedding", numbers.centre());
        std::array<int8_t, model::NumberContext::kFeatures> features;
        numbers.features(features);
        Row told;
        for (const int8_t feature : features) told.push_back(feature / 32.0);
        add(x, product("numbers.project", told));
      }
      if (!rows.empty()) {
        ngrams.advance(static_cast<uint8_t>(symbol));
        ngrams.rows(rows);
        Row found;
        for (size_t t = 0; t < rows.size(); ++t) {
          const Row part = row_of("tables", (t << shape_.table_bits) + rows[t]);
          found.insert(found.end(), part.begin(), part.end());
        }
        add(x, product("tables.project", found));
      }
      stream.push_back(x);
    }
    for (size_t i = 0; i < shape_.layers.size(); ++i)
      layer("layers." + std::to_string(i) + ".", shape_.layers[i], stream);
    std::vector<Row> result;
    for (const Row& x : stream) {
      result.push_back(product(shape_.tied ? "embedding" : "output", norm("output_norm", x), "output.bias"));
    }
    for (size_t i = 0; i < centres.size(); ++i) {
      Row by_value(result[i].size());
      for (size_t v = 0; v < by_value.size(); ++v) by_value[v] = result[i][(v - centres[i]) & 255];
      result[i] = by_value;
    }
    return result;
  }

 private:
  static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
  static void add(Row& x, const Row& y) {
    for (size_t i = 0; i < x.size(); ++i) x[i] += y[i];
  }

  Row row_of(const std::string& name, size_t row) const {
    const model::QuantisedMatrix matrix = weights_.matrix(name);
    Row result;
    for (int c = 0; c < matrix.columns; ++c) {
      result.push_back(matrix.values[row * static_cast<size_t>(matrix.columns) + static_cast<size_t>(c)] *
                       static_cast<double>(matrix.scales[row]));
    }
    return result;
  }

  Row product(const std::string& name, const Row& x, const std::string& bias = "") const {
    const auto rows = static_cast<size_t>(weights_.matrix(name).rows);
    Row result(rows);
    for (size_t r = 0; r < rows; ++r) {
      const Row row = row_of(name, r);
      for (size_t c = 0; c < x.size(); ++c) result[r] += row[c] * x[c];
      if (!bias.empty()) result[r] += weights_.floats(bias)[r];
    }
    return result;
  }

  Row norm(const std::string& name, Row x) const {
    const bool layer = shape_.norm == model::Norm::kLayer;
    double mean = 0;
    if (layer) {
      for (const double v : x) mean += v / static_cast<double>(x.size());
    }
    double square = 0;
    for (const double v : x) square += (v - mean) * (v - mean) / static_cast<double>(x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      x[i] = (x[i] - mean) / std::sqrt(square + 1e-6) * weights_.floats(name + ".gain")[i];
      if (layer) x[i] += weights_.floats(name + ".offset")[i];
    }
    return x;
  }

  void layer(const std::string& name, model::Mixer mixer, std::vector<Row>& stream) const {
    std::vector<Row> u;
    for (const Row& x : stream) u.push_back(norm(name + "mixer_norm", x));
    if (shape_.convolution) {
      const auto taps = weights_.floats(name + "convolution");
      std::vector<Row> filtered(u.size(), Row(u[0].size()));
      for (size_t i = 0; i < u.size(); ++i) {
        for (size_t j = 0; j < 4 && j <= i; ++j) {
          for (size_t d = 0; d < u[0].size(); ++d) filtered[i][d] += taps[j * u[0].size() + d] * u[i - j][d];
        }
      }
      u = filtered;
    }
    const std::vector<Row> mixed = mixer == model::Mixer::kAttention ? attention(name, u) : recurrence(name, u);
    for (size_t i = 0; i < stream.size(); ++i) {
      const std::string out = mixer == model::Mixer::kAttention ? "attention.output" : "recurrence.output";
      add(stream[i], product(name + out, mixed[i]));
      if (shape_.feed != model::Feed::kNone) add(stream[i], feed(name, norm(name + "feed_norm", stream[i])));
    }
  }

  std::vector<Row> attention(const std::string& name, const std::vector<Row>& u) const {
    const auto width = static_cast<size_t>(shape_.head_width);
    std::vector<Row> queries, keys, values, result;
    for (size_t i = 0; i < u.size(); ++i) {
      queries.push_back(rotated(product(name + "attention.query", u[i]), i));
      keys.push_back(rotated(product(name + "attention.key", u[i]), i));
      values.push_back(product(name + "attention.value", u[i]));
      Row out(static_cast<size_t>(shape_.heads) * width);
      for (size_t head = 0; head < static_cast<size_t>(shape_.heads); ++head) {
        const size_t from =
            head * static_cast<size_t>(shape_.key_value_heads) / static_cast<size_t>(shape_.heads) * width;
        double total = 0;
        Row sum(width);
        for (size_t j = i + 1 > static_cast<size_t>(shape_.window) ? i + 1 - static_cast<size_t>(shape_.window) : 0;
             j <= i; ++j) {
          double score = 0;
          for (size_t d = 0; d < width; ++d) score += queries[i][head * width + d] * keys[j][from + d];
          const double weight = std::exp(score / std::sqrt(static_cast<double>(width)));
          total += weight;
          for (size_t d = 0; d < width; ++d) sum[d] += weight * values[j][from + d];
        }
        for (size_t d = 0; d < width; ++d) out[head * width + d] = sum[d] / total;
      }
      result.push_back(out);
    }
    return result;
  }

  Row rotated(Row x, size_t position) const {
    const auto width = static_cast<size_t>(shape_.head_width);
    for (size_t head = 0; head < x.size(); head += width) {
      for (size_t k = 0; k < width / 2; ++k) {
        const double angle = static_cast<double>(position) *
                             std::pow(10000.0, -2.0 * static_cast<double>(k) / static_cast<double>(width));
        const double a = x[head + k];
        const double b = x[head + k + width / 2];
        x[head + k] = a * std::cos(angle) - b * std::sin(angle);
        x[head + k + width / 2] = a * std::sin(angle) + b * std::cos(angle);
      }
    }
    return x;
  }

  std::vector<Row> recurrence(const std::string& name, const std::vector<Row>& u) const {
    const auto width = static_cast<size_t>(shape_.state_width);
    Row state(width);
    std::vector<Row> result;
    for (const Row& x : u) {
      const Row input = product(name + "recurrence.input", x, name + "recurrence.input.bias");
      Row out(width);
      for (size_t i = 0; i < width; ++i) {
        const double forget = sigmoid(input[width + i]);
        state[i] = forget * state[i] + (1 - forget) * input[i];
        out[i] = state[i] * input[2 * width + i] * sigmoid(input[2 * width + i]);
      }
      result.push_back(out);
    }
    return result;
  }

  Row feed(const std::string& name, const Row& x) const {
    const bool gelu = shape_.feed == model::Feed::kGelu;
    Row z = product(name + "feed.input", x, gelu ? name + "feed.input.bias" : "");
    if (shape_.feed == model::Feed::kSwiGlu) {
      const Row gate = product(name + "feed.gate", x);
      for (size_t i = 0; i < z.size(); ++i) z[i] *= gate[i] * sigmoid(gate[i]);
    } else {
      for (double& v : z) {
        v = gelu ? v / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (v + 0.044715 * v * v * v)))
                 : std::max(v, 0.0) * std::max(v, 0.0);
      }
    }
    return product(name + "feed.output", z, gelu ? name + "feed.output.bias" : "");
  }

  const model::Model& weights_;
  const model::Architecture& shape_;
};

}  // namespace lmzip::test
