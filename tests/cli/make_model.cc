// SPDX-License-Identifier: Apache-2.0
// Writes a small model for the scripts of this folder:
//   make_model attention|recurrence|both|tokens int8|float SEED OUT.safetensors
// It is random, but likes digits and newlines, so that lists of numbers become shorter; "tokens" is attention over
// tokens. Its card goes beside it. The
// same bytes on every machine.
#include <algorithm>
#include <exception>
#include <fstream>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include "model/card.h"
#include "model/model_file.h"
#include "model/quantise.h"
#include "model/random_model.h"

namespace {

using namespace lmzip;

model::Architecture shape(const std::string& mixer) {
  model::Architecture shape;
  shape.width = 16;
  shape.context = 64;
  if (mixer != "recurrence") {
    shape.layers.push_back(model::Mixer::kAttention);
    shape.heads = shape.key_value_heads = 1;
    shape.head_width = 16;
    shape.window = 64;
  }
  if (mixer == "tokens") {
    shape.vocabulary = 512;
  } else if (mixer != "attention") {
    shape.layers.push_back(model::Mixer::kRecurrence);
    shape.state_width = 16;
    shape.tables = {model::NgramContext::kOrder3};
    shape.table_bits = 8;
    shape.table_width = 16;
  }
  if (mixer == "both") {
    shape.context = 128;  // the window slides
    shape.convolution = shape.tied = true;
    shape.feed = model::Feed::kSwiGlu;
    shape.feed_width = 16;
  }
  return shape;
}

/// The float model.
Bytes make(const model::Architecture& architecture, uint64_t seed) {
  const auto random = model::read_model(model::random_float_model(architecture, seed));
  const std::span<const float> bias = random->floats("output.bias");
  std::vector<float> liking(bias.begin(), bias.end());
  const auto tokenizer = random->tokenizer();
  for (size_t symbol = 0; symbol < liking.size(); ++symbol) {
    const auto byte = static_cast<uint8_t>(symbol);
    const ByteSpan bytes = tokenizer ? tokenizer->bytes(static_cast<Symbol>(symbol)) : ByteSpan(&byte, 1);
    if (std::ranges::all_of(bytes, [](uint8_t c) { return (c >= '0' && c <= '9') || c == '\n'; })) liking[symbol] += 8;
  }
  const auto weights = [&](const model::TensorShape& tensor) -> model::Weights {
    return tensor.name == "output.bias" ? std::span<const float>(liking) : random->floats(tensor.name);
  };
  return model::make_model(architecture, weights, tokenizer.get());
}

void write(const std::string& path, ByteSpan bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw std::runtime_error(path + " cannot be written");
}

model::ModelCard card_of(const model::Model& weights, const std::string& name, uint64_t seed) {
  model::ModelCard card;
  card.name = name;
  model::describe(weights, card);
  card.training_data = {{.file = "nothing.txt", .bytes = 7, .digest = std::string(32, '0'), .licence = "CC0"}};
  card.seed = seed;
  card.training_command = "make_model";
  card.validation = {{.data = "no text", .rule = "none", .float_bits = 7.125, .int8_bits = 7.25}};
  card.licence = "Apache-2.0";
  card.notes = "untrained";
  return card;
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 5)
    throw std::runtime_error("make_model attention|recurrence|both|tokens int8|float SEED OUT.safetensors");
  const std::string path = arguments[4];
  const uint64_t seed = std::stoull(arguments[3]);
  const model::Architecture architecture = shape(arguments[1]);
  Bytes bytes = make(architecture, seed);
  if (std::string(arguments[2]) == "int8") bytes = model::quantise(*model::read_model(std::move(bytes)));
  write(path, bytes);
  std::string name = path.substr(path.rfind('/') + 1);
  name = name.substr(0, name.rfind('.'));
  const std::string card = model::to_json(card_of(*model::read_model(bytes), name, seed));
  write(model::card_path(path), Bytes(card.begin(), card.end()));
} catch (const std::exception& error) {
  std::cerr << "make_model: " << error.what() << '\n';
  return 1;
}
