// SPDX-License-Identifier: Apache-2.0
// Compresses a text in memory and restores it: all that a program needs of the library.
//
//   g++ example.cc $(pkg-config --cflags --libs lmzip)
#include <cstdio>
#include <cstring>
#include <string_view>

#include "lmzip/container.h"
#include "lmzip/error.h"
#include "lmzip/registry.h"

namespace {

class MemorySource final : public lmzip::Source {
 public:
  explicit MemorySource(lmzip::ByteSpan bytes) : left_(bytes) {}
  size_t read(uint8_t* data, size_t size) override {
    const size_t count = size < left_.size() ? size : left_.size();
    std::memcpy(data, left_.data(), count);
    left_ = left_.subspan(count);
    return count;
  }

 private:
  lmzip::ByteSpan left_;
};

class MemorySink final : public lmzip::Sink {
 public:
  void write(lmzip::ByteSpan bytes) override { all.insert(all.end(), bytes.begin(), bytes.end()); }
  lmzip::Bytes all;
};

lmzip::Bytes compress(lmzip::ByteSpan raw) {
  const lmzip::Preset& level = lmzip::presets()[lmzip::kDefaultLevel - 1];
  const auto codec = lmzip::make_compressor(level.codec);
  MemorySource source(raw);
  MemorySink packed;
  lmzip::ProgressSink progress;
  write_container(source, packed, *codec, {.block_size = level.block_size}, progress);
  return packed.all;
}

lmzip::Bytes restore(lmzip::ByteSpan packed) {
  lmzip::ReadOptions options;
  options.memory_limit = uint64_t{1} << 30;  // whatever a stranger's file claims
  options.codec_for = [](const lmzip::CodecRequest& request) { return lmzip::make_compressor(request.spec); };
  MemorySource source(packed);
  MemorySink raw;
  lmzip::ProgressSink progress;
  read_container(source, raw, options, progress);
  return raw.all;
}

}  // namespace

int main() try {
  constexpr std::string_view kText =
      "It is a truth universally acknowledged, that a single man in possession of a good "
      "fortune, must be in want of a wife.";
  const lmzip::Bytes raw(kText.begin(), kText.end()), packed = compress(raw);
  std::printf("%zu bytes became %zu\n", raw.size(), packed.size());
  return restore(packed) == raw ? 0 : 1;
} catch (const lmzip::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
