// SPDX-License-Identifier: Apache-2.0
#include "model/gguf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstring>
#include <utility>

#include "lmzip/error.h"
#include "model/json.h"

namespace lmzip::model {
namespace {

constexpr uint64_t kDefaultAlignment = 32;
// The least that a key and an array's entry take: what bounds their numbers before any is read.
constexpr uint64_t kLeastKey = 8 + 1 + 4 + 1;
constexpr uint64_t kLeastTensor = 8 + 1 + 4 + 8 + 4 + 8;

struct TypeEntry {
  std::string_view name;
  uint32_t size;  // of an element; of a string that of its length
};
// By the values of GgufType.
constexpr std::array<TypeEntry, 13> kTypes = {{{"u8", 1},
                                               {"i8", 1},
                                               {"u16", 2},
                                               {"i16", 2},
                                               {"u32", 4},
                                               {"i32", 4},
                                               {"f32", 4},
                                               {"bool", 1},
                                               {"string", 8},
                                               {"array", 12},
                                               {"u64", 8},
                                               {"i64", 8},
                                               {"f64", 8}}};
constexpr const TypeEntry& entry(GgufType type) { return kTypes[static_cast<size_t>(type)]; }

uint64_t little_endian(const uint8_t* from, size_t size) {
  uint64_t bits = 0;
  for (size_t i = size; i-- > 0;) bits = bits << 8 | from[i];
  return bits;
}

/// Where the reading stands. Whatever is taken is known to lie in the file.
class Cursor {
 public:
  explicit Cursor(ByteSpan file) : file_(file) {}

  uint64_t at() const { return at_; }
  uint64_t left() const { return file_.size() - at_; }
  Error error(ErrorKind kind, const std::string& message) const {
    return Error(kind, fmt::format("byte {}: {}", at_, message));
  }
  Error corrupt(const std::string& message) const { return error(ErrorKind::kCorrupt, message); }

  ByteSpan bytes(uint64_t size) {
    if (size > left()) throw corrupt("the file ends too early");
    const ByteSpan taken = file_.subspan(at_, size);
    at_ += size;
    return taken;
  }
  template <std::unsigned_integral T>
  T number() {
    return static_cast<T>(little_endian(bytes(sizeof(T)).data(), sizeof(T)));
  }
  std::string_view string(uint64_t most) {
    const auto size = number<uint64_t>();
    if (size > most) throw corrupt("a text is too long");
    const ByteSpan taken = bytes(size);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  std::string_view name() {
    const std::string_view taken = string(Gguf::kMaxName);
    if (taken.empty()) throw corrupt("a name is empty");
    return taken;
  }
  GgufType type() {
    const auto id = number<uint32_t>();
    if (id >= kTypes.size()) throw error(ErrorKind::kUnsupported, fmt::format("values of the type {}", id));
    return static_cast<GgufType>(id);
  }
  /// A number of things that take at least `least` bytes each.
  uint64_t count(uint64_t least, uint64_t most) {
    const auto count = number<uint64_t>();
    if (count > left() / least) throw corrupt(fmt::format("{} entries do not fit into the file", count));
    if (count > most) throw corrupt(fmt::format("{} entries are too many", count));
    return count;
  }

 private:
  ByteSpan file_;
  uint64_t at_ = 0;
};

GgufValue read_value(Cursor& file) {
  GgufValue value;
  value.type = file.type();
  if (value.type == GgufType::kArray) {
    value.array = true;
    value.type = file.type();
    if (value.type == GgufType::kArray) throw file.error(ErrorKind::kUnsupported, "an array of arrays");
    value.count = file.count(entry(value.type).size, UINT64_MAX);
  }
  value.position = file.at();
  if (value.type != GgufType::kString) {
    value.data = file.bytes(value.count * entry(value.type).size);
  } else {
    Cursor end = file;
    for (uint64_t i = 0; i < value.count; ++i) end.string(UINT64_MAX);
    value.data = file.bytes(end.at() - file.at());
  }
  return value;
}

/// An array's entry; its offset counts from where the data begin.
struct Place {
  std::string_view name;
  GgufTensor tensor;
  uint64_t offset = 0, size = 0;
};

Place read_place(Cursor& file) {
  Place place;
  place.name = file.name();
  try {
    GgufTensor& tensor = place.tensor;
    tensor.rank = file.number<uint32_t>();
    if (tensor.rank < 1 || tensor.rank > Gguf::kMaxRank) {
      throw file.corrupt(fmt::format("{} extents (1 to {})", tensor.rank, Gguf::kMaxRank));
    }
    std::array<uint64_t, Gguf::kMaxRank> extents{};
    uint64_t numbers = 1;
    for (uint32_t i = 0; i < tensor.rank; ++i) {
      extents[i] = file.number<uint64_t>();
      if (extents[i] == 0 || extents[i] > INT64_MAX / numbers) throw file.corrupt("its size is out of range");
      numbers *= extents[i];
    }
    tensor.columns = static_cast<int64_t>(extents[0]);
    tensor.rows = static_cast<int64_t>(numbers / extents[0]);
    const auto id = file.number<uint32_t>();
    tensor.type = &ggml_type(id);
    const uint64_t row = row_bytes(*tensor.type, extents[0]);
    if (row > UINT64_MAX / static_cast<uint64_t>(tensor.rows)) throw file.corrupt("its size is out of range");
    place.size = row * static_cast<uint64_t>(tensor.rows);
    place.offset = file.number<uint64_t>();
    return place;
  } catch (const Error& error) {
    throw error.within(fmt::format("tensor {}", shown(place.name)));
  }
}

void check_version(Cursor& file) {
  if (file.left() < 24) throw Error(ErrorKind::kCorrupt, "too short for a GGUF file");
  if (std::memcmp(file.bytes(4).data(), "GGUF", 4) != 0) throw Error(ErrorKind::kCorrupt, "not a GGUF file");
  const auto version = file.number<uint32_t>();
  if (version == 2 || version == 3) return;
  throw Error(ErrorKind::kUnsupported, version != 0 && version % 65536 == 0
                                           ? "a big-endian GGUF file (only little-endian ones can be read)"
                                           : fmt::format("GGUF version {} (only 2 and 3 can be read)", version));
}

bool is_real(GgufType type) { return type == GgufType::kF32 || type == GgufType::kF64; }
bool is_whole(GgufType type) {
  return !is_real(type) && type != GgufType::kBool && type != GgufType::kString && type != GgufType::kArray;
}

/// Element `i` of whole numbers; those beyond int64_t as INT64_MAX, which is beyond any range that is asked for.
int64_t whole(const GgufValue& value, uint64_t i) {
  const uint32_t size = entry(value.type).size;
  const uint64_t bits = little_endian(value.data.data() + i * size, size);
  switch (value.type) {
    case GgufType::kI8:
      return static_cast<int8_t>(bits);
    case GgufType::kI16:
      return static_cast<int16_t>(bits);
    case GgufType::kI32:
      return static_cast<int32_t>(bits);
    case GgufType::kI64:
      return static_cast<int64_t>(bits);
    default:
      return static_cast<int64_t>(std::min(bits, uint64_t{INT64_MAX}));
  }
}

double real(const GgufValue& value, uint64_t i) {
  if (!is_real(value.type)) return static_cast<double>(whole(value, i));
  const uint32_t size = entry(value.type).size;
  const uint64_t bits = little_endian(value.data.data() + i * size, size);
  return size == 4 ? double{std::bit_cast<float>(static_cast<uint32_t>(bits))} : std::bit_cast<double>(bits);
}

}  // namespace

void GgufTensor::read(int64_t row, std::span<float> out) const {
  const size_t blocks = static_cast<size_t>(columns) / type->block;
  type->read(data.data() + static_cast<size_t>(row) * blocks * type->bytes, blocks, out.data());
}

Gguf::Gguf(ByteSpan bytes) {
  Cursor file(bytes);
  check_version(file);
  const uint64_t tensors = file.count(kLeastTensor, kMaxTensors);
  const uint64_t keys = file.count(kLeastKey, kMaxKeys);
  for (uint64_t i = 0; i < keys; ++i) {
    const std::string_view name = file.name();
    try {
      if (!keys_.emplace(name, read_value(file)).second) throw file.corrupt("there twice");
    } catch (const Error& error) {
      throw error.within(fmt::format("key {}", shown(name)));
    }
  }
  std::vector<Place> places;
  for (uint64_t i = 0; i < tensors; ++i) places.push_back(read_place(file));

  uint64_t alignment = kDefaultAlignment;
  if (has("general.alignment")) {
    alignment = static_cast<uint64_t>(integer("general.alignment", 1, kMaxAlignment));
    if (!std::has_single_bit(alignment)) fail("general.alignment", "is not a power of two");
  }
  const uint64_t start = (file.at() + alignment - 1) & ~(alignment - 1);
  const ByteSpan data = bytes.subspan(std::min<uint64_t>(start, bytes.size()));
  std::ranges::sort(places, {}, &Place::offset);
  uint64_t end = 0;
  for (Place& place : places) {
    const auto refuse = [&](std::string_view complaint) {
      return Error(ErrorKind::kCorrupt, fmt::format("tensor {}: its data, {} bytes at {} of {}, {}", shown(place.name),
                                                    place.size, place.offset, data.size(), complaint));
    };
    if (place.offset > data.size() || place.size > data.size() - place.offset) throw refuse("end beyond the file");
    if (place.offset % alignment != 0) throw refuse(fmt::format("are not aligned to {}", alignment));
    if (place.offset < end) throw refuse("overlap what is before them");
    place.tensor.data = data.subspan(place.offset, place.size);
    end = place.offset + place.size;
    if (!tensors_.emplace(place.name, place.tensor).second) {
      throw Error(ErrorKind::kCorrupt, fmt::format("tensor {}: there twice", shown(place.name)));
    }
  }
}

void Gguf::fail(std::string_view key, const std::string& complaint) const {
  const auto found = keys_.find(key);
  const std::string where = found == keys_.end() ? "" : fmt::format(" (byte {})", found->second.position);
  throw Error(ErrorKind::kCorrupt, fmt::format("key {}{}: {}", shown(key), where, complaint));
}

const GgufValue& Gguf::value(std::string_view key, bool array, uint64_t most) const {
  const auto found = keys_.find(key);
  if (found == keys_.end()) fail(key, "is missing");
  if (found->second.array != array) fail(key, array ? "is no array" : "is an array");
  if (found->second.count > most) fail(key, fmt::format("{} elements are too many", found->second.count));
  return found->second;
}

std::string_view Gguf::text(std::string_view key) const {
  const GgufValue& found = value(key, false, 1);
  if (found.type != GgufType::kString) fail(key, "is no text");
  return {reinterpret_cast<const char*>(found.data.data()) + 8, found.data.size() - 8};
}

bool Gguf::boolean(std::string_view key) const {
  const GgufValue& found = value(key, false, 1);
  if (found.type != GgufType::kBool || found.data[0] > 1) fail(key, "is neither true nor false");
  return found.data[0] == 1;
}

int64_t Gguf::integer(std::string_view key, int64_t lowest, int64_t highest) const {
  const GgufValue& found = value(key, false, 1);
  if (!is_whole(found.type)) fail(key, "is no whole number");
  const int64_t integer = whole(found, 0);
  if (integer < lowest || integer > highest) fail(key, fmt::format("{} is not in {} to {}", integer, lowest, highest));
  return integer;
}

double Gguf::number(std::string_view key) const {
  const GgufValue& found = value(key, false, 1);
  if (!is_whole(found.type) && !is_real(found.type)) fail(key, "is no number");
  return real(found, 0);
}

std::vector<std::string_view> Gguf::texts(std::string_view key, uint64_t most) const {
  const GgufValue& found = value(key, true, most);
  if (found.type != GgufType::kString) fail(key, "holds no texts");
  std::vector<std::string_view> texts;
  texts.reserve(found.count);
  Cursor data(found.data);
  for (uint64_t i = 0; i < found.count; ++i) texts.push_back(data.string(UINT64_MAX));
  return texts;
}

std::vector<int64_t> Gguf::integers(std::string_view key, uint64_t most) const {
  const GgufValue& found = value(key, true, most);
  if (!is_whole(found.type)) fail(key, "holds no whole numbers");
  std::vector<int64_t> numbers(found.count);
  for (uint64_t i = 0; i < found.count; ++i) numbers[i] = whole(found, i);
  return numbers;
}

std::vector<double> Gguf::numbers(std::string_view key, uint64_t most) const {
  const GgufValue& found = value(key, true, most);
  if (!is_whole(found.type) && !is_real(found.type)) fail(key, "holds no numbers");
  std::vector<double> numbers(found.count);
  for (uint64_t i = 0; i < found.count; ++i) numbers[i] = real(found, i);
  return numbers;
}

const GgufTensor* Gguf::find(std::string_view tensor) const {
  const auto found = tensors_.find(tensor);
  return found == tensors_.end() ? nullptr : &found->second;
}

}  // namespace lmzip::model
