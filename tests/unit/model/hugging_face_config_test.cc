// SPDX-License-Identifier: Apache-2.0
#include "model/hugging_face_config.h"

#include <fmt/format.h>

#include "unit/model/refusals.h"

namespace lmzip::model {
namespace {

using test::expect_corrupt;
using test::expect_error;

HuggingFaceConfig parse(const std::string& type, const std::string& rest = "") {
  return parse_hugging_face_config(fmt::format(R"({{"model_type":"{}"{}{}}})", type, rest.empty() ? "" : ",", rest));
}

TEST(HuggingFaceConfig, MissingFieldsHaveTheLibrarysDefaults) {
  const HuggingFaceConfig llama = parse("llama");
  EXPECT_EQ(llama.shape.parameters(), 6738415616u);  // Llama 7B
  EXPECT_EQ(llama.shape.rotary_width, 128);
  EXPECT_FLOAT_EQ(llama.shape.norm_epsilon, 1e-6F);
  EXPECT_EQ(llama.start, 1u);
  const HuggingFaceConfig mistral = parse("mistral");
  EXPECT_EQ(mistral.shape.parameters(), 7241732096u);  // Mistral 7B
  EXPECT_EQ(mistral.shape.window, 4096);
  EXPECT_TRUE(mistral.shape.is_local(0));
  EXPECT_EQ(parse("gpt2").shape.parameters(), 124439808u);
  EXPECT_EQ(parse("gpt2").start, 50256u);
  EXPECT_EQ(parse("gpt_neo").shape.parameters(), 1315575808u);  // GPT-Neo 1.3B
  const HuggingFaceConfig neox = parse("gpt_neox");
  EXPECT_EQ(neox.shape.parameters(), 20554567680u);  // GPT-NeoX 20B
  EXPECT_EQ(neox.shape.rotary_width, 24);
  EXPECT_TRUE(neox.shape.parallel);
  EXPECT_EQ(neox.shape.activation, Activation::kGelu);
  // Null is as good as missing.
  EXPECT_EQ(parse("gpt2", R"("n_inner":null,"bos_token_id":null,"eos_token_id":[7,8])").start, 7u);
}

TEST(HuggingFaceConfig, SmallModelsOfEachKindAreThemselves) {
  const HuggingFaceConfig qwen =
      parse("qwen2",
            R"("hidden_size":896,"intermediate_size":4864,"num_hidden_layers":24,"num_attention_heads":14,)"
            R"("num_key_value_heads":2,"rope_theta":1000000.0,"tie_word_embeddings":true,"use_sliding_window":false,)"
            R"("sliding_window":32768,"max_window_layers":24,"bos_token_id":151643,"max_position_embeddings":131072)");
  EXPECT_EQ(qwen.shape.parameters(), 494032768u);  // Qwen2 0.5B
  EXPECT_EQ(qwen.shape.window, 0);
  EXPECT_EQ(qwen.shape.rotary_base, 1e6);
  const HuggingFaceConfig smol =
      parse("llama", R"("vocab_size":49152,"hidden_size":576,"intermediate_size":1536,"num_hidden_layers":30,)"
                     R"("num_attention_heads":9,"num_key_value_heads":3,"tie_word_embeddings":true,"bos_token_id":0)");
  EXPECT_EQ(smol.shape.parameters(), 134515008u);  // SmolLM 135M
  const HuggingFaceConfig pythia = parse(
      "gpt_neox",
      R"("vocab_size":50304,"hidden_size":512,"intermediate_size":2048,"num_hidden_layers":6,"num_attention_heads":8)");
  EXPECT_EQ(pythia.shape.parameters(), 70426624u);  // Pythia 70M
  EXPECT_EQ(pythia.shape.rotary_width, 16);
}

TEST(HuggingFaceConfig, RotationsAreStretchedAsLlama3Does) {
  const DecoderShape shape =
      parse("llama", R"("head_dim":64,"rope_theta":500000.0,"rope_scaling":{"factor":32.0,"high_freq_factor":4.0,)"
                     R"("low_freq_factor":1.0,"original_max_position_embeddings":8192,"rope_type":"llama3"})")
          .shape;
  EXPECT_EQ(shape.head_width, 64);
  EXPECT_EQ(shape.rotary_base, 500000);
  EXPECT_EQ(shape.rotary_factor, 32);
  EXPECT_EQ(shape.rotary_original_context, 8192);
  EXPECT_EQ(parse("llama", R"("rope_parameters":{"rope_type":"default","rope_theta":2e4})").shape.rotary_base, 2e4);
  for (const char* type : {"yarn", "longrope"}) {
    for (const char* key : {"type", "rope_type"}) {
      expect_error([&] { parse("llama", fmt::format(R"("rope_scaling":{{"{}":"{}","factor":2.0}})", key, type)); },
                   ErrorKind::kUnsupported,
                   fmt::format("'{}' are not known (known: default, linear, dynamic, llama3)", type));
    }
  }
}

TEST(HuggingFaceConfig, RotationsOfDividedPositionsAreSlowedDownAlike) {
  const DecoderShape shape = parse("llama", R"("rope_scaling":{"type":"linear","factor":4.0})").shape;
  EXPECT_EQ(shape.rotary_factor, 4);
  EXPECT_EQ(shape.rotary_original_context, 1);
  // In their own context they are as if there were no scaling.
  EXPECT_EQ(parse("llama", R"("rope_scaling":{"rope_type":"dynamic","factor":2.0})").shape, parse("llama").shape);
  expect_error([] { parse("llama", R"("rope_parameters":{"full_attention":{"rope_theta":1e4}})"); },
               ErrorKind::kUnsupported, "rope_parameters of each kind of layer");
}

TEST(HuggingFaceConfig, WindowsAreOfTheLayersThatHaveThem) {
  EXPECT_EQ(parse("mistral", R"("sliding_window":null)").shape.window, 0);
  EXPECT_EQ(parse("mistral", R"("sliding_window":128)").shape.window, 128);
  const std::string small = R"("num_hidden_layers":3,"use_sliding_window":true,"sliding_window":64,)";
  EXPECT_EQ(parse("qwen2", small + R"("max_window_layers":2)").shape.local, (std::vector<uint8_t>{0, 0, 1}));
  EXPECT_EQ(
      parse("qwen2", small + R"("layer_types":["full_attention","sliding_attention","full_attention"])").shape.local,
      (std::vector<uint8_t>{0, 1, 0}));
  expect_corrupt([&] { parse("qwen2", small + R"("layer_types":["full_attention"])"); }, "local");
  const DecoderShape neo = parse("gpt_neo", R"("num_layers":4,"attention_types":[[["global","local"],2]])").shape;
  EXPECT_EQ(neo.local, (std::vector<uint8_t>{0, 1, 0, 1}));
  EXPECT_EQ(neo.window, 256);
  EXPECT_FALSE(neo.scaled);
  EXPECT_EQ(parse("gpt_neo", R"("num_layers":2,"attention_layers":["global","global"])").shape.window, 0);
  expect_corrupt([] { parse("gpt_neo", R"("attention_types":[[["global"],1000000000000]])"); }, "is too long");
  expect_corrupt([] { parse("gpt_neo", R"("attention_types":[[[],1000000000000]])"); }, "is no list of kinds");
  expect_corrupt([] { parse("gpt_neo", R"("attention_layers":["sparse"])"); }, "an unknown kind");
}

TEST(HuggingFaceConfig, WhatCannotBeComputedIsNamed) {
  const auto unsupported = [](const std::string& type, const std::string& rest, const std::string& complaint) {
    expect_error([&] { parse(type, rest); }, ErrorKind::kUnsupported, complaint);
  };
  unsupported("mamba", "", "'mamba' is not known (known: llama, mistral, qwen2, gpt2, gpt_neo, gpt_neox)");
  unsupported("llama", R"("mlp_bias":true)", "mlp_bias");
  unsupported("llama", R"("hidden_act":"tanh")", "activation 'tanh'");
  unsupported("gpt2", R"("scale_attn_by_inverse_layer_idx":true)", "scale_attn_by_inverse_layer_idx");
  unsupported("gpt2", R"("add_cross_attention":true)", "add_cross_attention");
  unsupported("llama", R"("quantization_config":{"quant_method":"gptq"})", "'gptq'");
}

TEST(HuggingFaceConfig, ActivationsAreKnownByTheirNames) {
  const std::pair<const char*, Activation> cases[] = {
      {"gelu_new", Activation::kGeluTanh},  {"gelu_pytorch_tanh", Activation::kGeluTanh},
      {"gelu_fast", Activation::kGeluTanh}, {"gelu", Activation::kGelu},
      {"relu", Activation::kRelu},          {"silu", Activation::kSilu}};
  for (const auto& [name, activation] : cases) {
    EXPECT_EQ(parse("gpt2", fmt::format(R"("activation_function":"{}")", name)).shape.activation, activation) << name;
  }
}

TEST(HuggingFaceConfig, SizesThatCannotBeAreRefused) {
  expect_corrupt([] { parse_hugging_face_config("{"); }, "config: no JSON");
  expect_corrupt([] { parse_hugging_face_config("[]"); }, "not an object");
  expect_corrupt([] { parse_hugging_face_config("{}"); }, "'model_type' is missing");
  for (const char* field : {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
                            "num_key_value_heads", "intermediate_size", "max_position_embeddings", "head_dim"}) {
    for (const char* value : {"0", "-1", "99999999999999999999", "16777215", "1.5", "\"1\"", "[]", "true"}) {
      EXPECT_THROW(parse("llama", fmt::format("\"{}\":{}", field, value)), Error) << field << value;
    }
  }
  expect_corrupt([] { parse("gpt2", R"("n_head":7)"); }, "no multiple of the number of heads");
  for (const char* id : {"32000", "-1", "1.0", "\"x\"", "[]", "[32000]"}) {
    expect_corrupt([&] { parse("llama", fmt::format("\"bos_token_id\":{}", id)); }, "'bos_token_id' is no id");
  }
  expect_corrupt([] { parse("gpt_neox", R"("rotary_pct":1.5)"); }, "is not 0 to 1");
}

}  // namespace
}  // namespace lmzip::model
