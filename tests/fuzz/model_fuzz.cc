// SPDX-License-Identifier: Apache-2.0
// Models come from anywhere: any bytes, read as a model file or (if they begin with '{') as an architecture, as a card
// and as a tokenizer, are refused in one printable line or survive being written and read again.
#include <algorithm>
#include <string_view>

#include "fuzz/checks.h"
#include "model/architecture.h"
#include "model/card.h"
#include "model/model_file.h"
#include "model/quantise.h"
#include "model/safetensors.h"
#include "model/tokenizer.h"

namespace {

using namespace lmzip::model;
using lmzip::Bytes;
using lmzip::ByteSpan;
using lmzip::ErrorKind;
using lmzip::fuzz::require;
using lmzip::fuzz::result_of;

void rewrite(const Safetensors& contents) {
  Bytes file;
  try {
    file = write_safetensors(contents);
  } catch (const lmzip::Error& error) {
    require(error.kind() == ErrorKind::kUsage);  // numbers that are not aligned can be read, but are not written
    return;
  }
  const Safetensors again = read_safetensors(file);
  require(again.metadata == contents.metadata);
  require(std::ranges::equal(again.tensors, contents.tensors, [](const Tensor& a, const Tensor& b) {
    return a.dtype == b.dtype && a.shape == b.shape && std::ranges::equal(a.data, b.data);
  }));
}

Weights weights_of(const Model& model, const TensorShape& shape) {
  if (model.quantised() && shape.matrix) return model.matrix(shape.name);
  return model.floats(shape.name);
}

/// Whatever the merges, symbols spell what they were made of.
void tokenize(const BpeTokenizer& tokenizer, ByteSpan text) {
  Bytes back;
  for (const lmzip::Symbol symbol : tokenizer.encode(text.first(std::min<size_t>(text.size(), 4096)))) {
    const ByteSpan bytes = tokenizer.bytes(symbol);
    back.insert(back.end(), bytes.begin(), bytes.end());
  }
  require(std::ranges::equal(back, text.first(back.size())) && back.size() == std::min<size_t>(text.size(), 4096));
}

void rewrite(const Model& model) {
  const auto written = [](const Model& from) {
    return make_model(
        from.architecture(), [&](const TensorShape& shape) { return weights_of(from, shape); }, from.tokenizer().get());
  };
  const Bytes file = written(model);
  const auto again = read_model(Bytes(file));
  require(again->architecture() == model.architecture() && again->quantised() == model.quantised());
  require(written(*again) == file);
  if (model.tokenizer() != nullptr) tokenize(*model.tokenizer(), file);
  if (!model.quantised()) require(read_model(quantise(model))->quantised());
  ModelCard card;
  describe(model, card);
  check_card(card, model);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteSpan input(data, size);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.starts_with('{')) {
    if (const auto architecture = result_of([&] { return parse_architecture(text); })) {
      require(parse_architecture(to_json(*architecture)) == *architecture);
      require(architecture->parameters() <= uint64_t{1} << 31);
    }
    if (const auto tokenizer = result_of([&] { return parse_tokenizer(text); })) {
      require(parse_tokenizer(to_json(*tokenizer)).merges() == tokenizer->merges());
      tokenize(*tokenizer, input);
    }
    if (const auto card = result_of([&] { return parse_card(text); })) require(parse_card(to_json(*card)) == *card);
  } else {
    if (const auto contents = result_of([&] { return read_safetensors(input); })) rewrite(*contents);
    if (const auto model = result_of([&] { return read_model(input, nullptr); })) rewrite(**model);
  }
  return 0;
}
