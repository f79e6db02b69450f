// SPDX-License-Identifier: Apache-2.0
#include "cli/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>

#include "cli/models.h"
#include "lmzip/error.h"
#include "lmzip/registry.h"
#include "model/architecture.h"
#include "model/embedded.h"

namespace lmzip::cli {
namespace {

using media::NumberLayout;

/// Models of numbers have learnt what there is to learn of a picture after some hundred kilobytes, so that blocks may
/// be small enough for a photograph to have several, for as many threads. From level 4 on size counts more than time.
constexpr uint64_t kFastBlock = uint64_t{256} << 10;
constexpr uint64_t kGuidedBlock = uint64_t{1} << 20;
/// Of a unit that is larger a block begins anywhere.
constexpr uint64_t kLargestUnit = uint64_t{64} << 20;
/// Bytes of numbers on which codecs are compared.
constexpr size_t kTrial = 16384;
/// Bytes in which a row's width is looked for.
constexpr size_t kSearched = size_t{1} << 20;

NumberLayout layout_of(const RawNumbers& raw, PeekedSource& source) {
  NumberLayout layout{.kind = raw.width ? NumberLayout::Kind::kPixels : NumberLayout::Kind::kSamples,
                      .width = raw.width.value_or(0),
                      .channels = raw.channels,
                      .bits = raw.bits};
  if (raw.width != RawNumbers::kFindWidth) return layout;
  const std::optional<uint32_t> width = media::find_width(source.peek(kSearched), layout);
  if (!width) throw Error(ErrorKind::kUsage, "--width: no distance at which pixels are alike; give the row's pixels");
  layout.width = *width;
  return layout;
}

/// The codec for `layout`, hearing the network for it where `guided` and there is one inside.
std::string codec_of(const NumberLayout& layout, bool guided) {
  const bool pixels = layout.kind == NumberLayout::Kind::kPixels;
  std::string text = pixels ? fmt::format("pixels,width={}", layout.width) : "samples";
  if (layout.channels > 1) text += fmt::format(",channels={}", layout.channels);
  if (layout.bits != 8) text += fmt::format(",bits={}", layout.bits);
  if (layout.big_endian) text += ",order=big";
  if (layout.head > 0) text += fmt::format(",head={}", layout.head);
  if (layout.pad > 0) text += fmt::format(",pad={}", layout.pad);
  const std::string_view model = pixels ? kPixelsModel : kSpeechModel;
  const bool fits = !pixels || (layout.width > 1 && layout.width <= model::Architecture::kMaxRow);
  const bool known = fits && layout.channels == 1 && layout.bits == 8 && model::embedded_model(model) != nullptr;
  if (guided && known) text += fmt::format(",model={}", model);
  return text;
}

/// Blocks of whole rows, so that all begin alike; and of whole KiB, which is how the container counts. One such unit
/// may be much: 2049 pixels of three bytes are 6 MiB. Rows that no block of a sensible size can hold whole are cut
/// somewhere, and cost a little more.
uint64_t block_of_rows(const Options& options, const NumberLayout& layout, bool guided) {
  const uint64_t unit = std::lcm(layout.period(), kMinBlockSize);
  if (const uint64_t most = options.block_size) return unit <= most ? most - most % unit : most;
  const uint64_t wanted = guided ? kGuidedBlock : kFastBlock;
  return unit <= kLargestUnit ? (wanted + unit - 1) / unit * unit : wanted;
}

uint64_t packed_size(const Compressor& codec, ByteSpan block) {
  ProgressSink unwatched;
  return codec.compress({&block, 1}, unwatched).front().size();
}

/// Whether the codec for numbers is the better one for what `start` begins with.
bool are_numbers(const NumberLayout& layout, ByteSpan start) {
  const ByteSpan trial = start.first(std::min(start.size(), layout.head + kTrial));
  const std::string text = codec_of(layout, false);  // stands in the file's header
  const auto numbers = make_compressor(text, {}), general = make_compressor("mix:3", {});
  return packed_size(*numbers, trial) + text.size() < packed_size(*general, trial);
}

}  // namespace

std::optional<CompressionPlan> number_plan(const Options& options, const CompressionPlan& general,
                                           PeekedSource& source) {
  std::optional<NumberLayout> layout;
  if (options.raw) {
    layout = layout_of(*options.raw, source);
  } else if (!options.codec && !options.model && media::may_have_numbers(source.peek(4))) {
    const ByteSpan start = source.peek(media::kLayoutBytes + kTrial);
    layout = media::find_numbers(start);
    if (layout && !are_numbers(*layout, start)) layout.reset();
  }
  if (!layout) return std::nullopt;

  CompressionPlan plan = general;
  const bool guided = general.codec->info().parameter_bytes > 0;
  plan.codec = make_compressor(codec_of(*layout, guided), sources_by_name(options));
  plan.numbers = layout;
  WriteOptions& write = plan.write;
  if (options.member_size == 0) write.block_size = block_of_rows(options, *layout, guided);
  if (options.lanes == 0) write.lanes = plan.codec->info().preferred_lanes;
  return plan;
}

}  // namespace lmzip::cli
