// SPDX-License-Identifier: Apache-2.0
#include "model/safetensors.h"

#include <fmt/format.h>

#include "unit/model/fixtures.h"

namespace lmzip::model {
namespace {

using test::bytes_of;
using test::expect_corrupt;
using test::expect_error;

/// A file with this header and `data` bytes of data.
Bytes file_of(const std::string& header, size_t data) {
  Bytes file;
  for (int i = 0; i < 8; ++i) file.push_back(static_cast<uint8_t>(header.size() >> 8 * i));
  file.insert(file.end(), header.begin(), header.end());
  file.resize(file.size() + data, 7);
  return file;
}

std::string entry(const std::string& name, const std::string& type, const std::string& shape, const std::string& at) {
  return fmt::format(R"("{}":{{"dtype":"{}","shape":[{}],"data_offsets":[{}]}})", name, type, shape, at);
}

/// Without operator+, of whose inlining GCC 12 warns falsely.
std::string object(const std::string& entries) { return fmt::format("{{{}}}", entries); }

void expect_refused(const std::string& header, size_t data, const std::string& complaint) {
  const Bytes file = file_of(header, data);
  expect_corrupt([&] { read_safetensors(file); }, complaint);
}

TEST(Safetensors, ReadsWhatOthersWrite) {
  // Any order, spaces, an escape, a number, an empty array; as the reference implementation allows.
  const Bytes file = file_of("{ \"__metadata__\": {\"k\\u0065y\":\"v\"}, " + entry("b", "I8", "2, 3", "4,10") + "," +
                                 entry("a", "F32", "", "0,4") + "," + entry("none", "BF16", "0,5", "10, 10") + "}  ",
                             10);
  const Safetensors contents = read_safetensors(file);
  EXPECT_EQ(contents.metadata, (Metadata{{"key", "v"}}));
  ASSERT_EQ(contents.tensors.size(), 3u);
  EXPECT_EQ(contents.tensors[0].name, "a");
  EXPECT_EQ(contents.tensors[0].dtype, Dtype::kF32);
  EXPECT_TRUE(contents.tensors[0].shape.empty());
  EXPECT_EQ(contents.tensors[1].name, "b");
  EXPECT_EQ(contents.tensors[1].shape, (std::vector<uint64_t>{2, 3}));
  EXPECT_EQ(contents.tensors[1].data.size(), 6u);
  EXPECT_EQ(contents.tensors[1].data.data(), file.data() + file.size() - 6);
  EXPECT_EQ(contents.tensors[2].name, "none");
}

TEST(Safetensors, SurviveWritingAndReading) {
  const std::vector<float> floats = {1.5F, -2.0F, 3e-40F, 0};
  const Bytes values = {1, 2, 3, 4, 5, 6, 7, 8};
  Safetensors contents;
  contents.metadata = {{"a", "1"}, {"\"b\"", "{}\n"}};
  contents.tensors = {{"x", Dtype::kF32, {2, 2}, {reinterpret_cast<const uint8_t*>(floats.data()), 16}},
                      {"y", Dtype::kI8, {8}, values},
                      {"z", Dtype::kU8, {0}, {}}};
  const Bytes file = write_safetensors(contents);
  const Safetensors back = read_safetensors(file);
  EXPECT_EQ(back.metadata, contents.metadata);
  ASSERT_EQ(back.tensors.size(), 3u);
  EXPECT_EQ(back.tensors[0].name, "x");
  EXPECT_EQ(back.tensors[0].shape, contents.tensors[0].shape);
  EXPECT_EQ((back.tensors[0].data.data() - file.data()) % 64, 0);
  const Bytes first(back.tensors[0].data.begin(), back.tensors[0].data.begin() + 8);
  EXPECT_EQ(first, (Bytes{0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0}));  // little-endian, wherever this runs
  EXPECT_TRUE(std::ranges::equal(back.tensors[1].data, values));
}

TEST(Safetensors, WriterRefusesWhatCannotBeRead) {
  const Bytes data(12);
  const auto refused = [&](std::vector<Tensor> tensors, const std::string& complaint) {
    expect_error([&] { write_safetensors({{}, std::move(tensors)}); }, ErrorKind::kUsage, complaint);
  };
  refused({{"a", Dtype::kI8, {12}, data}, {"a", Dtype::kI8, {12}, data}}, "the name is taken");
  refused({{"__metadata__", Dtype::kI8, {12}, data}}, "the name is taken");
  refused({{"a", Dtype::kI8, {11}, data}}, "tensor a");
  refused({{"a", Dtype::kI8, {UINT64_MAX, 2}, data}}, "tensor a");
  refused({{"a", Dtype::kI8, std::vector<uint64_t>(9, 1), ByteSpan(data).first(1)}}, "tensor a");
  refused({{"a", Dtype::kI8, {2}, ByteSpan(data).first(2)}, {"b", Dtype::kF32, {3}, data}}, "tensor b");
  refused({{"\xff", Dtype::kI8, {12}, data}}, "UTF-8");
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const Bytes file = file_of(object(entry("a", "F32", "2", "0,8") + "," + entry("b", "U8", "3", "8,11")), 11);
  read_safetensors(file);
  for (size_t size = 0; size < file.size(); ++size) {
    expect_corrupt([&] { read_safetensors(ByteSpan(file).first(size)); }, "");
  }
}

TEST(Safetensors, RefusesHeadersThatCannotBe) {
  for (const uint64_t length : {uint64_t{1} << 63, UINT64_MAX, uint64_t{Safetensors::kMaxHeader} + 1}) {
    Bytes file = file_of("{}", 0);
    for (int i = 0; i < 8; ++i) file[i] = static_cast<uint8_t>(length >> 8 * i);
    expect_corrupt([&] { read_safetensors(file); }, "its header would be too long");
  }
  Bytes file = file_of("{}", 0);
  file[0] = 3;
  expect_corrupt([&] { read_safetensors(file); }, "the header ends beyond the file");
  expect_refused("", 0, "no JSON");
  expect_refused("[]", 0, "not an object");
  expect_refused("{}x", 0, "no JSON");
  expect_refused(std::string(100000, '['), 0, "nested too deeply");
  expect_refused("{\"__metadata__\":3}", 0, "__metadata__: not an object");
  expect_refused("{\"__metadata__\":{\"a\":3}}", 0, "'a' is not a text");
}

TEST(Safetensors, RefusesEntriesThatDoNotFitTogether) {
  const std::string good = entry("a", "U8", "4", "0,4");
  read_safetensors(file_of(object(good), 4));
  expect_refused(object(good), 5, "1 bytes behind the last tensor");
  expect_refused("{}", 1, "1 bytes behind the last tensor");
  expect_refused(object(good + "," + good), 4, "'a' stands there twice");
  expect_refused(object(good + "," + entry("b", "U8", "1", "5,6")), 6, "tensor b: does not follow");
  expect_refused(object(good + "," + entry("b", "U8", "3", "3,6")), 6, "tensor b: overlaps");
  expect_refused(object(good + "," + entry("b", "U8", "4", "0,4")), 4, "overlaps");
  expect_refused(object(entry("a", "U8", "4", "1,5")), 5, "tensor a: does not follow");
  const struct {
    const char *type, *shape, *offsets, *complaint;
  } cases[] = {
      {"U8", "4", "0,5", "within the file's 4 bytes"},
      {"U8", "4", "4,0", "within the file's 4 bytes"},
      {"U8", "4", "18446744073709551612,18446744073709551615", "within the file"},
      {"U8", "4", "0", "within the file"},
      {"U8", "4", "0,4,4", "'data_offsets' is too long"},
      {"U8", "4", "-4,0", "'data_offsets' holds something else"},
      {"U8", "4", "0,4.0", "'data_offsets' holds something else"},
      {"U8", "5", "0,4", "do not match its shape"},
      {"F32", "4", "0,4", "do not match its shape"},
      {"U8", "4294967296,4294967296", "0,4", "do not match its shape"},
      {"F32", "4611686018427387905", "0,4", "do not match its shape"},
      {"U8", "18446744073709551616", "0,4", "'shape' holds something else"},
      {"U8", "-4", "0,4", "'shape' holds something else"},
      {"U8", "\"4\"", "0,4", "'shape' holds something else"},
      {"U8", "1,1,1,1,1,1,1,1,4", "0,4", "'shape' is too long"},
  };
  for (const auto& c : cases) expect_refused(object(entry("a", c.type, c.shape, c.offsets)), 4, c.complaint);
  for (const auto& c : cases) expect_refused(object(entry("a", c.type, c.shape, c.offsets)), 4, "tensor a: ");
  expect_refused("{\"a\":[]}", 4, "tensor a: header: not an object");
  expect_refused(R"({"a":{"dtype":"U8","shape":[4]}})", 4, "'data_offsets' is missing");
  expect_refused(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"x":1}})", 4, "'x' is not known");
}

TEST(Safetensors, NamesTypesThatItDoesNotKnow) {
  for (const char* type : {"F8_E4M3", "u8"}) {
    const Bytes file = file_of(object(entry("a", type, "4", "0,4")), 4);
    expect_error([&] { read_safetensors(file); }, ErrorKind::kUnsupported,
                 fmt::format("tensor a: numbers of the type '{}' are not known", type));
  }
}

TEST(Safetensors, ForeignHeadersMayBeLonger) {
  const Bytes file = file_of("{}" + std::string(Safetensors::kMaxHeader, ' '), 0);
  expect_corrupt([&] { read_safetensors(file); }, "its header would be too long");
  EXPECT_TRUE(read_safetensors(file, Safetensors::kMaxForeignHeader).tensors.empty());
}

TEST(Safetensors, NamesInMessagesArePrintableAndShort) {
  expect_refused(object(entry("\\n\\u001b[31m" + std::string(1000, 'x'), "U8", "5", "0,4")), 4, "tensor ??[31mxxx");
}

}  // namespace
}  // namespace lmzip::model
