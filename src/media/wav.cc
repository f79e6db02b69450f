// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "media/decoders.h"

namespace lmzip::media {
namespace {

constexpr uint64_t kFirstChunk = 12;  // behind "RIFF", a size, "WAVE"
constexpr int kMaxChunks = 1000;      // before the samples
constexpr uint32_t kUnknownSize = 0xFFFFFFFF;
constexpr unsigned kPcm = 1, kExtensible = 0xFFFE;
constexpr unsigned kMaxChannels = 8;
constexpr size_t kPieceSize = 4096;  // samples of each channel
/// Of a fmt chunk; WAVE_FORMAT_EXTENSIBLE has the real format from kSubFormat on, a GUID that ends in kGuidTail.
constexpr size_t kFormatSize = 16, kExtensibleSize = 40, kSubFormat = 24;
constexpr std::array<uint8_t, 14> kGuidTail = {0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71};

[[noreturn]] void corrupt(std::string_view what) {
  throw Error(ErrorKind::kCorrupt, fmt::format("damaged WAV: {}", what));
}

/// Little-endian, `bytes` of 1 to 4.
uint32_t load(const uint8_t* at, size_t bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value |= uint32_t{at[i]} << 8 * i;
  return value;
}

void append(Bytes& out, uint32_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> 8 * i));
}

void append(Bytes& out, std::string_view name) { out.insert(out.end(), name.begin(), name.end()); }

/// Refuses what is not PCM of 8, 16, 24 or 32 bits.
SoundFormat parse_format(ByteSpan chunk) {
  if (chunk.size() < kFormatSize) corrupt("its format is incomplete");
  uint32_t tag = load(chunk.data(), 2);
  if (tag == kExtensible && chunk.size() >= kExtensibleSize &&
      std::equal(kGuidTail.begin(), kGuidTail.end(), chunk.begin() + kSubFormat + 2)) {
    tag = load(chunk.data() + kSubFormat, 2);
  }
  const SoundFormat format{load(chunk.data() + 4, 4), load(chunk.data() + 2, 2), load(chunk.data() + 14, 2), 0};
  const uint32_t frame = load(chunk.data() + 12, 2);
  if (tag != kPcm || format.bits % 8 != 0 || format.bits < 8 || format.bits > 32) {
    throw Error(ErrorKind::kCorrupt, fmt::format("a WAV of format {:#06x} with {} bits; PCM of 8, 16, 24 or 32 bits is "
                                                 "expected",
                                                 tag, format.bits));
  }
  if (format.channels < 1 || format.channels > kMaxChannels || frame != format.channels * format.bits / 8) {
    corrupt("its format contradicts itself");
  }
  return format;
}

/// Samples as integers with their sign. 8 bits are stored without one.
void convert(ByteSpan bytes, unsigned bits, std::vector<int32_t>& samples) {
  const size_t width = bits / 8;
  samples.clear();
  for (size_t at = 0; at < bytes.size(); at += width) {
    const uint32_t value = load(bytes.data() + at, width) ^ (bits == 8 ? 0x80 : 0);
    samples.push_back(static_cast<int32_t>(value << (32 - bits)) >> (32 - bits));
  }
}

void play(RandomSource& file, uint64_t at, uint64_t end, const SoundFormat& format, const SampleSink& sink) {
  const size_t frame = format.channels * format.bits / 8;
  Bytes bytes;
  std::vector<int32_t> samples;
  bool wanted = true;
  for (uint64_t left = (end - at) / frame; left > 0 && wanted;) {
    const uint64_t frames = std::min<uint64_t>(left, kPieceSize);
    bytes.resize(frames * frame);
    if (file.read_at(at, bytes.data(), bytes.size()) != bytes.size()) corrupt("it has become shorter");
    convert(bytes, format.bits, samples);
    wanted = sink(samples);
    at += bytes.size();
    left -= frames;
  }
}

}  // namespace

WavHeader read_wav_header(RandomSource& file) {
  std::optional<SoundFormat> format;
  uint64_t at = kFirstChunk;
  for (int chunk = 0; chunk < kMaxChunks; ++chunk) {
    std::array<uint8_t, 8> header;
    if (file.read_at(at, header.data(), header.size()) != header.size()) corrupt("it ends before its samples");
    at += header.size();
    const uint32_t size = load(header.data() + 4, 4);
    const std::string_view name(reinterpret_cast<const char*>(header.data()), 4);
    if (name == "data") {
      if (!format) corrupt("samples before their format");
      return {*format, at, size};
    }
    if (name == "fmt ") {
      std::array<uint8_t, kExtensibleSize> text;
      const size_t used = std::min<size_t>(size, text.size());
      if (file.read_at(at, text.data(), used) != used) corrupt("truncated");
      format = parse_format(ByteSpan(text).first(used));
    }
    at += uint64_t{size} + size % 2;  // chunks begin at even positions
  }
  corrupt("more chunks before the samples than any file has");
}

void read_wav(RandomSource& file, const SoundReceiver& receiver) {
  auto [format, first, size] = read_wav_header(file);
  const uint64_t left = file.size() - first;
  const size_t frame = format.channels * format.bits / 8;
  // Who writes into a pipe cannot come back to tell how much it was.
  const uint64_t bytes = size == 0 || size == kUnknownSize ? left / frame * frame : size;
  if (bytes > left) corrupt("truncated");
  if (bytes % frame != 0) corrupt("a part of a sample");
  format.length = bytes / frame;
  receiver.begin(format);
  play(file, first, first + bytes, format, receiver.sink);
}

Bytes write_wav(const SoundFormat& format, std::span<const int32_t> samples) {
  const auto [rate, channels, bits, length] = format;
  if (bits % 8 != 0 || bits < 8 || bits > 32 || channels < 1 || channels > kMaxChannels || rate < 1) {
    throw Error(ErrorKind::kUsage,
                fmt::format("no WAV for {} channels of {} bits, {} times a second", channels, bits, rate));
  }
  if (samples.size() % channels != 0) throw Error(ErrorKind::kUsage, "the last samples lack a channel");
  const unsigned width = bits / 8, frame = channels * width;
  constexpr size_t kHeaders = 4 + 8 + kFormatSize + 8;  // "WAVE" and what is before the samples
  if (samples.size() > (kUnknownSize - kHeaders - 1) / width || rate > kUnknownSize / frame) {
    throw Error(ErrorKind::kUsage, "more samples than a WAV file can have: it is 4 GiB at most");
  }
  const auto size = static_cast<uint32_t>(samples.size() * width);
  const uint32_t padding = size % 2;
  Bytes file;
  file.reserve(8 + kHeaders + size + padding);
  append(file, "RIFF");
  append(file, static_cast<uint32_t>(kHeaders + size + padding), 4);
  append(file, "WAVEfmt ");
  append(file, kFormatSize, 4);
  append(file, kPcm, 2);
  append(file, channels, 2);
  append(file, rate, 4);
  append(file, rate * frame, 4);
  append(file, frame, 2);
  append(file, bits, 2);
  append(file, "data");
  append(file, size, 4);
  for (const int32_t sample : samples) {
    if (sample >> (bits - 1) != 0 && sample >> (bits - 1) != -1) {
      throw Error(ErrorKind::kUsage, fmt::format("a sample of {} does not fit {} bits", sample, bits));
    }
    append(file, static_cast<uint32_t>(sample) ^ (bits == 8 ? 0x80 : 0), width);
  }
  append(file, 0, padding);
  return file;
}

}  // namespace lmzip::media
