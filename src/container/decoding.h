// SPDX-License-Identifier: Apache-2.0
// From packed blocks to raw bytes in a sink: in parallel, in order, in bounded memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "container/format.h"
#include "container/ordered_tasks.h"
#include "lmzip/container.h"

namespace lmzip::container {

/// One block on its way through the decoder.
struct PackedBlock {
  uint64_t number = 0;  ///< counted from 1 over the whole file
  BlockHeader header;
  Bytes payload;
  uint64_t from = 0;  ///< the part [from, to) of the raw bytes that is wanted
  uint64_t to = 0;
};

/// Takes packed blocks in order and delivers their raw bytes in order, each only after its checksum held.
class BlockDecoder {
 public:
  /// Refuses (kUsage) options outside their ranges.
  BlockDecoder(Sink& sink, const ReadOptions& options, ProgressSink& progress);

  /// Runs `work`, which looks ahead of what was delivered (parsing, reading payloads). When that throws, everything
  /// that was added is delivered first, so that damage costs no byte before it.
  template <typename Work>
  auto ahead(Work work) {
    try {
      return work();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kCancelled) finish();
      throw;
    }
  }

  /// To be called for the member of the blocks that follow. One that needs a model gets its codec here, so that a
  /// missing model, or arithmetic that is not the encoder's, is noticed before anything is written (kUnsupported).
  void enter_member(const Header& header);

  /// Makes room for a block by delivering earlier ones, and finds its codec. To be called before its payload is read,
  /// so that nothing is read that the memory limit forbids. Errors: kLimit, kUnsupported, with "block N".
  void admit(uint64_t number, const BlockHeader& header);
  /// The block that admit() made room for.
  void add(PackedBlock block);

  /// Delivers everything that was added. To be called at the end.
  void finish();

  /// raw_bytes, blocks and stored_blocks of what was delivered.
  const StreamSummary& delivered() const { return delivered_; }

 private:
  struct RawBlock {
    BlockHeader header;
    Bytes raw;  ///< the wanted part
  };
  /// Whole blocks up to the first failure.
  struct Decoded {
    std::vector<RawBlock> blocks;
    uint64_t memory = 0;  ///< to be given back after delivery
    std::optional<Error> failure;
  };
  using CodecPointer = std::shared_ptr<const Compressor>;

  static Decoded decode(const Compressor* codec, std::vector<PackedBlock> batch, ProgressSink& progress);
  unsigned lanes() const;
  void find_codec();
  uint64_t memory_for(const BlockHeader& header);
  void submit_batch();
  void deliver_oldest();

  Sink& sink_;
  const ReadOptions& options_;
  ProgressSink& progress_;
  CodecRequest wanted_;  ///< of the current member
  CodecPointer codec_;   ///< made for found_
  CodecRequest found_;
  std::vector<PackedBlock> batch_;  ///< not yet submitted
  uint64_t batch_memory_ = 0;
  uint64_t memory_ = 0;  ///< of all blocks admitted and not yet delivered
  StreamSummary delivered_;
  OrderedTasks<Decoded> tasks_;
};

}  // namespace lmzip::container
