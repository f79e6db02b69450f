// SPDX-License-Identifier: Apache-2.0
#include "model/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "lmzip/error.h"
#include "model/byte_order.h"
#include "model/json.h"

namespace lmzip::model {
namespace {

constexpr size_t kLengthSize = 8;  // of the number in front of the header
constexpr size_t kAlignment = 64;  // of the data, for the loads of any instruction set

struct DtypeEntry {
  std::string_view name;
  size_t size;
};
// By the values of Dtype.
constexpr std::array<DtypeEntry, 13> kDtypes = {{{"F64", 8},
                                                 {"F32", 4},
                                                 {"F16", 2},
                                                 {"BF16", 2},
                                                 {"I64", 8},
                                                 {"I32", 4},
                                                 {"I16", 2},
                                                 {"I8", 1},
                                                 {"U64", 8},
                                                 {"U32", 4},
                                                 {"U16", 2},
                                                 {"U8", 1},
                                                 {"BOOL", 1}}};

Error corrupt(const std::string& message) { return Error(ErrorKind::kCorrupt, message); }

/// What a tensor takes, if 64 bits can say it.
std::optional<uint64_t> byte_size(const Tensor& tensor) {
  uint64_t size = dtype_size(tensor.dtype);
  for (const uint64_t extent : tensor.shape) {
    if (extent != 0 && size > UINT64_MAX / extent) return std::nullopt;
    size *= extent;
  }
  return size;
}

Dtype parse_dtype(const std::string& name) {
  const auto found = std::ranges::find(kDtypes, name, &DtypeEntry::name);
  if (found == kDtypes.end()) {
    throw Error(ErrorKind::kUnsupported, fmt::format("numbers of the type '{}' are not known", shown(name)));
  }
  return static_cast<Dtype>(found - kDtypes.begin());
}

/// A tensor and where its data begin; `first` orders them.
struct Place {
  uint64_t first = 0;
  uint64_t last = 0;
  Tensor tensor;
};

Place parse_tensor(const std::string& name, const nlohmann::json& entry, ByteSpan data) {
  Place place;
  place.tensor.name = name;
  JsonFields fields(entry, "header");
  place.tensor.dtype = parse_dtype(fields.text("dtype"));
  const auto unsigned_numbers = [&](const char* field, size_t max_count) {
    std::vector<uint64_t> numbers;
    for (const nlohmann::json& number : fields.array(field)) {
      if (!number.is_number_unsigned()) fields.fail(field, "holds something else than whole numbers");
      if (numbers.size() == max_count) fields.fail(field, "is too long");
      numbers.push_back(number.get<uint64_t>());
    }
    return numbers;
  };
  place.tensor.shape = unsigned_numbers("shape", Safetensors::kMaxRank);
  const std::vector<uint64_t> offsets = unsigned_numbers("data_offsets", 2);
  fields.finish();
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data.size()) {
    throw corrupt(fmt::format("its offsets do not lie within the file's {} bytes of data", data.size()));
  }
  place.first = offsets[0];
  place.last = offsets[1];
  if (place.last - place.first != byte_size(place.tensor)) throw corrupt("its offsets do not match its shape");
  place.tensor.data = data.subspan(place.first, place.last - place.first);
  return place;
}

Metadata parse_metadata(const nlohmann::json& entry) {
  JsonFields fields(entry, "__metadata__");
  Metadata metadata;
  for (const auto& [name, value] : entry.items()) metadata[name] = fields.text(name);
  return metadata;
}

std::string header_of(const Safetensors& contents) try {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!contents.metadata.empty()) header["__metadata__"] = contents.metadata;
  uint64_t offset = 0;
  for (const Tensor& tensor : contents.tensors) {
    const std::string where = fmt::format("tensor {}", shown(tensor.name));
    if (tensor.name == "__metadata__" || header.contains(tensor.name)) {
      throw Error(ErrorKind::kUsage, where + ": the name is taken");
    }
    const size_t size = dtype_size(tensor.dtype);
    const std::optional<uint64_t> bytes = byte_size(tensor);
    if (tensor.shape.size() > Safetensors::kMaxRank || !bytes || offset % size != 0) {
      throw Error(ErrorKind::kUsage, where + ": its data match neither its shape nor their place");
    }
    header[tensor.name] = {
        {"dtype", dtype_name(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {offset, offset + *bytes}}};
    offset += *bytes;
  }
  std::string text = header.dump();
  text.append((kAlignment - (kLengthSize + text.size()) % kAlignment) % kAlignment, ' ');
  if (text.size() > Safetensors::kMaxHeader) throw Error(ErrorKind::kUsage, "too many tensors for one file");
  return text;
} catch (const nlohmann::json::type_error&) {
  throw Error(ErrorKind::kUsage, "names in model files are UTF-8");
}

}  // namespace

std::string_view dtype_name(Dtype dtype) { return kDtypes.at(static_cast<size_t>(dtype)).name; }

size_t dtype_size(Dtype dtype) { return kDtypes.at(static_cast<size_t>(dtype)).size; }

Safetensors read_safetensors(ByteSpan file, size_t max_header) {
  if (file.size() < kLengthSize) throw corrupt("too short for a safetensors file");
  uint64_t length = 0;
  for (size_t i = kLengthSize; i-- > 0;) length = length << 8 | file[i];
  file = file.subspan(kLengthSize);
  if (length > max_header) throw corrupt("not a safetensors file (its header would be too long)");
  if (length > file.size()) throw corrupt("the header ends beyond the file");
  const std::string_view text(reinterpret_cast<const char*>(file.data()), length);
  const nlohmann::json header = parse_json(text, max_header, "header");
  if (!header.is_object()) throw corrupt("header: not an object");

  const ByteSpan data = file.subspan(length);
  Safetensors contents;
  std::vector<Place> places;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      contents.metadata = parse_metadata(entry);
    } else {
      try {
        places.push_back(parse_tensor(name, entry, data));
      } catch (const Error& error) {
        throw error.within(fmt::format("tensor {}", shown(name)));
      }
    }
  }
  std::ranges::sort(places, {}, [](const Place& place) { return std::pair(place.first, place.last); });
  uint64_t end = 0;
  for (Place& place : places) {
    if (place.first != end) {
      throw corrupt(fmt::format("tensor {}: {} what is before it", shown(place.tensor.name),
                                place.first < end ? "overlaps" : "does not follow"));
    }
    end = place.last;
    contents.tensors.push_back(std::move(place.tensor));
  }
  if (end != data.size()) throw corrupt(fmt::format("{} bytes behind the last tensor", data.size() - end));
  return contents;
}

Bytes safetensors_head(const Safetensors& contents) {
  const std::string header = header_of(contents);
  Bytes head(kLengthSize + header.size());
  for (size_t i = 0; i < kLengthSize; ++i) head[i] = static_cast<uint8_t>(uint64_t{header.size()} >> 8 * i);
  std::ranges::copy(header, head.begin() + kLengthSize);
  return head;
}

Bytes write_safetensors(const Safetensors& contents) {
  Bytes file = safetensors_head(contents);
  size_t at = file.size(), size = at;
  for (const Tensor& tensor : contents.tensors) {
    if (byte_size(tensor) != tensor.data.size()) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("tensor {}: its data match neither its shape nor their place", shown(tensor.name)));
    }
    size += tensor.data.size();
  }
  file.resize(size);
  for (const Tensor& tensor : contents.tensors) {
    copy_little_endian(tensor.data, dtype_size(tensor.dtype), file.data() + at);
    at += tensor.data.size();
  }
  return file;
}

}  // namespace lmzip::model
