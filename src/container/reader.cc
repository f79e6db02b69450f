// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "container/decoding.h"
#include "container/parser.h"
#include "lmzip/container.h"

namespace lmzip {

ReadSummary read_container(Source& source, Sink& sink, const ReadOptions& options, ProgressSink& progress) {
  using container::Event;
  container::Parser parser(source);
  container::BlockDecoder decoder(sink, options, progress);
  std::optional<Error> index_error;
  uint64_t packed_bytes = 0;
  Event event;
  do {
    event = decoder.ahead([&] { return parser.next(); });
    switch (event) {
      case Event::kMember:
        decoder.enter_member(parser.header());
        break;
      case Event::kBlock: {
        const container::BlockHeader& header = parser.block();
        decoder.admit(parser.blocks(), header);
        decoder.add({.number = parser.blocks(),
                     .header = header,
                     .payload = decoder.ahead([&] { return parser.take_payload(); }),
                     .from = 0,
                     .to = header.raw_size});
        break;
      }
      case Event::kMemberEnd:
        if (!index_error) index_error = parser.index_error();
        break;
      case Event::kEnd:
        break;
    }
    progress.add_packed(parser.position() - packed_bytes);
    packed_bytes = parser.position();
  } while (event != Event::kEnd);
  decoder.finish();
  if (index_error) throw *index_error;
  ReadSummary summary;
  static_cast<StreamSummary&>(summary) = decoder.delivered();
  summary.packed_bytes = parser.trailing_garbage().value_or(packed_bytes);
  summary.members = parser.members();
  summary.trailing_garbage = parser.trailing_garbage();
  return summary;
}

}  // namespace lmzip
