// SPDX-License-Identifier: Apache-2.0
#include "model/quantise.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <vector>

#include "lmzip/error.h"

namespace lmzip::model {
namespace {

constexpr float kLargest = 127;

/// A matrix and what QuantisedMatrix points to.
struct Quantised {
  std::vector<int8_t> values;
  std::vector<float> scales;
};

Quantised quantise(std::span<const float> weights, const TensorShape& shape) {
  Quantised result;
  result.values.resize(weights.size());
  const auto columns = static_cast<size_t>(shape.columns);
  for (size_t at = 0; at < weights.size(); at += columns) {
    result.scales.push_back(quantise_row(weights.subspan(at, columns), std::span(result.values).subspan(at, columns)));
  }
  return result;
}

}  // namespace

// The largest weight decides. A finer step that clips it gains nothing worth a search at eight bits: the best of seven
// clipping factors lowers the squared error of Gaussian, Laplacian, Student-t rows of 64 to 1024 numbers by 0 to 2 %.
float quantise_row(std::span<const float> row, std::span<int8_t> values) {
  float largest = 0;
  for (const float x : row) largest = std::max(largest, std::abs(x));
  const float scale = largest / kLargest;
  for (size_t i = 0; i < row.size(); ++i) {
    // A scale too small for a normal number is inexact; a scale of 0 stands for a row of zeros.
    const float value = scale > 0 ? std::clamp(std::nearbyint(row[i] / scale), -kLargest, kLargest) : 0;
    values[i] = static_cast<int8_t>(value);
  }
  return scale;
}

Bytes quantise(const Model& model) {
  if (model.quantised()) throw Error(ErrorKind::kUsage, "the model is quantised already");
  std::deque<Quantised> matrices;
  const auto weights = [&](const TensorShape& shape) -> Weights {
    const std::span<const float> floats = model.floats(shape.name);
    if (!shape.matrix) return floats;
    const Quantised& matrix = matrices.emplace_back(quantise(floats, shape));
    return QuantisedMatrix{static_cast<int>(shape.rows), static_cast<int>(shape.columns), matrix.values, matrix.scales};
  };
  return make_model(model.architecture(), weights, model.tokenizer().get());
}

}  // namespace lmzip::model
