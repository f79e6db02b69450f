// SPDX-License-Identifier: Apache-2.0
// What people should know of an imported checkpoint: NAME.json beside NAME.safetensors (FORMAT.md, section 5). Of
// checkpoints that were not imported it is made up when it is asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/decoder.h"

namespace lmzip::model {

/// A file that a checkpoint was read from.
struct SourceFile {
  std::string file;  ///< its name, without folders
  uint64_t bytes = 0;
  std::string digest;  ///< XXH3-128 of it, 32 hexadecimal digits

  bool operator==(const SourceFile&) const = default;
};

struct CheckpointCard {
  std::string name;
  std::string format;  ///< what it came in: "GGUF, llama, Q8_0"
  DecoderShape architecture;
  uint64_t parameters = 0;
  uint64_t file_bytes = 0;  ///< of the files that the numbers lie in
  std::string digest;       ///< of the network and vocabulary (digest_of()), not of a file
  std::string tokenizer;    ///< what kind, and how text is cut; empty: there is none
  uint64_t tokens = 0;
  std::vector<SourceFile> sources;
  std::string licence;  ///< as the sources tell it; empty: they do not

  bool operator==(const CheckpointCard&) const = default;
};

/// What `decoder` says of itself: all but its name and sources, and its digest only if it has been computed.
CheckpointCard describe(const Decoder& decoder);

/// The files that `decoder` was read from, hashed.
std::vector<SourceFile> sources_of(const Decoder& decoder);

/// JSON on several lines; and back. Errors: kCorrupt with the field's name for anything missing, unknown, out of range,
/// and for control characters.
std::string to_json(const CheckpointCard& card);
CheckpointCard parse_checkpoint_card(std::string_view json);

/// Refuses (kCorrupt, "the card does not match the weights: ...") a card that tells of other numbers, sizes, digests or
/// another tokenizer than `decoder` has. Sources are not looked for.
void check_card(const CheckpointCard& card, const Decoder& decoder);

/// The card beside the imported checkpoint at `path`; nothing if there is none. Errors begin with the card's path.
std::optional<CheckpointCard> find_checkpoint_card(const std::string& path);

}  // namespace lmzip::model
