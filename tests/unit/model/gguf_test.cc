// SPDX-License-Identifier: Apache-2.0
#include "model/gguf.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "unit/model/fixtures.h"
#include "unit/model/gguf_writer.h"

namespace lmzip::model {
namespace {

using test::expect_corrupt;
using test::expect_error;
using test::GgufWriter;

/// The number's bytes.
Bytes number(uint64_t value, size_t size) {
  Bytes bytes;
  GgufWriter::put(bytes, value, size);
  return bytes;
}

/// A key of every type and three arrays.
GgufWriter every_type() {
  GgufWriter writer;
  writer.raw("u8", 0, {200});
  writer.raw("i8", 1, {200});
  writer.raw("u16", 2, number(60000, 2));
  writer.raw("i16", 3, number(60000, 2));
  writer.raw("u32", 4, number(4000000000, 4));
  writer.raw("i32", 5, number(4000000000, 4));
  writer.real("f32", -0.375F);
  writer.boolean("bool", true);
  writer.text("text", "t\u00e4xt");
  writer.raw("u64", 10, number(UINT64_MAX, 8));
  writer.raw("i64", 11, number(UINT64_MAX, 8));
  writer.raw("f64", 12, number(std::bit_cast<uint64_t>(1e300), 8));
  writer.texts("texts", {"one", "", "three"});
  writer.numbers("numbers", {-1, 2, 3});
  writer.reals("reals", {0.5F, -2});
  writer.raw("none", 9, GgufWriter::array_of(8, 0));
  writer.floats("matrix", {3, 2}, 1);
  writer.tensor("halves", {2}, 1, {0x00, 0x3C, 0x00, 0xC0});
  writer.floats("cube", {2, 2, 2}, -1);
  return writer;
}

TEST(Gguf, ReadsEveryTypeOfValue) {
  const Bytes bytes = every_type().file();
  const Gguf file(bytes);
  constexpr int64_t kLowest = INT64_MIN, kHighest = INT64_MAX;
  EXPECT_EQ(file.integer("u8", kLowest, kHighest), 200);
  EXPECT_EQ(file.integer("i8", kLowest, kHighest), -56);
  EXPECT_EQ(file.integer("u16", kLowest, kHighest), 60000);
  EXPECT_EQ(file.integer("i16", kLowest, kHighest), -5536);
  EXPECT_EQ(file.integer("u32", kLowest, kHighest), 4000000000);
  EXPECT_EQ(file.integer("i32", kLowest, kHighest), -294967296);
  EXPECT_EQ(file.integer("i64", kLowest, kHighest), -1);
  EXPECT_EQ(file.number("f32"), -0.375);
  EXPECT_EQ(file.number("f64"), 1e300);
  EXPECT_EQ(file.number("i8"), -56);
  EXPECT_TRUE(file.boolean("bool"));
  EXPECT_EQ(file.text("text"), "t\u00e4xt");
  EXPECT_EQ(file.texts("texts", 3), (std::vector<std::string_view>{"one", "", "three"}));
  EXPECT_EQ(file.integers("numbers", 3), (std::vector<int64_t>{-1, 2, 3}));
  EXPECT_EQ(file.numbers("reals", 3), (std::vector<double>{0.5, -2}));
  EXPECT_TRUE(file.texts("none", 0).empty());
  EXPECT_TRUE(file.has("none"));
  EXPECT_FALSE(file.has("some"));
}

TEST(Gguf, ExtentsAreInReverseOrder) {
  const Bytes bytes = every_type().file();
  const Gguf file(bytes);
  ASSERT_EQ(file.tensors().size(), 3u);
  const GgufTensor& matrix = *file.find("matrix");
  EXPECT_EQ(matrix.rows, 2);
  EXPECT_EQ(matrix.columns, 3);
  std::vector<float> row(3);
  matrix.read(1, row);
  EXPECT_EQ(row, (std::vector<float>{1 + 3 / 64.F, 1 + 4 / 64.F, 1 + 5 / 64.F}));
  const GgufTensor& halves = *file.find("halves");
  EXPECT_EQ(halves.rank, 1u);
  EXPECT_EQ(halves.rows, 1);
  std::vector<float> two(2);
  halves.read(0, two);
  EXPECT_EQ(two, (std::vector<float>{1, -2}));
  EXPECT_EQ(file.find("cube")->rows, 4);
  EXPECT_EQ(file.find("sphere"), nullptr);
}

TEST(Gguf, ValuesOfOtherTypesAreRefusedWithTheirKey) {
  const Bytes bytes = every_type().file();
  const Gguf file(bytes);
  expect_corrupt([&] { file.integer("missing", 0, 1); }, "key missing: is missing");
  expect_corrupt([&] { file.integer("u64", 0, INT32_MAX); }, "key u64");
  expect_corrupt([&] { file.integer("u8", 0, 199); }, "200 is not in 0 to 199");
  expect_corrupt([&] { file.integer("f32", 0, 1); }, "is no whole number");
  expect_corrupt([&] { file.integer("numbers", 0, 1); }, "is an array");
  expect_corrupt([&] { file.number("text"); }, "is no number");
  expect_corrupt([&] { file.boolean("u8"); }, "neither true nor false");
  expect_corrupt([&] { file.text("u8"); }, "is no text");
  expect_corrupt([&] { file.texts("text", 1); }, "is no array");
  expect_corrupt([&] { file.texts("texts", 2); }, "3 elements are too many");
  expect_corrupt([&] { file.texts("numbers", 3); }, "holds no texts");
  expect_corrupt([&] { file.integers("reals", 3); }, "holds no whole numbers");
  expect_corrupt([&] { file.numbers("texts", 3); }, "holds no numbers");
  GgufWriter writer;
  writer.raw("odd", 7, {2});
  const Bytes odd = writer.file();
  expect_corrupt([&] { Gguf(odd).boolean("odd"); }, "(byte 39)");
}

TEST(Gguf, OtherVersionsAreRefusedByName) {
  GgufWriter writer = every_type();
  writer.version = 2;
  const Bytes two = writer.file();
  EXPECT_EQ(Gguf(two).text("text"), "t\u00e4xt");
  const auto refused = [&](uint32_t version, const std::string& part) {
    writer.version = version;
    const Bytes bytes = writer.file();
    expect_error([&] { Gguf{ByteSpan(bytes)}; }, ErrorKind::kUnsupported, part);
  };
  refused(1, "GGUF version 1");
  refused(4, "GGUF version 4");
  refused(0, "GGUF version 0");
  refused(0x03000000, "big-endian");
  Bytes other = two;
  other[3] = 'L';
  expect_corrupt([&] { Gguf{ByteSpan(other)}; }, "not a GGUF file");
  expect_corrupt([&] { Gguf{ByteSpan(two).first(23)}; }, "too short");
}

TEST(Gguf, CutAnywhereItIsRefused) {
  const Bytes bytes = every_type().file();
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_THROW(Gguf{ByteSpan(bytes).first(size)}, Error) << size;
  const Gguf whole{ByteSpan(bytes)};
}

TEST(Gguf, FlippedBitsAreReadOrRefused) {
  Bytes bytes = every_type().file();
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] ^ 1 << bit % 8);
    try {
      const Gguf file(bytes);
      for (const auto& [name, tensor] : file.tensors()) {
        // What is read lies in the file, which bounds what a reader would allocate.
        ASSERT_LE(tensor.data.size(), bytes.size());
        std::vector<float> row(static_cast<size_t>(tensor.columns));
        for (int64_t i = 0; i < tensor.rows; ++i) tensor.read(i, row);
      }
    } catch (const Error& error) {
      EXPECT_NE(error.kind(), ErrorKind::kIo);
    }
    bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] ^ 1 << bit % 8);
  }
}

void expect_file_refused(const GgufWriter& writer, ErrorKind kind, const std::string& part) {
  const Bytes bytes = writer.file();
  expect_error([&] { Gguf{ByteSpan(bytes)}; }, kind, part);
}

TEST(Gguf, LengthsAndCountsThatCannotBeAreRefusedBeforeTheyAreUsed) {
  const Bytes empty = GgufWriter().file();
  for (const size_t at : {size_t{8}, size_t{16}}) {  // tensors, keys
    for (const uint64_t count : {uint64_t{1}, uint64_t{1} << 40, UINT64_MAX}) {
      Bytes bytes = empty;
      const Bytes claim = number(count, 8);
      std::copy(claim.begin(), claim.end(), bytes.begin() + static_cast<ptrdiff_t>(at));
      expect_corrupt([&] { Gguf{ByteSpan(bytes)}; }, fmt::format("{} entries do not fit", count));
    }
  }
  for (const uint64_t count : {uint64_t{3}, uint64_t{1} << 61, UINT64_MAX}) {
    GgufWriter writer;
    writer.raw("a", 9, GgufWriter::array_of(11, count));
    expect_file_refused(writer, ErrorKind::kCorrupt, "key a: byte 49");
    GgufWriter texts;
    texts.raw("a", 9, GgufWriter::array_of(8, count));
    expect_file_refused(texts, ErrorKind::kCorrupt, "do not fit");
    GgufWriter text;
    text.raw("a", 8, number(count, 8));
    expect_file_refused(text, ErrorKind::kCorrupt, "key a: byte 45");
  }
}

TEST(Gguf, WhatDoesNotFitTogetherIsRefused) {
  const auto refused = [](auto make, ErrorKind kind, const std::string& part) {
    GgufWriter writer;
    make(writer);
    expect_file_refused(writer, kind, part);
  };
  constexpr ErrorKind kCorrupt = ErrorKind::kCorrupt, kUnsupported = ErrorKind::kUnsupported;
  using W = GgufWriter;
  refused([](W& w) { w.text("a", ""), w.text("a", ""); }, kCorrupt, "key a: byte 66: there twice");
  refused([](W& w) { w.text("", "text"); }, kCorrupt, "a name is empty");
  refused([](W& w) { w.raw("a", 13, Bytes(8)); }, kUnsupported, "values of the type 13");
  refused([](W& w) { w.raw("a", 9, W::array_of(9, 0)); }, kUnsupported, "an array of arrays");
  refused([](W& w) { w.number("general.alignment", 0); }, kCorrupt, "general.alignment");
  refused([](W& w) { w.number("general.alignment", 24); }, kCorrupt, "is not a power of two");
  refused([](W& w) { w.number("general.alignment", 1U << 31); }, kCorrupt, "general.alignment");
  refused([](W& w) { w.tensor("t", {4}, 20, Bytes(16)); }, kUnsupported, "tensor t: numbers of the type IQ4_NL");
  refused([](W& w) { w.tensor("t", {}, 0, Bytes(16)); }, kCorrupt, "0 extents");
  refused([](W& w) { w.tensor("t", {1, 1, 1, 1, 1}, 0, Bytes(16)); }, kCorrupt, "5 extents");
  refused([](W& w) { w.tensor("t", {0}, 0, Bytes(16)); }, kCorrupt, "out of range");
  refused([](W& w) { w.tensor("t", {1ULL << 32, 1ULL << 31}, 0, Bytes(16)); }, kCorrupt, "out of range");
  refused([](W& w) { w.tensor("t", {1ULL << 31, 1ULL << 31}, 0, Bytes(16)); }, kCorrupt, "out of range");
  refused([](W& w) { w.tensor("t", {1ULL << 30, 1ULL << 31}, 0, Bytes(16)); }, kCorrupt, "end beyond the file");
  refused([](W& w) { w.tensor("t", {16, 2}, 8, Bytes(34)); }, kCorrupt, "not whole blocks of Q8_0");
  refused([](W& w) { w.tensor("t", {9}, 0, Bytes(32)); }, kCorrupt, "its data, 36 bytes at 0 of 32, end beyond");
  refused([](W& w) { w.floats("t", {8}, 0), w.floats("t", {8}, 0); }, kCorrupt, "tensor t: there twice");
  refused([](W& w) { w.floats("t", {8}, 0), w.tensor_at(16, "u", {4}, 0); }, kCorrupt, "not aligned to 32");
  refused([](W& w) { w.floats("t", {9}, 0), w.tensor_at(32, "u", {4}, 0); }, kCorrupt, "tensor u: its data, 16 bytes");
  refused([](W& w) { w.tensor_at(UINT64_MAX - 31, "u", {4}, 0); }, kCorrupt, "end beyond the file");
}

TEST(Gguf, DataBeginWhereTheAlignmentSays) {
  for (const uint64_t alignment : {1, 8, 256}) {
    GgufWriter writer;
    writer.alignment = alignment;
    writer.number("general.alignment", static_cast<uint32_t>(alignment));
    writer.floats("a", {3}, 7);
    writer.floats("b", {1}, 9);
    const Bytes bytes = writer.file();
    const Gguf file(bytes);
    float b = 0;
    file.find("b")->read(0, {&b, 1});
    EXPECT_EQ(b, 9) << alignment;
  }
}

}  // namespace
}  // namespace lmzip::model
