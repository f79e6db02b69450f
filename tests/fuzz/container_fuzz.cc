// SPDX-License-Identifier: Apache-2.0
// Two games, told apart by the first byte. Any bytes as a file: all readers agree on it, whatever it is. Or (first byte
// kRoundTrip) a stream that is written, damaged in up to three bytes and read: never wrong bytes, never silent loss.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>

#include "lmzip/container.h"
#include "unit/container/memory_io.h"

namespace {

using lmzip::Bytes;
using lmzip::ByteSpan;
using lmzip::test::Outcome;

constexpr uint8_t kRoundTrip = 0xF0;
constexpr int kMaxDamage = 3;  // four bytes suffice to make a skippable frame of a member

void require(bool holds) {
  if (!holds) std::abort();
}

/// Every codec text means run lengths here, so that headers can vary.
lmzip::ReadOptions options(unsigned lanes) {
  lmzip::ReadOptions options;
  options.lanes = lanes;
  options.memory_limit = uint64_t{1} << 26;
  options.codec_for = [](const lmzip::CodecRequest& request) {
    return std::make_shared<lmzip::test::RleCodec>(request.spec);
  };
  return options;
}

std::optional<lmzip::Listing> listing_of(ByteSpan file, lmzip::Listing (*make)(lmzip::RandomSource&)) try {
  lmzip::test::MemoryFile source(file);
  return make(source);
} catch (const lmzip::Error&) {
  return std::nullopt;
}

void expect_tiling(const lmzip::Listing& listing) {
  uint64_t raw_end = 0;
  uint64_t packed_end = 0;
  for (const lmzip::MemberEntry& member : listing.members) {
    require(member.packed_offset >= packed_end);
    packed_end = member.packed_offset;
    for (const lmzip::BlockEntry& block : member.blocks) {
      require(block.raw_offset == raw_end && block.packed_offset >= packed_end);
      raw_end += block.raw_size;
      packed_end = block.packed_offset + block.packed_size;
    }
    require(member.packed_offset + member.packed_size > packed_end);
    packed_end = member.packed_offset + member.packed_size;
  }
  require(raw_end == listing.raw_size && packed_end <= listing.packed_size);
}

void read_anything(ByteSpan file) {
  const Outcome whole = lmzip::test::unpack(file, options(1));
  const Outcome batched = lmzip::test::unpack(file, options(3));
  require(whole.error == batched.error && whole.message == batched.message && whole.bytes == batched.bytes);
  const auto listing = listing_of(file, lmzip::list_container);
  const auto checked = listing_of(file, lmzip::check_structure);
  if (listing) expect_tiling(*listing);
  if (whole.ok()) {
    require(listing && checked && listing->raw_size == whole.bytes.size());
    require(listing->trailing_garbage == whole.summary.trailing_garbage);
    require(checked->trailing_garbage == whole.summary.trailing_garbage);
  }
  for (const uint64_t offset : {uint64_t{0}, uint64_t{1000}, uint64_t{whole.bytes.size() / 2}}) {
    const Outcome range = lmzip::test::unpack_range(file, offset, 1500, options(2));
    if (whole.ok()) require(range.ok());
    if (whole.ok()) require(range.bytes == lmzip::test::slice(whole.bytes, offset, 1500));
  }
}

/// Bytes of the input, zeros behind its end.
class Choices {
 public:
  explicit Choices(ByteSpan bytes) : rest_(bytes) {}
  uint8_t next() {
    if (rest_.empty()) return 0;
    const uint8_t value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }
  ByteSpan rest() const { return rest_; }

 private:
  ByteSpan rest_;
};

void write_damage_read(Choices choices) {
  lmzip::WriteOptions writing;
  writing.block_size = 1024 * (1 + choices.next() % 3u);
  writing.member_size = writing.block_size * (choices.next() % 4u);
  writing.lanes = 1 + choices.next() % 4u;
  std::vector<std::pair<uint64_t, uint8_t>> damage(choices.next() % (kMaxDamage + 1u));
  for (auto& [at, change] : damage) {
    at = choices.next();
    at = at << 8 | choices.next();
    change = choices.next();
  }
  const Bytes raw(choices.rest().begin(), choices.rest().end());
  const Bytes good = lmzip::test::pack(raw, writing);
  Bytes file = good;
  for (const auto& [at, change] : damage) file[at % file.size()] ^= change;

  const Outcome back = lmzip::test::unpack(file, options(2));
  require(back.bytes.size() <= raw.size() && std::equal(back.bytes.begin(), back.bytes.end(), raw.begin()));
  if (back.ok() && !back.summary.trailing_garbage) require(back.bytes == raw);
  if (file == good) require(back.ok());
  read_anything(file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteSpan input(data, size);
  if (size > 0 && data[0] == kRoundTrip) {
    write_damage_read(Choices(input.subspan(1)));
  } else {
    read_anything(input);
  }
  return 0;
}
