// SPDX-License-Identifier: Apache-2.0
#include "container/byte_reader.h"

#include <string>

#include "container/format.h"
#include "lmzip/error.h"

namespace lmzip::container {

namespace {
constexpr size_t kFirstPiece = size_t{1} << 16;
constexpr size_t kLargestPiece = size_t{1} << 20;
}  // namespace

Bytes read_growing(uint64_t size, const std::function<size_t(uint8_t*, size_t)>& read) {
  Bytes bytes;
  size_t filled = 0;
  while (filled < size) {
    if (filled == bytes.size()) {
      const size_t allowed = std::min<uint64_t>(size, filled + std::max(filled, kFirstPiece));
      if (allowed > bytes.capacity()) bytes.reserve(allowed);
      bytes.resize(std::min(allowed, filled + kLargestPiece));
    }
    const size_t count = read(bytes.data() + filled, bytes.size() - filled);
    if (count == 0) break;
    filled += count;
  }
  bytes.resize(filled);
  return bytes;
}

uint8_t ByteReader::byte() {
  if (at_end()) truncated();
  const uint8_t value = ready_.front();
  ready_ = ready_.subspan(1);
  ++position_;
  return value;
}

uint64_t ByteReader::little_endian(int size) {
  uint64_t value = 0;
  for (int i = 0; i < size; ++i) value |= uint64_t{byte()} << (8 * i);
  return value;
}

uint64_t ByteReader::varint(int max_bytes) {
  const uint64_t start = position_;
  uint64_t value = 0;
  for (int i = 0; i < max_bytes; ++i) {
    const uint8_t next = byte();
    value |= uint64_t{next & 0x7Fu} << (7 * i);
    if (next < 0x80) {
      if (next == 0 && i > 0) break;
      return value;
    }
  }
  throw corrupt_at(start, "malformed number");
}

Bytes ByteReader::bytes_until_end(uint64_t size) {
  return read_growing(size, [this](uint8_t* data, size_t wanted) {
    size_t count = 0;
    if (ready_.empty() && wanted >= buffer_.size()) {
      count = fetch(position_, data, wanted);  // nothing to gain from the buffer
    } else if (!at_end()) {
      count = std::min(wanted, ready_.size());
      std::copy_n(ready_.begin(), count, data);
      ready_ = ready_.subspan(count);
    }
    position_ += count;
    return count;
  });
}

Bytes ByteReader::bytes(uint64_t size) {
  Bytes result = bytes_until_end(size);
  if (result.size() < size) truncated();
  return result;
}

void ByteReader::skip(uint64_t size) {
  const size_t buffered = std::min<uint64_t>(size, ready_.size());
  ready_ = ready_.subspan(buffered);
  position_ += buffered;
  size -= buffered;
  if (random_ != nullptr) {
    const uint64_t left = random_->size() - std::min(position_, random_->size());
    position_ += std::min(size, left);
    if (size > left) truncated();
    return;
  }
  while (size > 0) {
    if (at_end()) truncated();
    const size_t count = std::min<uint64_t>(size, ready_.size());
    ready_ = ready_.subspan(count);
    position_ += count;
    size -= count;
  }
}

bool ByteReader::refill() {
  ready_ = ByteSpan(buffer_).first(fetch(position_, buffer_.data(), buffer_.size()));
  return !ready_.empty();
}

size_t ByteReader::fetch(uint64_t offset, uint8_t* data, size_t size) {
  if (random_ != nullptr) return random_->read_at(offset, data, size);
  return stream_ != nullptr ? stream_->read(data, size) : 0;
}

void ByteReader::truncated() const { throw corrupt_at(position_, "truncated: the data ends here"); }

}  // namespace lmzip::container
