// SPDX-License-Identifier: Apache-2.0
// The parts of a .lmz file, each with its encoder and its decoder. FORMAT.md is the specification.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "container/byte_reader.h"
#include "lmzip/bytes.h"
#include "lmzip/container.h"
#include "lmzip/error.h"

namespace lmzip::container {

using Magic = std::array<uint8_t, 4>;
inline constexpr Magic kMemberMagic = {'L', 'M', 'Z', 0xFA};
inline constexpr Magic kSkippableMagic = {'L', 'M', 'S', 0xFA};
inline constexpr Magic kFooterMagic = {0xFA, 'Z', 'M', 'L'};

inline constexpr uint8_t kFormatVersion = 1;
inline constexpr size_t kMaxCodecText = 255;
inline constexpr size_t kFooterSize = 32;
/// Count (3 bytes), an entry (5) for each block, total (8): see FORMAT.md, "Bounds".
inline constexpr uint64_t kMaxIndexSize = 3 + 5 * kMaxBlocksPerMember + 8;

/// What may follow a header or a block. Any two differ in four bits: no single damaged bit turns one into another.
enum class Tag : uint8_t {
  kCoded = 0x11,       ///< block: what the codec made of it
  kStored = 0x22,      ///< block: the raw bytes themselves
  kEnd = 0x44,         ///< end of a member of at most one block
  kIndexedEnd = 0x88,  ///< end of a member; index and footer follow
};

/// An error at an offset of the packed data.
Error error_at(ErrorKind kind, uint64_t position, const std::string& what);
inline Error corrupt_at(uint64_t position, const std::string& what) {
  return error_at(ErrorKind::kCorrupt, position, what);
}

void put_bytes(Bytes& out, ByteSpan bytes);
void put_varint(Bytes& out, uint64_t value);
/// The `size` low bytes of `value`, lowest first.
void put_little_endian(Bytes& out, uint64_t value, int size);
std::string hex(ByteSpan bytes);

/// First part of a member: all that a decoder must know.
struct Header {
  std::string codec;  ///< spec text: 1..255 printable ASCII characters
  Numerics numerics = Numerics::kPortable;
  /// Written as a number, with half the model's digest: of the codecs in FORMAT.md's list alone.
  bool compact = false;
  std::optional<std::array<uint8_t, 16>> model_digest;  ///< compact: the second half is zero
  std::optional<std::array<uint8_t, 8>> probe_digest;
  uint64_t block_size = 0;

  /// The header of members that `codec` makes, compact where it can be. Precondition: its digests have the lengths that
  /// CompressorInfo promises.
  static Header of(const CompressorInfo& codec, uint64_t block_size);
  /// What it says of the codec.
  CodecRequest request() const;

  /// With magic and check. Refuses (kUsage) a codec text that does not fit.
  Bytes encode() const;
  /// Reads what stands behind the magic; errors name the magic's place. kUnsupported: newer version or unknown flags;
  /// else kCorrupt.
  static Header decode(ByteReader& in);
};

/// What stands before the payload of a block.
struct BlockHeader {
  Tag tag = Tag::kStored;  ///< kCoded or kStored
  uint64_t raw_size = 0;
  uint64_t payload_size = 0;  ///< == raw_size if stored, < raw_size if coded
  uint64_t checksum = 0;      ///< XXH3-64 of the raw bytes

  bool stored() const { return tag == Tag::kStored; }
  Bytes encode() const;
  uint64_t encoded_size() const { return encode().size(); }
  /// Reads what stands behind the tag; errors name the tag's place.
  static BlockHeader decode(Tag tag, uint64_t block_size, ByteReader& in);
};

/// Collects the blocks of one member as they pass, in bounded memory, and makes the index and footer from them. Writers
/// write the result; readers compare it with what they find, which verifies every field at once.
class IndexBuilder {
 public:
  explicit IndexBuilder(uint64_t header_size) : packed_size_(header_size) {}
  void add(const BlockHeader& block);
  uint64_t blocks() const { return blocks_; }
  /// Index and footer.
  Bytes finish() const;

 private:
  Bytes entries_;
  uint64_t blocks_ = 0;
  uint64_t raw_size_ = 0;
  uint64_t packed_size_;  ///< of everything so far
  uint64_t digest_ = 0;   ///< chain over the checksums of the blocks, see FORMAT.md
};

/// An index that was read from the end of a member.
struct Index {
  struct Entry {
    bool stored;
    uint64_t payload_size;
  };
  std::vector<Entry> entries;
  uint64_t raw_size = 0;

  /// Nothing if it is malformed. Precondition: index.size() <= kMaxIndexSize.
  static std::optional<Index> decode(ByteSpan index);
};

/// The fixed-size last part of an indexed member.
struct Footer {
  uint64_t packed_size = 0;  ///< of the whole member
  uint64_t digest = 0;       ///< of the blocks' checksums
  uint64_t index_size = 0;
  uint64_t check = 0;  ///< XXH3-64 of the index and the three fields above

  Bytes encode() const;
  /// Nothing if `bytes` (kFooterSize) is no footer.
  static std::optional<Footer> decode(ByteSpan bytes);
  /// What `check` must be.
  uint64_t check_of(ByteSpan index) const;
};

}  // namespace lmzip::container
