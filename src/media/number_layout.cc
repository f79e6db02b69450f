// SPDX-License-Identifier: Apache-2.0
#include "media/number_layout.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "lmzip/error.h"
#include "media/decoders.h"
#include "media/memory_source.h"

namespace lmzip::media {
namespace {

// What src/numbers has models for; the container's codec texts know no more.
constexpr uint64_t kMaxWidth = 65535;
constexpr unsigned kMaxChannels = 8;
constexpr uint64_t kMaxHead = 65535;

bool begins_with(ByteSpan file, std::string_view magic) {
  return file.size() >= magic.size() && std::equal(magic.begin(), magic.end(), file.begin());
}

std::optional<NumberLayout> find_wav(ByteSpan start) try {
  MemorySource source(start);
  const WavHeader header = read_wav_header(source);
  if (header.format.bits > 24 || header.first > kMaxHead) return std::nullopt;
  return NumberLayout{.kind = NumberLayout::Kind::kSamples,
                      .channels = header.format.channels,
                      .bits = header.format.bits,
                      .head = static_cast<uint32_t>(header.first)};
} catch (const Error&) {
  return std::nullopt;
}

/// Words of a PNM header, of which each ends at one white character; comments run from # to the end of the line.
class PnmWords {
 public:
  PnmWords(ByteSpan file, size_t at) : file_(file), at_(at) {}

  /// "" at the end of the bytes.
  std::string_view next() {
    while (at_ < file_.size() && (is_white(file_[at_]) || file_[at_] == '#')) {
      if (file_[at_] == '#') {
        while (at_ < file_.size() && file_[at_] != '\n') ++at_;
      } else {
        ++at_;
      }
    }
    const size_t begin = at_;
    while (at_ < file_.size() && !is_white(file_[at_])) ++at_;
    const std::string_view word(reinterpret_cast<const char*>(file_.data()) + begin, at_ - begin);
    if (at_ == file_.size()) return "";
    ++at_;
    return word;
  }
  /// 0 for what is no number from 1 to 65535.
  uint32_t number() {
    const std::string_view word = next();
    uint32_t value = 0;
    for (const char c : word) {
      if (c < '0' || c > '9') return 0;
      value = value * 10 + static_cast<uint32_t>(c - '0');
      if (value > 65535) return 0;
    }
    return value;
  }
  size_t position() const { return at_; }

 private:
  static bool is_white(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

  ByteSpan file_;
  size_t at_;
};

std::optional<NumberLayout> pnm_layout(uint32_t width, uint32_t channels, uint32_t most, size_t head) {
  if (width == 0 || channels == 0 || channels > kMaxChannels || most == 0 || head > kMaxHead) return std::nullopt;
  return NumberLayout{.width = width,
                      .channels = channels,
                      .bits = most > 255 ? 16u : 8u,
                      .big_endian = most > 255,
                      .head = static_cast<uint32_t>(head)};
}

std::optional<NumberLayout> find_pnm(ByteSpan start) {
  PnmWords words(start, 2);
  const uint32_t width = words.number();
  const uint32_t height = words.number();
  const uint32_t most = words.number();
  if (height == 0) return std::nullopt;
  return pnm_layout(width, start[1] == '6' ? 3 : 1, most, words.position());
}

std::optional<NumberLayout> find_pam(ByteSpan start) {
  PnmWords words(start, 2);
  uint32_t width = 0, height = 0, depth = 0, most = 0;
  constexpr int kMostWords = 100;
  for (int i = 0; i < kMostWords; ++i) {
    const std::string_view name = words.next();
    if (name.empty()) return std::nullopt;
    if (name == "ENDHDR") return height == 0 ? std::nullopt : pnm_layout(width, depth, most, words.position());
    if (name == "WIDTH") width = words.number();
    if (name == "HEIGHT") height = words.number();
    if (name == "DEPTH") depth = words.number();
    if (name == "MAXVAL") most = words.number();
  }
  return std::nullopt;
}

std::optional<NumberLayout> find_bmp(ByteSpan start) {
  constexpr size_t kFileHeader = 14, kInfoHeader = 40;
  if (start.size() < kFileHeader + kInfoHeader) return std::nullopt;
  const auto load = [&](size_t at, size_t bytes) {
    uint32_t value = 0;
    for (size_t i = 0; i < bytes; ++i) value |= uint32_t{start[at + i]} << 8 * i;
    return value;
  };
  const uint32_t head = load(10, 4), info = load(14, 4), width = load(18, 4), bits = load(28, 2), packing = load(30, 4);
  constexpr uint32_t kPlain = 0, kMasks = 3;
  if (info < kInfoHeader || info > kMaxHead || head < kFileHeader + info || head > kMaxHead) return std::nullopt;
  if (width < 1 || width > kMaxWidth || (packing != kPlain && (packing != kMasks || bits != 32))) return std::nullopt;
  if (bits == 8) {
    // Numbers of a palette are pixels only if it is a ramp of grey.
    const size_t palette = kFileHeader + info;
    if (head < palette + 4 * 256 || start.size() < palette + 4 * 256) return std::nullopt;
    for (size_t i = 0; i < 256; ++i) {
      for (size_t c = 0; c < 3; ++c) {
        if (start[palette + 4 * i + c] != i) return std::nullopt;
      }
    }
  } else if (bits != 24 && bits != 32) {
    return std::nullopt;
  }
  const unsigned channels = bits / 8;
  return NumberLayout{.width = width, .channels = channels, .head = head, .pad = (4 - width * channels % 4) % 4};
}

}  // namespace

uint64_t NumberLayout::period() const {
  const uint64_t frame = uint64_t{channels} * (bits / 8);
  return kind == Kind::kSamples ? frame : frame * width + pad;
}

bool may_have_numbers(ByteSpan start) {
  constexpr std::string_view kMagics[] = {"RIFF", "P5", "P6", "P7\n", "BM"};
  return std::ranges::any_of(kMagics, [&](std::string_view magic) { return begins_with(start, magic); });
}

std::optional<NumberLayout> find_numbers(ByteSpan start) {
  if (begins_with(start, "RIFF") && begins_with(start.subspan(std::min<size_t>(8, start.size())), "WAVE")) {
    return find_wav(start);
  }
  if (begins_with(start, "P5") || begins_with(start, "P6")) return find_pnm(start);
  if (begins_with(start, "P7\n")) return find_pam(start);
  if (begins_with(start, "BM")) return find_bmp(start);
  return std::nullopt;
}

std::optional<uint32_t> find_width(ByteSpan pixels, const NumberLayout& layout) {
  const size_t bytes = layout.bits / 8, frame = layout.channels * bytes;
  const size_t high = layout.big_endian ? 0 : bytes - 1;
  constexpr size_t kLeastWidth = 8, kMostWidth = 16384, kProbes = 4096;
  const size_t most = std::min(kMostWidth, pixels.size() / frame / 4);
  if (most <= 2 * kLeastWidth) return std::nullopt;

  // The high bytes of some pixels, against those `width` pixels before them.
  base::Random random(1);
  std::vector<size_t> places(kProbes);
  for (size_t& place : places) {
    const size_t pixel = most + random.below(static_cast<uint32_t>(pixels.size() / frame - most));
    place = pixel * frame + random.below(static_cast<uint32_t>(layout.channels)) * bytes + high;
  }
  std::vector<uint32_t> costs;
  for (size_t width = kLeastWidth; width <= most; ++width) {
    uint32_t cost = 0;
    for (const size_t place : places) {
      cost += static_cast<uint32_t>(std::abs(int{pixels[place]} - int{pixels[place - width * frame]}));
    }
    costs.push_back(cost);
  }
  // Near 0 everything is alike: a row is longer than the way to the first maximum. Multiples of it are nearly as good.
  std::vector<uint32_t> sorted = costs;
  std::ranges::nth_element(sorted, sorted.begin() + static_cast<ptrdiff_t>(sorted.size() / 2));
  const uint32_t usual = sorted[sorted.size() / 2];
  size_t first = 0;
  while (first < costs.size() && costs[first] < usual - usual / 8) ++first;
  if (first == costs.size()) return std::nullopt;
  const auto best = std::min_element(costs.begin() + static_cast<ptrdiff_t>(first), costs.end());
  if (usual == 0 || *best > usual - usual / 4) return std::nullopt;
  for (size_t i = first; i < costs.size(); ++i) {
    const bool valley = (i == 0 || costs[i - 1] >= costs[i]) && (i + 1 == costs.size() || costs[i + 1] >= costs[i]);
    if (valley && costs[i] <= *best + *best / 8 + 1) return static_cast<uint32_t>(kLeastWidth + i);
  }
  return std::nullopt;
}

}  // namespace lmzip::media
