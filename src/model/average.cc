// SPDX-License-Identifier: Apache-2.0
#include "model/average.h"

#include <cmath>
#include <cstddef>
#include <deque>
#include <vector>

#include "lmzip/error.h"

namespace lmzip::model {
namespace {

/// sums[i] += share * the i-th number of the tensor, as it is computed with.
void add(const Model& model, const TensorShape& shape, double share, std::vector<double>& sums) {
  if (!shape.matrix || !model.quantised()) {
    const std::span<const float> numbers = model.floats(shape.name);
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += share * double{numbers[i]};
    return;
  }
  const QuantisedMatrix matrix = model.matrix(shape.name);
  const auto columns = static_cast<size_t>(matrix.columns);
  for (size_t i = 0; i < sums.size(); ++i) {
    sums[i] += share * (double{matrix.scales[i / columns]} * matrix.values[i]);
  }
}

bool same_tokenizer(const Model& a, const Model& b) {
  if (!a.tokenizer() || !b.tokenizer()) return a.tokenizer() == b.tokenizer();
  return a.tokenizer()->merges() == b.tokenizer()->merges();
}

}  // namespace

Bytes average(std::span<const std::shared_ptr<const Model>> models, std::span<const double> shares) {
  if (models.empty() || models.size() != shares.size()) throw Error(ErrorKind::kUsage, "each model needs a share");
  const Model& first = *models.front();
  double total = 0;
  for (size_t m = 0; m < models.size(); ++m) {
    if (!(std::isfinite(shares[m]) && shares[m] > 0)) throw Error(ErrorKind::kUsage, "a share must be positive");
    if (models[m]->architecture() != first.architecture()) {
      throw Error(ErrorKind::kUsage, "models of different shapes have no mean");
    }
    if (!same_tokenizer(*models[m], first)) throw Error(ErrorKind::kUsage, "their tokenizers differ");
    total += shares[m];
  }
  if (!std::isfinite(total)) throw Error(ErrorKind::kUsage, "the shares are too large");
  std::deque<std::vector<float>> means;
  const auto weights = [&](const TensorShape& shape) -> Weights {
    std::vector<double> sums(static_cast<size_t>(shape.rows * shape.columns));
    for (size_t m = 0; m < models.size(); ++m) add(*models[m], shape, shares[m] / total, sums);
    return std::span<const float>(means.emplace_back(sums.begin(), sums.end()));
  };
  return make_model(first.architecture(), weights, first.tokenizer().get());
}

}  // namespace lmzip::model
