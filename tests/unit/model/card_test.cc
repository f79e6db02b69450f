// SPDX-License-Identifier: Apache-2.0
#include "model/card.h"

#include <functional>

#include "model/embedded.h"
#include "model/random_model.h"
#include "unit/model/fixtures.h"
#include "unit/model/folder.h"

namespace lmzip::model {
namespace {

using test::bytes_of;
using test::expect_corrupt;
using test::Folder;

ModelCard card_of(const Model& model) {
  ModelCard card;
  card.name = "tiny";
  card.training_data = {{"a.txt", 1000, std::string(32, '0'), "public domain"},
                        {"b \"x\"", 0, std::string(32, 'f'), ""}};
  card.bytes_seen = 123456789012345;
  card.steps = 1000;
  card.seed = INT64_MAX;
  card.training_command = "lmzip train --preset paper-200k a.txt";
  card.validation = {{"c.txt, last 5000 bytes", "chunks of 2048 bytes, each cold", 1.9375, 2.0}, {"d", "e", {}, {}}};
  card.licence = "CC-BY-SA-4.0";
  card.notes = "caf\xc3\xa9";
  describe(model, card);
  return card;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(ModelCard, SurvivesJson) {
  const auto model = read_model(random_model(test::hybrid(), 1));
  const ModelCard card = card_of(*model);
  EXPECT_EQ(parse_card(to_json(card)), card);
  EXPECT_THAT(to_json(card), testing::StartsWith("{\n  \"name\": \"tiny\",\n  \"architecture\": {\n"));
}

TEST(ModelCard, DescribesWhatTheWeightsSay) {
  const auto quantised = read_model(random_model(test::recurrent(), 1));
  const ModelCard card = card_of(*quantised);
  EXPECT_EQ(card.digest, quantised->digest());
  EXPECT_EQ(card.parameters, test::recurrent().parameters());
  EXPECT_EQ(card.file_bytes, quantised->file_bytes());
  EXPECT_EQ(card.numerics, "portable");
  EXPECT_EQ(card_of(*read_model(random_float_model(test::recurrent(), 1))).numerics, "host-bound");
}

TEST(ModelCard, OfAnotherModelIsRefused) {
  const auto model = read_model(random_model(test::recurrent(), 1));
  const ModelCard card = card_of(*model);
  check_card(card, *model);
  const auto refused = [&](const std::string& complaint, const std::function<void(ModelCard&)>& spoil) {
    ModelCard spoiled = card;
    spoil(spoiled);
    expect_corrupt([&] { check_card(spoiled, *model); }, "the card does not match the weights: " + complaint);
  };
  refused("their digest is " + model->digest() + ", not", [](auto& c) { c.digest[3] ^= 1; });
  refused("their architecture", [](auto& c) { c.architecture.context += 64; });
  refused("their parameters", [](auto& c) { ++c.parameters; });
  refused("their bytes", [](auto& c) { --c.file_bytes; });
  refused("their numerics are portable, not none", [](auto& c) { c.numerics = "none"; });
  expect_corrupt([&] { check_card(card, *read_model(random_model(test::recurrent(), 2))); }, "their digest");
}

TEST(ModelCard, RefusesJsonThatIsNotExactlyItsFields) {
  const std::string good = to_json(card_of(*read_model(random_model(test::recurrent(), 1))));
  const struct {
    const char *from, *to, *complaint;
  } cases[] = {
      {"\"name\"", "\"mane\"", "card: the field 'name' is missing"},
      {"{", "{\"extra\":1,", "card: the field 'extra' is not known"},
      {"{", "{\"name\":\"x\",", "'name' stands there twice"},
      {"\"width\": 16", "\"width\": 17", "architecture: width"},
      {"\"steps\": 1000", "\"steps\": -1", "'steps' is not a whole number"},
      {"\"steps\": 1000", "\"steps\": 9223372036854775808", "'steps' is not a whole number"},
      {"\"steps\": 1000", "\"steps\": NaN", "no JSON"},
      {"\"tiny\"", "7", "'name' is not a text"},
      {"\"tiny\"", "\"\\u001b[2J\"", "'name' holds control characters"},
      {"\"tiny\"", "\"\\u009b2J\"", "'name' holds control characters"},
      {"\"tiny\"", "\"\\u007f\"", "'name' holds control characters"},
      {"1.9375", "-0.5", "'float_bits_per_byte' is negative"},
      {"1.9375", "\"2\"", "'float_bits_per_byte' is not a number"},
      {"1.9375", "1e999", "a number is too large"},
      {"\"digest\": \"0", "\"digest\": \"00", "'digest' is not 32"},
      {"\"digest\": \"0", "\"digest\": \"A", "'digest' is not 32"},
      {"\"bytes\": 1000", "\"byte\": 1000", "training_data: the field 'bytes' is missing"},
      {"\"rule\"", "\"role\"", "validation: the field 'rule' is missing"},
      {"\"validation\": [", "\"validation\": [3,", "validation: not an object"},
  };
  parse_card(good);
  for (const auto& c : cases) expect_corrupt([&] { parse_card(replaced(good, c.from, c.to)); }, c.complaint);
  for (size_t size = 0; size + 2 < good.size(); ++size) {
    expect_corrupt([&] { parse_card(std::string_view(good).substr(0, size)); }, "card: ");
  }
  expect_corrupt([] { parse_card(std::string(1 << 20, '[')); }, "nested too deeply");
  expect_corrupt([&] { parse_card(good + std::string(1 << 20, ' ')); }, "longer than");
}

TEST(ModelCard, LiesBesideTheWeights) {
  const Folder folder;
  const ModelCard card = card_of(*read_model(random_model(test::recurrent(), 1)));
  const ModelEntry entry = {"tiny", folder.path("tiny.safetensors")};
  EXPECT_EQ(card_path(entry.path), folder.path("tiny.json"));
  EXPECT_EQ(find_card(entry), std::nullopt);
  folder.write("tiny.json", bytes_of(to_json(card)));
  EXPECT_EQ(find_card(entry), card);
  folder.write("tiny.json", bytes_of("{}"));
  expect_corrupt([&] { find_card(entry); }, "tiny.json: card: ");
}

TEST(ModelCard, OfTheModelsInsideTheProgramMatchThem) {
  if (embedded_models().empty()) GTEST_SKIP() << "built without a model inside";
  for (const EmbeddedModel& model : embedded_models()) {
    const auto card = find_card({std::string(model.name), ""});
    ASSERT_TRUE(card.has_value());
    EXPECT_EQ(card->name, model.name);
    check_card(*card, *read_model(model.weights, nullptr));
  }
}

}  // namespace
}  // namespace lmzip::model
