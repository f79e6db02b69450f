// SPDX-License-Identifier: Apache-2.0
#include "container/format.h"

#include <algorithm>
#include <iterator>

#include "base/hash.h"

namespace lmzip::container {
namespace {

constexpr uint8_t kHostBoundFlag = 1;
constexpr uint8_t kModelFlag = 2;
constexpr uint8_t kProbeFlag = 4;
constexpr uint8_t kCompactFlag = 16;  // not 8: tests/golden has a file that must not be read, with that
constexpr uint8_t kKnownFlags = kHostBoundFlag | kModelFlag | kProbeFlag | kCompactFlag;
constexpr size_t kCompactDigest = 8;
/// Codecs by number. Files have the numbers: this list only ever grows, at its end.
constexpr std::string_view kNumberedCodecs[] = {"mix:4,model=default", "mix:5,model=default", "mix:6,model=default",
                                                "mix:5,model=best",    "mix:6,model=best",    "mix:9,model=best"};
constexpr uint64_t kBlockSizeUnit = 1024;
constexpr int kHeaderCheckSize = 2;

// Longest forms of the numbers of this format, from their largest values.
constexpr int kBlockSizeBytes = 3;  // 2^20 KiB
constexpr int kRawSizeBytes = 5;    // 2^30
constexpr int kCountBytes = 3;      // 2^20
constexpr int kEntryBytes = 5;      // 2 * 2^30 + 1
constexpr int kTotalBytes = 8;      // 2^50

bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7E; });
}

/// The inverse of hex(); nothing for the empty text.
template <size_t kSize>
std::optional<std::array<uint8_t, kSize>> digest_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto digit = [](char c) { return std::string_view("0123456789abcdef").find(c); };
  std::array<uint8_t, kSize> bytes;
  for (size_t i = 0; i < kSize; ++i)
    bytes[i] = static_cast<uint8_t>(digit(text.at(2 * i)) << 4 | digit(text.at(2 * i + 1)));
  return bytes;
}

template <size_t kSize>
std::array<uint8_t, kSize> read_array(ByteReader& in) {
  std::array<uint8_t, kSize> result;
  for (uint8_t& value : result) value = in.byte();
  return result;
}

}  // namespace

Error error_at(ErrorKind kind, uint64_t position, const std::string& what) {
  return Error(kind, what).within("byte " + std::to_string(position));
}

void put_bytes(Bytes& out, ByteSpan bytes) {
  // Not insert(): GCC 12 warns of an overflow there that cannot happen.
  const size_t size = out.size();
  out.resize(size + bytes.size());
  std::ranges::copy(bytes, out.begin() + static_cast<ptrdiff_t>(size));
}

void put_varint(Bytes& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<uint8_t>(value | 0x80));
  out.push_back(static_cast<uint8_t>(value));
}

void put_little_endian(Bytes& out, uint64_t value, int size) {
  for (int i = 0; i < size; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

std::string hex(ByteSpan bytes) {
  std::string text;
  for (const uint8_t value : bytes) {
    text += "0123456789abcdef"[value >> 4];
    text += "0123456789abcdef"[value & 15];
  }
  return text;
}

Header Header::of(const CompressorInfo& codec, uint64_t block_size) {
  Header header = {.codec = codec.spec,
                   .numerics = codec.numerics,
                   .model_digest = digest_of<16>(codec.model_digest),
                   .probe_digest = digest_of<8>(codec.probe_digest),
                   .block_size = block_size};
  header.compact = std::ranges::find(kNumberedCodecs, codec.spec) != std::end(kNumberedCodecs) && header.model_digest &&
                   !header.probe_digest && header.numerics == Numerics::kPortable;
  if (header.compact) std::fill(header.model_digest->begin() + kCompactDigest, header.model_digest->end(), uint8_t{0});
  return header;
}

CodecRequest Header::request() const {
  return {.spec = codec,
          .numerics = numerics,
          .model_digest = model_digest ? hex(ByteSpan(*model_digest).first(compact ? kCompactDigest : 16)) : "",
          .probe_digest = probe_digest ? hex(*probe_digest) : ""};
}

Bytes Header::encode() const {
  if (codec.empty() || codec.size() > kMaxCodecText || !printable(codec)) {
    throw Error(ErrorKind::kUsage, "the text that names a codec must be 1 to 255 printable ASCII characters");
  }
  const int flags = compact ? kCompactFlag
                            : (numerics == Numerics::kHostBound ? kHostBoundFlag : 0) |
                                  (model_digest ? kModelFlag : 0) | (probe_digest ? kProbeFlag : 0);
  Bytes out(kMemberMagic.begin(), kMemberMagic.end());
  put_little_endian(out, kFormatVersion, 1);
  put_little_endian(out, static_cast<uint64_t>(flags), 1);
  if (compact) {
    const auto number = std::ranges::find(kNumberedCodecs, codec) - std::begin(kNumberedCodecs);
    put_little_endian(out, static_cast<uint64_t>(number), 1);
    put_bytes(out, ByteSpan(*model_digest).first(kCompactDigest));
  } else {
    put_little_endian(out, codec.size(), 1);
    put_bytes(out, Bytes(codec.begin(), codec.end()));
    if (model_digest) put_bytes(out, *model_digest);
    if (probe_digest) put_bytes(out, *probe_digest);
  }
  put_varint(out, block_size / kBlockSizeUnit);
  put_little_endian(out, base::xxh3_64(out), kHeaderCheckSize);
  return out;
}

Header Header::decode(ByteReader& in) {
  const uint64_t start = in.position() - kMemberMagic.size();
  // Version and flags come before the check: another version may place the check elsewhere.
  const uint8_t version = in.byte();
  if (version == 0) throw corrupt_at(start, "damaged header (format 0 does not exist)");
  if (version > kFormatVersion) {
    throw error_at(ErrorKind::kUnsupported, start,
                   "written by a newer lmzip (format " + std::to_string(version) + "; this one reads up to " +
                       std::to_string(kFormatVersion) + ")");
  }
  const uint8_t flags = in.byte();
  if ((flags & ~kKnownFlags) != 0) {
    throw error_at(ErrorKind::kUnsupported, start,
                   "uses features this lmzip does not know (flags 0x" + hex(ByteSpan(&flags, 1)) + ")");
  }
  Header header;
  header.numerics = (flags & kHostBoundFlag) != 0 ? Numerics::kHostBound : Numerics::kPortable;
  header.compact = (flags & kCompactFlag) != 0;
  if (header.compact && flags != kCompactFlag) throw corrupt_at(start, "damaged header (flags)");
  const uint8_t number = in.byte();
  if (header.compact) {
    if (number >= std::size(kNumberedCodecs)) {
      throw error_at(ErrorKind::kUnsupported, start,
                     "uses a codec this lmzip does not know (number " + std::to_string(number) + ")");
    }
    header.codec = kNumberedCodecs[number];
    header.model_digest.emplace();
    std::ranges::copy(read_array<kCompactDigest>(in), header.model_digest->begin());
  } else {
    const Bytes text = in.bytes(number);
    header.codec.assign(text.begin(), text.end());
    if (text.empty() || !printable(header.codec)) throw corrupt_at(start, "damaged header (codec name)");
    if ((flags & kModelFlag) != 0) header.model_digest = read_array<16>(in);
    if ((flags & kProbeFlag) != 0) header.probe_digest = read_array<8>(in);
  }
  header.block_size = in.varint(kBlockSizeBytes) * kBlockSizeUnit;
  // There is one way to write a header, so writing what was read tells what the check must be.
  const Bytes expected = header.encode();
  if (in.bytes(kHeaderCheckSize) != Bytes(expected.end() - kHeaderCheckSize, expected.end())) {
    throw corrupt_at(start, "damaged header (checksum mismatch)");
  }
  if (header.block_size < kMinBlockSize || header.block_size > kMaxBlockSize) {
    throw corrupt_at(start, "damaged header (block size)");
  }
  return header;
}

Bytes BlockHeader::encode() const {
  Bytes out = {static_cast<uint8_t>(tag)};
  put_varint(out, raw_size);
  if (!stored()) put_varint(out, payload_size);
  put_little_endian(out, checksum, 8);
  return out;
}

BlockHeader BlockHeader::decode(Tag tag, uint64_t block_size, ByteReader& in) {
  const uint64_t start = in.position() - 1;
  BlockHeader block;
  block.tag = tag;
  block.raw_size = in.varint(kRawSizeBytes);
  if (block.raw_size == 0 || block.raw_size > block_size) throw corrupt_at(start, "damaged block header (raw size)");
  block.payload_size = block.stored() ? block.raw_size : in.varint(kRawSizeBytes);
  if (!block.stored() && block.payload_size >= block.raw_size) {
    throw corrupt_at(start, "damaged block header (packed size)");
  }
  block.checksum = in.little_endian(8);
  return block;
}

void IndexBuilder::add(const BlockHeader& block) {
  put_varint(entries_, block.payload_size << 1 | (block.stored() ? 1 : 0));
  ++blocks_;
  raw_size_ += block.raw_size;
  packed_size_ += block.encoded_size() + block.payload_size;
  Bytes link;
  put_little_endian(link, digest_, 8);
  put_little_endian(link, block.checksum, 8);
  digest_ = base::xxh3_64(link);
}

Bytes IndexBuilder::finish() const {
  Bytes index;
  put_varint(index, blocks_);
  put_bytes(index, entries_);
  put_varint(index, raw_size_);
  Footer footer;
  footer.packed_size = packed_size_ + 1 + index.size() + kFooterSize;
  footer.digest = digest_;
  footer.index_size = index.size();
  footer.check = footer.check_of(index);
  put_bytes(index, footer.encode());
  return index;
}

std::optional<Index> Index::decode(ByteSpan bytes) try {
  ByteReader in(bytes);
  Index index;
  const uint64_t count = in.varint(kCountBytes);
  if (count > kMaxBlocksPerMember) return std::nullopt;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t entry = in.varint(kEntryBytes);
    index.entries.push_back({.stored = (entry & 1) != 0, .payload_size = entry >> 1});
  }
  index.raw_size = in.varint(kTotalBytes);
  if (!in.at_end()) return std::nullopt;
  return index;
} catch (const Error&) {
  return std::nullopt;
}

Bytes Footer::encode() const {
  Bytes out;
  put_little_endian(out, packed_size, 8);
  put_little_endian(out, digest, 8);
  put_little_endian(out, index_size, 4);
  put_little_endian(out, check, 8);
  put_bytes(out, kFooterMagic);
  return out;
}

std::optional<Footer> Footer::decode(ByteSpan bytes) {
  if (!std::ranges::equal(bytes.last(kFooterMagic.size()), kFooterMagic)) return std::nullopt;
  ByteReader in(bytes);
  Footer footer;
  footer.packed_size = in.little_endian(8);
  footer.digest = in.little_endian(8);
  footer.index_size = in.little_endian(4);
  footer.check = in.little_endian(8);
  if (footer.index_size > kMaxIndexSize) return std::nullopt;
  return footer;
}

uint64_t Footer::check_of(ByteSpan index) const {
  Bytes covered(index.begin(), index.end());
  put_little_endian(covered, packed_size, 8);
  put_little_endian(covered, digest, 8);
  put_little_endian(covered, index_size, 4);
  return base::xxh3_64(covered);
}

}  // namespace lmzip::container
