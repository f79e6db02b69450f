// SPDX-License-Identifier: Apache-2.0
#include "model/checkpoint.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/file_io.h"
#include "base/mapped_file.h"
#include "lmzip/error.h"
#include "model/imported.h"
#include "model/llama2c.h"

namespace lmzip::model {
namespace {

enum class Form : uint8_t { kNone, kHuggingFace, kGguf, kLlama2c, kImported };

bool is_gguf(ByteSpan file) {
  constexpr std::string_view kMagic = "GGUF";
  return file.size() >= kMagic.size() && std::ranges::equal(file.first(kMagic.size()), kMagic);
}

Form form_of(const std::string& path) {
  std::error_code ignored;  // whatever it is, opening the file will find it, too
  if (std::filesystem::is_directory(path, ignored)) {
    return base::file_exists(path + "/config.json") ? Form::kHuggingFace : Form::kNone;
  }
  const base::MappedFile file(path);
  if (is_gguf(file.bytes())) return Form::kGguf;
  if (is_imported(file.bytes())) return Form::kImported;
  return is_llama2c(file.bytes()) ? Form::kLlama2c : Form::kNone;
}

}  // namespace

bool is_checkpoint(const std::string& path) {
  try {
    return form_of(path) != Form::kNone;
  } catch (const Error&) {
    return false;  // what cannot be read looks like nothing
  }
}

Decoder open_checkpoint(const std::string& path) {
  switch (form_of(path)) {
    case Form::kHuggingFace:
      return open_hugging_face(path);
    case Form::kGguf:
      return open_gguf(path);
    case Form::kLlama2c:
      return open_llama2c(path);
    case Form::kImported:
      return open_imported(path);
    default:
      throw Error(ErrorKind::kUnsupported, path +
                                               ": no checkpoint (known: a Hugging Face folder with a config.json, "
                                               "GGUF, llama2.c, or what 'lmzip model import' made)");
  }
}

}  // namespace lmzip::model
