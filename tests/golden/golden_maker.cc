// SPDX-License-Identifier: Apache-2.0
// Makes the golden files: good ones with the writer, the others by surgery on them or from their parts.
#include "golden/golden_maker.h"

#include <algorithm>

#include "base/hash.h"
#include "container/format.h"
#include "lmzip/container.h"
#include "lmzip/model_store.h"
#include "lmzip/registry.h"
#include "unit/container/memory_io.h"

namespace lmzip::golden {
namespace {

using container::BlockHeader;
using container::Header;
using container::Tag;
using test::operator+;

constexpr uint64_t kBlock = 1024;

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

Bytes text() {
  Bytes all;
  for (int line = 1; all.size() < 3000; ++line) {
    all = all +
          bytes_of("Line " + std::to_string(line) + ": prediction is compression, and compression is prediction.\n");
  }
  return all;
}

/// `lm` codecs use a model of this folder.
Bytes pack(const char* codec, ByteSpan raw, uint64_t block_size = kBlock) {
  const auto model = [](std::string_view name) { return ModelStore({LMZIP_GOLDEN_FOLDER}).find(name); };
  return test::pack(raw, test::write_options(block_size), *make_compressor(codec, {.model = model, .torch = {}}));
}

Header header_of(const char* codec, uint64_t block_size = kBlock) {
  Header header;
  header.codec = codec;
  header.block_size = block_size;
  return header;
}

BlockHeader stored(ByteSpan raw) { return {Tag::kStored, raw.size(), raw.size(), base::xxh3_64(raw)}; }

Bytes tag(Tag value) { return {static_cast<uint8_t>(value)}; }

/// `header` with a check that holds, whatever its fields say.
Bytes rechecked(ByteSpan header) {
  const ByteSpan fields = header.first(header.size() - 2);
  Bytes result(fields.begin(), fields.end());
  container::put_little_endian(result, base::xxh3_64(fields), 2);
  return result;
}

Bytes with_byte(Bytes file, size_t at, int value) {
  file.at(at) = static_cast<uint8_t>(value);
  return file;
}

Bytes with_flip(Bytes file, size_t at) {
  file.at(at) ^= 1;
  return file;
}

Bytes skippable(ByteSpan content) {
  test::MemorySink sink;
  write_skippable_frame(sink, content);
  return sink.bytes;
}

/// Text, a table of records, a grey raster and 16-bit samples: every kind of data that `mix` tells apart.
Bytes all_kinds() {
  Bytes all = text();
  uint32_t random = 1;
  const auto next = [&random](uint32_t below) {
    random = random * 1664525 + 1013904223;
    return (random >> 16) % below;
  };
  for (uint32_t record = 0; record < 500; ++record) {
    for (const uint32_t field : {record, next(7), 0u, record * 12345 >> 4}) {
      container::put_little_endian(all, field, 4);
    }
  }
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 160; ++x) all.push_back(static_cast<uint8_t>(40 + x + (y - 32) * (y - 32) / 8 + next(4)));
  }
  int32_t position = 0, speed = 700;  // a pendulum
  for (int i = 0; i < 6000; ++i) {
    speed -= position / 64;
    position += speed;
    container::put_little_endian(all, static_cast<uint16_t>(position + static_cast<int32_t>(next(32))), 2);
  }
  return all;
}

/// What the model of this folder likes.
Bytes numbers() {
  Bytes all;
  for (int number = 1; all.size() < 3000; number += 7) all = all + bytes_of(std::to_string(number) + "\n");
  return all;
}

void add_good(std::map<std::string, Bytes>& files) {
  const Bytes member = pack("order2", text(), 16 << 20);
  files["good-empty.lmz"] = pack("store", {});
  files["good-one-byte.lmz"] = pack("order0", bytes_of("x"));
  files["good-hello.lmz"] = pack("order1", bytes_of("hello, hello, hello, hello, hello\n"), 16 << 20);
  files["good-stored.lmz"] = pack("gzip:6", test::noise(2500), 4096);
  files["good-order0.lmz"] = pack("order0", text(), 16 << 20);
  files["good-order2.lmz"] = member;
  files["good-order6.lmz"] = pack("order6", text(), 16 << 20);
  for (const char* level : {"1", "2", "3", "4", "5", "6", "9"}) {
    const std::string name = std::string("mix:") + level;
    files[std::string("good-mix") + level + ".lmz"] = pack(name.c_str(), all_kinds(), 16 << 20);
  }
  // The network hears the text, sleeps, and hears text again.
  const Bytes around = text() + all_kinds() + text();
  files["good-mix2-attention.lmz"] = pack("mix:2,model=golden-attention", around, 16 << 20);
  files["good-mix5-mixed.lmz"] = pack("mix:5,model=golden-mixed", around, 16 << 20);
  files["good-lm-attention.lmz"] = pack("lm:golden-attention", numbers(), 16 << 20);
  files["good-lm-chunks.lmz"] = pack("lm:golden-attention,chunk=64", numbers());
  files["good-lm-mixed.lmz"] = pack("lm:golden-mixed", numbers(), 16 << 20);
  files["good-lm-tokens.lmz"] =
      pack("lm:golden-tokens", numbers() + bytes_of("that is the rest of it, \xFF\xC3\n"), 16 << 20);
  files["good-gzip.lmz"] = pack("gzip:6", text(), 16 << 20);
  files["good-largest-block-size.lmz"] = pack("order1", text(), kMaxBlockSize);
  files["good-blocks.lmz"] = pack("order1", text());
  files["good-members.lmz"] = pack("order1", text() + test::noise(2 * kBlock) + text());
  files["good-concatenated.lmz"] = pack("order0", text()) + pack("store", {}) + pack("gzip:9", text(), 2048);
  files["good-skippable-frames.lmz"] = skippable(bytes_of("before")) + member + skippable({}) +
                                       skippable(bytes_of("between")) + member + skippable(bytes_of("after"));
  files["good-padding.lmz"] = member + Bytes(7) + member + Bytes(512);
  files["good-trailing-garbage.lmz"] = member + Bytes(3) + bytes_of("not ours");

  const Bytes raw = bytes_of("one block with an index");
  container::IndexBuilder index(header_of("store").encode().size());
  index.add(stored(raw));
  files["good-index-of-one-block.lmz"] =
      header_of("store").encode() + stored(raw).encode() + raw + tag(Tag::kIndexedEnd) + index.finish();
}

void add_bad_headers(std::map<std::string, Bytes>& files) {
  const Bytes good = pack("store", bytes_of("hello"));
  const Bytes header = header_of("store").encode();
  const Bytes rest(good.begin() + static_cast<ptrdiff_t>(header.size()), good.end());
  files["bad-empty-file.lmz"] = {};
  files["bad-not-lmz.lmz"] = bytes_of("\x1F\x8B\x08 is how a gzip file starts");
  files["bad-magic.lmz"] = with_flip(good, 0);
  files["bad-padding-first.lmz"] = Bytes(4) + good;
  files["bad-skippable-frames-only.lmz"] = skippable(bytes_of("alone"));
  files["bad-skippable-frame-truncated.lmz"] = good + with_byte(skippable(bytes_of("short")), 4, 6);
  files["bad-second-magic.lmz"] = good + with_flip(good, 3);
  files["bad-header-truncated.lmz"] = test::slice(good, 0, header.size() - 1);
  files["bad-header-check.lmz"] = with_flip(good, 8);
  files["bad-format-0.lmz"] = rechecked(with_byte(header, 4, 0)) + rest;
  files["bad-codec-empty.lmz"] = rechecked(bytes_of({"LMZ\xFA\1\0\0\1..", 10})) + rest;
  files["bad-codec-unprintable.lmz"] = rechecked(with_byte(header, 7, 0x1B)) + rest;
  files["bad-block-size-zero.lmz"] = header_of("store", 0).encode() + rest;
  files["bad-block-size-too-large.lmz"] = header_of("store", kMaxBlockSize + 1024).encode() + rest;
}

void add_bad_blocks(std::map<std::string, Bytes>& files) {
  const Bytes header = header_of("order1").encode();
  const Bytes raw = bytes_of("hello");
  const Bytes block = stored(raw).encode() + raw;
  const Bytes full = stored(Bytes(kBlock)).encode() + Bytes(kBlock);
  const Bytes end = tag(Tag::kEnd);
  const auto coded = [](uint64_t raw_size, uint64_t payload_size) {
    return BlockHeader{Tag::kCoded, raw_size, payload_size, 0}.encode() + Bytes(payload_size);
  };
  const Bytes good = pack("order1", text(), 4096);
  files["bad-block-type.lmz"] = header + with_byte(block, 0, 0x33) + end;
  files["bad-block-header-truncated.lmz"] = header + test::slice(block, 0, 9);
  files["bad-payload-truncated.lmz"] = header + test::slice(block, 0, block.size() - 1);
  files["bad-end-missing.lmz"] = header + block;
  files["bad-raw-size-zero.lmz"] = header + coded(0, 0) + end;
  files["bad-raw-size-too-large.lmz"] = header + coded(kBlock + 1, 5) + end;
  files["bad-packed-size-too-large.lmz"] = header + coded(5, 5) + end;
  files["bad-number-too-long.lmz"] = header + bytes_of({"\x22\x85\0........hello", 16}) + end;
  files["bad-checksum.lmz"] = with_flip(header + block + end, header.size() + block.size() - 1);
  files["bad-payload.lmz"] = with_flip(good, good.size() / 2);
  files["bad-payload-too-short.lmz"] = header + coded(500, 1) + end;
  files["bad-short-block-inside.lmz"] = header + block + block + end;
  files["bad-end-without-index.lmz"] = header + full + full + end;
  files["bad-claims-a-gigabyte.lmz"] =
      header_of("store", kMaxBlockSize).encode() + test::slice(stored(Bytes(kMaxBlockSize)).encode(), 0, 14) + raw;
}

void add_bad_indexes(std::map<std::string, Bytes>& files) {
  const Bytes a = test::noise(kBlock, 1);
  const Bytes b = test::noise(kBlock, 2);
  const Bytes good = pack("store", a + b);
  const Bytes header = header_of("store").encode();
  const uint64_t block_size = stored(a).encode().size() + kBlock;
  const auto part = [&](uint64_t offset, uint64_t size) { return test::slice(good, offset, size); };
  const uint64_t index = header.size() + 2 * block_size + 1;
  files["bad-index-entry.lmz"] = with_flip(good, index + 1);
  files["bad-index-footer.lmz"] = with_flip(good, good.size() - 1);
  files["bad-index-truncated.lmz"] = part(0, good.size() - 1);
  files["bad-index-missing.lmz"] = part(0, index);
  files["bad-blocks-swapped.lmz"] = header + part(header.size() + block_size, block_size) +
                                    part(header.size(), block_size) + part(index - 1, good.size());
  files["bad-block-lost.lmz"] = header + part(header.size() + block_size, good.size());
}

void add_unsupported(std::map<std::string, Bytes>& files) {
  const Bytes good = pack("store", bytes_of("hello"));
  Header model = header_of("lm:some-model");
  model.numerics = Numerics::kHostBound;
  auto& digest = model.model_digest.emplace();
  for (size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<uint8_t>(i);
  model.probe_digest.emplace().fill(0xEE);
  files["unsupported-format.lmz"] = with_byte(good, 4, 2);
  files["unsupported-flag.lmz"] = with_byte(good, 5, 8);
  files["unsupported-model.lmz"] = model.encode() + tag(Tag::kEnd);
  Header numbered = header_of("mix:5,model=default");
  numbered.compact = true;
  numbered.model_digest = model.model_digest;
  files["unsupported-model-of-number.lmz"] = numbered.encode() + tag(Tag::kEnd);
  files["unsupported-number.lmz"] = rechecked(with_byte(numbered.encode(), 6, 0x80)) + tag(Tag::kEnd);
  files["unsupported-codec.lmz"] = header_of("codec-of-the-future:3").encode() +
                                   BlockHeader{Tag::kCoded, 5, 1, 0}.encode() + Bytes(1) + tag(Tag::kEnd);
}

}  // namespace

std::map<std::string, Bytes> make_all() {
  std::map<std::string, Bytes> files;
  add_good(files);
  add_bad_headers(files);
  add_bad_blocks(files);
  add_bad_indexes(files);
  add_unsupported(files);
  return files;
}

}  // namespace lmzip::golden
