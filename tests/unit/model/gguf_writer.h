// SPDX-License-Identifier: Apache-2.0
// GGUF files made by tests.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lmzip/bytes.h"

namespace lmzip::test {

class GgufWriter {
 public:
  uint64_t alignment = 32;
  uint32_t version = 3;

  template <typename T>
  static void put(Bytes& to, T number, size_t size = sizeof(T)) {
    for (size_t i = 0; i < size; ++i) to.push_back(static_cast<uint8_t>(static_cast<uint64_t>(number) >> 8 * i));
  }
  static void put_text(Bytes& to, std::string_view text) {
    put<uint64_t>(to, text.size());
    to.insert(to.end(), text.begin(), text.end());
  }

  /// A key with any type and these bytes.
  void raw(std::string_view key, uint32_t type, const Bytes& value) {
    put_text(keys_, key);
    put(keys_, type);
    keys_.insert(keys_.end(), value.begin(), value.end());
    ++key_count_;
  }
  void number(std::string_view key, uint32_t value) { raw(key, 4, bytes_of(value, 4)); }
  void real(std::string_view key, float value) { raw(key, 6, bytes_of(std::bit_cast<uint32_t>(value), 4)); }
  void boolean(std::string_view key, bool value) { raw(key, 7, {static_cast<uint8_t>(value)}); }
  void text(std::string_view key, std::string_view value) {
    Bytes bytes;
    put_text(bytes, value);
    raw(key, 8, bytes);
  }
  void texts(std::string_view key, const std::vector<std::string>& values) {
    Bytes bytes = array_of(8, values.size());
    for (const std::string& value : values) put_text(bytes, value);
    raw(key, 9, bytes);
  }
  void numbers(std::string_view key, const std::vector<int>& values) {
    Bytes bytes = array_of(5, values.size());
    for (const int value : values) put(bytes, value);
    raw(key, 9, bytes);
  }
  void reals(std::string_view key, const std::vector<float>& values) {
    Bytes bytes = array_of(6, values.size());
    for (const float value : values) put(bytes, std::bit_cast<uint32_t>(value));
    raw(key, 9, bytes);
  }
  static Bytes array_of(uint32_t type, uint64_t count) {
    Bytes bytes;
    put(bytes, type);
    put(bytes, count);
    return bytes;
  }

  /// An array of any type where the next one is due, or at an offset of the test's.
  void tensor(std::string_view name, const std::vector<uint64_t>& extents, uint32_t type, const Bytes& data) {
    tensor_at(data_.size(), name, extents, type);
    data_.insert(data_.end(), data.begin(), data.end());
    data_.resize((data_.size() + alignment - 1) / alignment * alignment);
  }
  void tensor_at(uint64_t offset, std::string_view name, const std::vector<uint64_t>& extents, uint32_t type) {
    put_text(tensors_, name);
    put(tensors_, static_cast<uint32_t>(extents.size()));
    for (const uint64_t extent : extents) put(tensors_, extent);
    put(tensors_, type);
    put(tensors_, offset);
    ++tensor_count_;
  }
  /// float32, `first`, `first` + 1/64 and so on.
  void floats(std::string_view name, const std::vector<uint64_t>& extents, float first) {
    uint64_t count = 1;
    for (const uint64_t extent : extents) count *= extent;
    Bytes data;
    for (uint64_t i = 0; i < count; ++i) {
      put(data, std::bit_cast<uint32_t>(first + static_cast<float>(i) / 64));
    }
    tensor(name, extents, 0, data);
  }

  Bytes file() const {
    Bytes file = {'G', 'G', 'U', 'F'};
    put(file, version);
    put(file, tensor_count_);
    put(file, key_count_);
    file.insert(file.end(), keys_.begin(), keys_.end());
    file.insert(file.end(), tensors_.begin(), tensors_.end());
    if (!data_.empty()) file.resize((file.size() + alignment - 1) / alignment * alignment);
    file.insert(file.end(), data_.begin(), data_.end());
    return file;
  }

 private:
  static Bytes bytes_of(uint32_t number, size_t size) {
    Bytes bytes;
    put(bytes, number, size);
    return bytes;
  }

  Bytes keys_, tensors_, data_;
  uint64_t key_count_ = 0, tensor_count_ = 0;
};

}  // namespace lmzip::test
