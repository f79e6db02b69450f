// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <thread>

#include "unit/model/checkpoint_fixture.h"

namespace lmzip::model {
namespace {

using test::Array;
using test::Arrays;
using test::expect_corrupt;
using test::expect_error;
using test::Folder;
using test::kLlamaConfig;
using test::llama_arrays;
using test::numbers;
using test::write_folder;

Decoder open(const std::string& config, const Arrays& arrays, Dtype dtype = Dtype::kF32) {
  const Folder folder;
  write_folder(folder, config, arrays, dtype);
  return open_hugging_face(folder.path());
}

/// GPT-2's and GPT-Neo's older arrays: norms and a feed with biases.
class Gpt {
 public:
  Arrays arrays;

  void add(const std::string& name, std::vector<uint64_t> shape) {
    arrays[name] = test::random_array(std::move(shape), random_);
  }
  void linear(const std::string& name, uint64_t rows, uint64_t columns, uint64_t bias) {
    add(name + ".weight", {rows, columns});
    add(name + ".bias", {bias});
  }
  void norm(const std::string& name) {
    add(name + ".weight", {8});
    add(name + ".bias", {8});
  }

 private:
  base::Random random_{2};
};

const char* const kGpt2Config =
    R"({"model_type":"gpt2","vocab_size":11,"n_embd":8,"n_layer":1,"n_head":2,"n_positions":6,"bos_token_id":3})";

Arrays gpt2_arrays(const std::string& prefix) {
  Gpt gpt;
  gpt.add(prefix + "wte.weight", {11, 8});
  gpt.add(prefix + "wpe.weight", {6, 8});
  const std::string layer = prefix + "h.0.";
  gpt.norm(layer + "ln_1");
  gpt.linear(layer + "attn.c_attn", 8, 24, 24);
  gpt.linear(layer + "attn.c_proj", 8, 8, 8);
  gpt.norm(layer + "ln_2");
  gpt.linear(layer + "mlp.c_fc", 8, 32, 32);
  gpt.linear(layer + "mlp.c_proj", 32, 8, 8);
  gpt.norm(prefix + "ln_f");
  return gpt.arrays;
}

const char* const kNeoXConfig =
    R"({"model_type":"gpt_neox","vocab_size":9,"hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,)"
    R"("intermediate_size":16,"max_position_embeddings":32,"rotary_pct":0.5,"bos_token_id":0,"eos_token_id":0})";

Arrays neox_arrays() {
  Gpt gpt;
  gpt.add("gpt_neox.embed_in.weight", {9, 8});
  const std::string layer = "gpt_neox.layers.0.";
  gpt.norm(layer + "input_layernorm");
  gpt.linear(layer + "attention.query_key_value", 24, 8, 24);
  gpt.linear(layer + "attention.dense", 8, 8, 8);
  gpt.norm(layer + "post_attention_layernorm");
  gpt.linear(layer + "mlp.dense_h_to_4h", 16, 8, 16);
  gpt.linear(layer + "mlp.dense_4h_to_h", 8, 16, 8);
  gpt.norm("gpt_neox.final_layer_norm");
  gpt.add("embed_out.weight", {9, 8});
  return gpt.arrays;
}

/// Numbers of `rows` x `columns`, each by its place.
template <typename At>
std::vector<float> table(int64_t rows, int64_t columns, At at) {
  std::vector<float> all;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < columns; ++column) all.push_back(at(row, column));
  }
  return all;
}

TEST(HuggingFace, LlamasArraysAreReadByTheirNames) {
  const Folder folder;
  const Arrays arrays = llama_arrays();
  write_folder(folder, kLlamaConfig, arrays);
  const Decoder decoder = open_hugging_face(folder.path());
  EXPECT_EQ(decoder.format, "Hugging Face, llama, F32");
  EXPECT_EQ(decoder.vocabulary, nullptr);
  EXPECT_EQ(decoder.weights.size(), arrays.size());
  const auto same = [&](const std::string& ours, const std::string& theirs) {
    EXPECT_EQ(numbers(decoder, ours), arrays.at(theirs + ".weight").values) << ours;
  };
  same("embedding", "model.embed_tokens");
  same("layers.0.attention_norm.gain", "model.layers.0.input_layernorm");
  same("layers.1.query", "model.layers.1.self_attn.q_proj");
  same("layers.1.key", "model.layers.1.self_attn.k_proj");
  same("layers.1.value", "model.layers.1.self_attn.v_proj");
  same("layers.1.attention_output", "model.layers.1.self_attn.o_proj");
  same("layers.1.feed_norm.gain", "model.layers.1.post_attention_layernorm");
  same("layers.1.feed.gate", "model.layers.1.mlp.gate_proj");
  same("layers.1.feed.up", "model.layers.1.mlp.up_proj");
  same("layers.1.feed.down", "model.layers.1.mlp.down_proj");
  same("output_norm.gain", "model.norm");
  same("output", "lm_head");
}

TEST(HuggingFace, Gpt2sMatricesAreTransposedAndItsQueriesSplit) {
  for (const std::string prefix : {"transformer.", ""}) {
    const Folder folder;
    const Arrays arrays = gpt2_arrays(prefix);
    write_folder(folder, kGpt2Config, arrays, Dtype::kF16);
    const Decoder decoder = open_hugging_face(folder.path());
    const auto transposed = [&](const std::string& ours, const std::string& theirs, int64_t first) {
      const DecoderWeight& weight = decoder.weights.find(ours)->second;
      const Array& matrix = arrays.at(prefix + "h.0." + theirs + ".weight");
      EXPECT_EQ(numbers(decoder, ours),
                table(weight.rows, weight.columns,
                      [&](int64_t row, int64_t column) { return matrix.at(column, first + row); }))
          << ours;
      const std::vector<float>& bias = arrays.at(prefix + "h.0." + theirs + ".bias").values;
      const std::vector<float> part(bias.begin() + first, bias.begin() + first + weight.rows);
      EXPECT_EQ(numbers(decoder, ours + ".bias"), part) << ours;
    };
    transposed("layers.0.query", "attn.c_attn", 0);
    transposed("layers.0.key", "attn.c_attn", 8);
    transposed("layers.0.value", "attn.c_attn", 16);
    transposed("layers.0.attention_output", "attn.c_proj", 0);
    transposed("layers.0.feed.up", "mlp.c_fc", 0);
    transposed("layers.0.feed.down", "mlp.c_proj", 0);
    EXPECT_EQ(numbers(decoder, "positions"), arrays.at(prefix + "wpe.weight").values);
    EXPECT_EQ(numbers(decoder, "layers.0.feed_norm.offset"), arrays.at(prefix + "h.0.ln_2.bias").values);
    EXPECT_EQ(numbers(decoder, "output_norm.gain"), arrays.at(prefix + "ln_f.weight").values);
  }
}

TEST(HuggingFace, GptNeoXsQueriesAreSplitHeadByHead) {
  const Folder folder;
  const Arrays arrays = neox_arrays();
  write_folder(folder, kNeoXConfig, arrays);
  const Decoder decoder = open_hugging_face(folder.path());
  const Array& fused = arrays.at("gpt_neox.layers.0.attention.query_key_value.weight");
  const Array& bias = arrays.at("gpt_neox.layers.0.attention.query_key_value.bias");
  const char* const parts[] = {"layers.0.query", "layers.0.key", "layers.0.value"};
  for (int64_t part = 0; part < 3; ++part) {
    // [head][query, key, value][4 numbers of a head]
    const auto line = [&](int64_t row) { return row / 4 * 12 + part * 4 + row % 4; };
    EXPECT_EQ(numbers(decoder, parts[part]),
              table(8, 8, [&](int64_t row, int64_t column) { return fused.at(line(row), column); }));
    EXPECT_EQ(numbers(decoder, fmt::format("{}.bias", parts[part])),
              table(1, 8, [&](int64_t, int64_t i) { return bias.values[static_cast<size_t>(line(i))]; }));
  }
  EXPECT_EQ(numbers(decoder, "layers.0.feed.up"), arrays.at("gpt_neox.layers.0.mlp.dense_h_to_4h.weight").values);
  EXPECT_EQ(numbers(decoder, "output"), arrays.at("embed_out.weight").values);
}

TEST(HuggingFace, GptNeosProjectionsStandAsTheyAre) {
  Arrays arrays;
  for (auto& [name, array] : gpt2_arrays("transformer.")) {
    if (name.find("attn.c_") == std::string::npos) arrays[name] = array;
  }
  Gpt gpt;
  const std::string attention = "transformer.h.0.attn.attention.";
  for (const char* part : {"q_proj", "k_proj", "v_proj"}) gpt.add(attention + part + ".weight", {8, 8});
  gpt.linear(attention + "out_proj", 8, 8, 8);
  gpt.linear("transformer.h.0.mlp.c_fc", 32, 8, 32);
  gpt.linear("transformer.h.0.mlp.c_proj", 8, 32, 8);
  gpt.add(attention + "bias", {1, 1, 6, 6});  // a mask, not a bias
  for (auto& [name, array] : gpt.arrays) arrays[name] = array;
  const Folder folder;
  write_folder(folder,
               R"({"model_type":"gpt_neo","vocab_size":11,"hidden_size":8,"num_layers":1,"num_heads":2,)"
               R"("max_position_embeddings":6,"attention_types":[[["local"],1]],"window_size":4,"bos_token_id":0})",
               arrays);
  const Decoder decoder = open_hugging_face(folder.path());
  EXPECT_EQ(numbers(decoder, "layers.0.query"), arrays.at(attention + "q_proj.weight").values);
  EXPECT_EQ(numbers(decoder, "layers.0.attention_output.bias"), arrays.at(attention + "out_proj.bias").values);
  EXPECT_EQ(numbers(decoder, "layers.0.feed.down"), arrays.at("transformer.h.0.mlp.c_proj.weight").values);
  EXPECT_EQ(decoder.weights.count("layers.0.query.bias"), 0u);
}

TEST(HuggingFace, TransposedRowsAreTheSameOnAllThreads) {
  // More blocks of columns than are kept, read in different orders.
  Gpt gpt;
  gpt.arrays = gpt2_arrays("");
  gpt.linear("h.0.mlp.c_fc", 8, 2048, 2048);
  gpt.linear("h.0.mlp.c_proj", 2048, 8, 8);
  const Folder folder;
  std::string config = kGpt2Config;
  config.insert(1, "\"n_inner\":2048,");
  write_folder(folder, config, gpt.arrays, Dtype::kBf16);
  const Decoder decoder = open_hugging_face(folder.path());
  const DecoderWeight& weight = decoder.weights.find("layers.0.feed.up")->second;
  const Array& matrix = gpt.arrays.at("h.0.mlp.c_fc.weight");
  std::vector<int> wrong(4);
  std::vector<std::thread> threads;
  for (int64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::vector<float> row(8);
      for (int64_t i = 0; i < 2048; ++i) {
        const int64_t at = i * (2 * t + 37) % 2048;
        weight.read(at, row);
        for (int64_t column = 0; column < 8; ++column) {
          wrong[static_cast<size_t>(t)] += row[static_cast<size_t>(column)] != matrix.at(column, at);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4));
}

TEST(HuggingFace, TypesOfNumbersAreWidenedExactly) {
  const Folder wide, half, brain;
  write_folder(wide, kLlamaConfig, llama_arrays());
  write_folder(half, kLlamaConfig, llama_arrays(), Dtype::kF16);
  write_folder(brain, kLlamaConfig, llama_arrays(), Dtype::kBf16);
  const Decoder decoder = open_hugging_face(wide.path());
  for (const Folder* folder : {&half, &brain}) {
    const Decoder other = open_hugging_face(folder->path());
    EXPECT_EQ(test::all_numbers(other), test::all_numbers(decoder));
    EXPECT_EQ(digest_of(other), digest_of(decoder));
    EXPECT_NE(other.format, decoder.format);
  }
}

/// The index and the files of arrays spread over two of them.
void write_shards(const Folder& folder, const Arrays& arrays, const std::string& second = "b.safetensors") {
  Arrays parts[2];
  std::string map;
  for (const auto& [name, array] : arrays) {
    const size_t part = name.size() % 2;
    parts[part][name] = array;
    map += fmt::format("{}\"{}\":\"{}\"", map.empty() ? "" : ",", name, part == 0 ? "a.safetensors" : second);
  }
  folder.write("config.json", test::span_of(kLlamaConfig));
  folder.write("a.safetensors", test::safetensors_of(parts[0], Dtype::kF32));
  folder.write("b.safetensors", test::safetensors_of(parts[1], Dtype::kF32));
  folder.write("model.safetensors.index.json",
               test::span_of(fmt::format(R"({{"metadata":{{"total_size":1}},"weight_map":{{{}}}}})", map)));
}

TEST(HuggingFace, ShardsAreWhatOneFileIs) {
  const Folder single, sharded;
  write_folder(single, kLlamaConfig, llama_arrays());
  write_shards(sharded, llama_arrays());
  EXPECT_EQ(digest_of(open_hugging_face(sharded.path())), digest_of(open_hugging_face(single.path())));
}

TEST(HuggingFace, IndexNamesFilesBesideItOnly) {
  for (const char* name : {"../b.safetensors", "/etc/passwd", "x/b.safetensors", "..", "", "a\\\\b", "b\\u0000"}) {
    const Folder folder;
    write_shards(folder, llama_arrays(), name);
    expect_corrupt([&] { open_hugging_face(folder.path()); }, "is no plain name of a file");
  }
  const Folder folder;
  write_shards(folder, llama_arrays(), "c.safetensors");
  expect_error([&] { open_hugging_face(folder.path()); }, ErrorKind::kIo, "c.safetensors");
}

TEST(HuggingFace, IndexAndFilesAgree) {
  const Folder folder;
  write_shards(folder, llama_arrays());
  folder.write("b.safetensors", test::safetensors_of(llama_arrays(), Dtype::kF32));
  expect_corrupt([&] { open_hugging_face(folder.path()); }, "another file has it, too");
  folder.write("b.safetensors", test::safetensors_of({}, Dtype::kF32));
  expect_corrupt([&] { open_hugging_face(folder.path()); }, "b.safetensors: tensor ");
}

TEST(HuggingFace, EveryArrayIsMissedByItsName) {
  for (const auto& [name, array] : llama_arrays()) {
    Arrays arrays = llama_arrays();
    arrays.erase(name);
    // Without its embedding the folder could also be a bare decoder's, whose names have no prefix.
    const std::string said = name == "model.embed_tokens.weight" ? "embed_tokens.weight" : name;
    expect_corrupt([&] { open(kLlamaConfig, arrays); }, "tensor " + said + " is missing");
  }
}

TEST(HuggingFace, ArraysOfOtherShapesOrTypesAreNamed) {
  for (const auto& [name, array] : gpt2_arrays("")) {
    Arrays arrays = gpt2_arrays("");
    base::Random random(1);
    std::vector<uint64_t> shape = array.shape;
    ++shape.back();
    arrays[name] = test::random_array(shape, random);
    expect_corrupt([&] { open(kGpt2Config, arrays); }, "tensor " + name + ": its shape is [");
    arrays[name] = {{1, array.values.size(), 1}, array.values};
    expect_corrupt([&] { open(kGpt2Config, arrays); }, "tensor " + name + ": its shape is [1, ");
  }
  expect_error([&] { open(kGpt2Config, gpt2_arrays(""), Dtype::kI32); }, ErrorKind::kUnsupported,
               "tensor wte.weight: weights of the type I32 are not known (known: F32, F16, BF16)");
}

TEST(HuggingFace, StrangeArraysAreRefusedAndHarmlessOnesAreNot) {
  Arrays arrays = llama_arrays();
  arrays["model.layers.0.self_attn.q_proj.bias"] = {{8}, std::vector<float>(8)};
  expect_corrupt([&] { open(kLlamaConfig, arrays); },
                 "tensor model.layers.0.self_attn.q_proj.bias does not belong to the network of config.json");
  arrays = llama_arrays();
  arrays["model.layers.0.self_attn.rotary_emb.inv_freq"] = {{1}, {1}};
  const Folder folder;
  std::string tied = kLlamaConfig;
  tied.insert(1, "\"tie_word_embeddings\":true,");
  write_folder(folder, tied, arrays);  // the head is there, but it is not used
  EXPECT_EQ(open_hugging_face(folder.path()).weights.count("output"), 0u);
}

TEST(HuggingFace, EveryTruncationIsRefused) {
  const Folder folder;
  write_folder(folder, kGpt2Config, gpt2_arrays(""));
  const Bytes file = test::safetensors_of(gpt2_arrays(""), Dtype::kF32);
  std::set<size_t> sizes = {0, 7, 8, 100, file.size() - 1};
  const Safetensors contents = read_safetensors(file);
  for (const Tensor& tensor : contents.tensors) {
    const auto begin = static_cast<size_t>(tensor.data.data() - file.data());
    sizes.insert({begin, begin + 1});
  }
  for (const size_t size : sizes) {
    folder.write("model.safetensors", ByteSpan(file).first(size));
    expect_corrupt([&] { open_hugging_face(folder.path()); }, "model.safetensors: ");
  }
}

TEST(HuggingFace, FoldersWithoutWeightsSaySo) {
  const Folder folder;
  expect_error([&] { open_hugging_face(folder.path()); }, ErrorKind::kIo, "config.json");
  folder.write("config.json", test::span_of(kLlamaConfig));
  expect_error([&] { open_hugging_face(folder.path()); }, ErrorKind::kIo, "neither model.safetensors nor");
  folder.write("pytorch_model.bin", {});
  expect_error([&] { open_hugging_face(folder.path()); }, ErrorKind::kUnsupported, "pytorch_model.bin");
}

}  // namespace
}  // namespace lmzip::model
