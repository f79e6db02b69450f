// SPDX-License-Identifier: Apache-2.0
// The arrays of a Hugging Face folder, and the decoder's weights out of them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "model/decoder.h"
#include "model/safetensors.h"

namespace lmzip::model {

/// All arrays of a folder's model.safetensors, or of the files that its model.safetensors.index.json names, each mapped
/// once; they point into `files`.
struct FolderTensors {
  std::map<std::string, Tensor, std::less<>> tensors;
  std::vector<std::unique_ptr<const base::MappedFile>> files;
  std::vector<std::string> paths;  ///< of each file
};

/// Errors, beginning with the file's path: kIo; kCorrupt; kUnsupported for types of numbers that safetensors.h does not
/// know and for folders whose weights are in another format. Names of files with separators are kCorrupt.
FolderTensors open_folder_tensors(const std::string& folder);

/// Which lines of an array are meant, where it holds several matrices one after the other or mixed: line i is the
/// array's line first + i / group * step + i % group.
struct Lines {
  int64_t first = 0, group = 1, step = 1;

  int64_t at(int64_t i) const { return first + i / group * step + i % group; }
};

/// Where a weight comes from. A line is a row of a matrix, a column if it is stored transposed, a number of a vector.
struct Origin {
  Lines lines;
  int64_t parts = 1;  ///< how many weights share the array
  bool transposed = false;
};

/// Blocks of transposed matrices, kept as long as they are among the last that were read: reading one column touches as
/// much memory as reading those beside it. Thread-safe.
class ColumnCache;
std::shared_ptr<ColumnCache> make_column_cache();

/// The weight of shape `expected` in `tensor`, whose data must live as long as it is read; F32, F16 or BF16, widened
/// when they are read. Errors: kCorrupt (another shape), kUnsupported (another type), both without the array's name.
DecoderWeight weight_in(const Tensor& tensor, const TensorShape& expected, const Origin& origin,
                        const std::shared_ptr<ColumnCache>& cache);

}  // namespace lmzip::model
