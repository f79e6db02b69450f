// SPDX-License-Identifier: Apache-2.0
#include "model/hugging_face_tensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <mutex>

#include "base/file_io.h"
#include "lmzip/error.h"
#include "model/ggml_types.h"
#include "model/json.h"

namespace lmzip::model {
namespace {

constexpr size_t kMaxIndex = size_t{1} << 24;  // 150 bytes for an array, so a hundred thousand of them
constexpr const char* kSingle = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

Error corrupt(const std::string& message) { return Error(ErrorKind::kCorrupt, message); }

void add_file(FolderTensors& all, const std::string& path) {
  auto file = std::make_unique<const base::MappedFile>(path);
  try {
    for (Tensor& tensor : read_safetensors(file->bytes(), Safetensors::kMaxForeignHeader).tensors) {
      const std::string name = tensor.name;
      if (!all.tensors.emplace(name, std::move(tensor)).second) {
        throw corrupt(fmt::format("tensor {}: another file has it, too", shown(name)));
      }
    }
  } catch (const Error& error) {
    throw error.within(path);
  }
  all.files.push_back(std::move(file));
  all.paths.push_back(path);
}

/// Of each array the file that has it.
std::map<std::string, std::string> read_index(const std::string& path) {
  const base::MappedFile file(path);
  try {
    const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
    const nlohmann::json parsed = parse_json(text, kMaxIndex, "index");
    JsonFields index(parsed, "index");
    const nlohmann::json& entries = index.at("weight_map");
    JsonFields names(entries, "weight_map");
    std::map<std::string, std::string> files;
    for (const auto& [tensor, entry] : entries.items()) {
      const std::string name = names.text(tensor);
      // Beside the index and nowhere else.
      if (name.empty() || name.front() == '.' ||
          name.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos) {
        throw corrupt(fmt::format("weight_map: '{}' is no plain name of a file", shown(name)));
      }
      files[tensor] = name;
    }
    return files;
  } catch (const Error& error) {
    throw error.within(path);
  }
}

/// How to read numbers of that type; ggml has the same three, by these numbers.
const GgmlType& type_of(const Tensor& tensor) {
  if (tensor.dtype == Dtype::kF32) return ggml_type(0);
  if (tensor.dtype == Dtype::kF16) return ggml_type(1);
  if (tensor.dtype == Dtype::kBf16) return ggml_type(30);
  throw Error(ErrorKind::kUnsupported,
              fmt::format("weights of the type {} are not known (known: F32, F16, BF16)", dtype_name(tensor.dtype)));
}

}  // namespace

FolderTensors open_folder_tensors(const std::string& folder) {
  const auto path = [&](const std::string& name) { return (std::filesystem::path(folder) / name).string(); };
  FolderTensors all;
  if (base::file_exists(path(kSingle))) {
    add_file(all, path(kSingle));
  } else if (base::file_exists(path(kIndex))) {
    const std::map<std::string, std::string> places = read_index(path(kIndex));
    std::map<std::string, const base::MappedFile*> files;
    for (const auto& [tensor, name] : places) files.emplace(name, nullptr);
    for (auto& [name, file] : files) {
      add_file(all, path(name));
      file = all.files.back().get();
    }
    for (const auto& [name, file] : places) {
      const auto found = all.tensors.find(name);
      const ByteSpan bytes = files.at(file)->bytes();
      const bool there = found != all.tensors.end() && found->second.data.data() >= bytes.data() &&
                         found->second.data.data() <= bytes.data() + bytes.size();
      if (!there) throw corrupt(fmt::format("{}: tensor {} is missing", path(file), shown(name)));
    }
  } else {
    const bool pickled = base::file_exists(path("pytorch_model.bin"));
    throw Error(pickled ? ErrorKind::kUnsupported : ErrorKind::kIo,
                fmt::format("{}: neither {} nor {}{}", folder, kSingle, kIndex,
                            pickled ? ", and pytorch_model.bin is a program, which is not run" : ""));
  }
  return all;
}

class ColumnCache {
 public:
  using Block = std::vector<float>;  // [columns of the block][rows of the matrix]
  static constexpr int64_t kBlock = 32;

  /// Column `column` of data [rows][columns].
  void read(const Tensor& tensor, int64_t column, std::span<float> out) {
    const std::shared_ptr<const Block> block = find(tensor, column / kBlock);
    const auto at = static_cast<size_t>(column % kBlock) * out.size();
    std::copy_n(block->begin() + static_cast<std::ptrdiff_t>(at), out.size(), out.begin());
  }

 private:
  static constexpr size_t kBlocks = 32;  // more than there are threads, else each would throw out what another reads

  struct Entry {
    const uint8_t* data = nullptr;  // of its tensor
    int64_t index = 0;
    uint64_t used = 0;
    std::shared_ptr<const Block> block;
  };

  std::shared_ptr<const Block> find(const Tensor& tensor, int64_t index) {
    const auto lookup = [&]() -> std::shared_ptr<const Block> {
      const auto found = std::ranges::find_if(
          entries_, [&](const Entry& e) { return e.block && e.data == tensor.data.data() && e.index == index; });
      if (found == entries_.end()) return nullptr;
      found->used = ++clock_;
      return found->block;
    };
    {
      const std::lock_guard lock(mutex_);
      if (auto block = lookup()) return block;
    }
    auto block = transpose(tensor, index);
    const std::lock_guard lock(mutex_);
    if (auto others = lookup()) return others;
    *std::ranges::min_element(entries_, {}, &Entry::used) = {tensor.data.data(), index, ++clock_, block};
    return block;
  }

  static std::shared_ptr<const Block> transpose(const Tensor& tensor, int64_t index) {
    const auto rows = static_cast<size_t>(tensor.shape[0]);
    const auto columns = static_cast<size_t>(tensor.shape[1]);
    const auto first = static_cast<size_t>(index * kBlock);
    const size_t width = std::min(static_cast<size_t>(kBlock), columns - first);
    const GgmlType& type = type_of(tensor);
    auto block = std::make_shared<Block>(width * rows);
    std::array<float, kBlock> line{};
    for (size_t row = 0; row < rows; ++row) {
      type.read(tensor.data.data() + (row * columns + first) * type.bytes, width, line.data());
      for (size_t i = 0; i < width; ++i) (*block)[i * rows + row] = line[i];
    }
    return block;
  }

  std::mutex mutex_;
  std::array<Entry, kBlocks> entries_;
  uint64_t clock_ = 0;
};

std::shared_ptr<ColumnCache> make_column_cache() { return std::make_shared<ColumnCache>(); }

DecoderWeight weight_in(const Tensor& tensor, const TensorShape& expected, const Origin& origin,
                        const std::shared_ptr<ColumnCache>& cache) {
  const GgmlType& type = type_of(tensor);
  const auto lines = static_cast<uint64_t>((expected.matrix ? expected.rows : expected.columns) * origin.parts);
  std::vector<uint64_t> shape = {lines};
  if (expected.matrix) shape.push_back(static_cast<uint64_t>(expected.columns));
  if (origin.transposed) std::ranges::reverse(shape);
  if (tensor.shape != shape) {
    throw corrupt(fmt::format("its shape is [{}], not [{}]", fmt::join(tensor.shape, ", "), fmt::join(shape, ", ")));
  }
  DecoderWeight weight{expected.rows, expected.columns, {}};
  const auto place = [data = tensor.data.data(), at = origin.lines](int64_t line, size_t bytes) {
    return data + static_cast<size_t>(at.at(line)) * bytes;
  };
  if (origin.transposed) {
    weight.read = [tensor, at = origin.lines, cache](int64_t row, std::span<float> out) {
      cache->read(tensor, at.at(row), out);
    };
  } else if (expected.matrix) {
    weight.read = [place, &type](int64_t row, std::span<float> out) {
      type.read(place(row, out.size() * type.bytes), out.size(), out.data());
    };
  } else {
    weight.read = [place, &type](int64_t, std::span<float> out) {
      for (size_t i = 0; i < out.size(); ++i) type.read(place(static_cast<int64_t>(i), type.bytes), 1, &out[i]);
    };
  }
  return weight;
}

}  // namespace lmzip::model
