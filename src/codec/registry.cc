// SPDX-License-Identifier: Apache-2.0
#include "lmzip/registry.h"

#include <fmt/format.h>

#include <utility>

#include "codec/classical.h"
#include "codec/code_length_predictor.h"
#include "codec/either.h"
#include "codec/predictive_compressor.h"
#include "codec/spec.h"
#include "lmzip/error.h"
#include "lmzip/model_store.h"
#include "model/embedded.h"
#include "predict/checkpoint_predictor.h"
#include "predict/guided_predictor.h"
#include "predict/lm_predictor.h"
#include "predict/mix_predictor.h"
#include "predict/number_predictor.h"
#include "predict/order_predictor.h"
#include "predict/uniform_predictor.h"

namespace lmzip {
namespace {

using codec::Spec;

/// One codec: a factory for what it is by nature. Exactly one of them is there; the adapters make the other.
struct Entry {
  std::string_view name;
  std::string_view options;
  std::string_view summary;
  std::unique_ptr<Compressor> (*compressor)(Spec& spec);
  std::shared_ptr<const Predictor> (*predictor)(Spec& spec, const CodecSources& sources);
};

constexpr codec::IntRange kMixLevels{predict::kMixMinLevel, predict::kMixMaxLevel, predict::kMixDefaultLevel};

std::unique_ptr<Compressor> lzma2(Spec& spec) {
  std::string_view preset = spec.value();
  codec::Lzma2Options options;
  options.extreme = preset.ends_with('e');
  if (options.extreme) preset.remove_suffix(1);
  if (!spec.value().empty()) options.preset = spec.level(preset, codec::kLzma2Presets);
  return codec::make_lzma2(options);
}

std::unique_ptr<Compressor> png(Spec& spec) {
  return codec::make_png({.level = spec.level(codec::kPngLevels), .width = spec.option("width", codec::kPngWidths)});
}

std::unique_ptr<Compressor> flac(Spec& spec) {
  const codec::FlacOptions options{.level = spec.level(codec::kFlacLevels), .bits = spec.option("bits", {8, 16, 8})};
  if (options.bits != 8 && options.bits != 16) spec.fail("bits is 8 or 16");
  return codec::make_flac(options);
}

template <int kOrder>
std::shared_ptr<const Predictor> order(Spec&, const CodecSources&) {
  return predict::make_order(kOrder);
}

std::string checked_name(const Spec& spec, std::string name) {
  if (!is_model_name(name)) {
    spec.fail("'" + name + "' is not the name of a model (up to 100 lower-case letters, digits, '.', '_', '-')");
  }
  return name;
}

std::string model_name(Spec& spec, std::string_view fallback) {
  const std::string_view name = spec.value();
  return checked_name(spec, std::string(name.empty() ? fallback : name));
}

std::shared_ptr<const model::Model> find_model(const CodecSources& sources, const std::string& name) {
  return sources.model ? sources.model(name) : ModelStore().find(name);
}

std::shared_ptr<const Predictor> mix(Spec& spec, const CodecSources& sources) {
  const int level = static_cast<int>(spec.level(kMixLevels));
  const std::string_view word = spec.word("model");
  if (word.empty()) return predict::make_mix(level);
  const std::string name = checked_name(spec, std::string(word));
  const auto model = find_model(sources, name);
  try {
    return predict::make_guided(model, {.level = level, .name = name});
  } catch (const Error& error) {
    throw error.within("model " + name);
  }
}

std::shared_ptr<const Predictor> lm(Spec& spec, const CodecSources& sources) {
  const std::string name = model_name(spec, kDefaultModel);
  const unsigned chunk = spec.option("chunk", {0, predict::kMaxChunk, 0});
  const unsigned width = spec.option("width", {2, model::Architecture::kMaxRow, 0});
  if (chunk != 0 && chunk < predict::kMinChunk) spec.fail("chunk is 0 or 64-65536");
  const auto model = find_model(sources, name);
  try {
    return predict::make_lm(model, {.name = name, .chunk = chunk, .width = width});
  } catch (const Error& error) {
    throw error.within("model " + name);
  }
}

/// Without padding, which only rows have.
predict::NumberFraming framing_of(Spec& spec) {
  return {.head = spec.option("head", {0, predict::kMaxHead, 0}),
          .big_endian = spec.choice("order", {"little", "big"}) == 1};
}

/// The model that `spec` names, if it does; `make` gets it.
template <typename Make>
std::shared_ptr<const Predictor> with_guide(Spec& spec, const CodecSources& sources, const Make& make) {
  const std::string_view word = spec.word("model");
  if (word.empty()) return make(predict::NumberGuide{});
  const std::string name = checked_name(spec, std::string(word));
  const auto model = find_model(sources, name);
  try {
    return make(predict::NumberGuide{.model = model, .name = name});
  } catch (const Error& error) {
    throw error.within("model " + name);
  }
}

std::shared_ptr<const Predictor> pixels(Spec& spec, const CodecSources& sources) {
  const numbers::PixelLayout layout{.width = spec.option("width", {1, numbers::kMaxWidth, 64}),
                                    .channels = spec.option("channels", {1, numbers::kMaxChannels, 1}),
                                    .bits = spec.option("bits", {8, 16, 8})};
  if (layout.bits != 8 && layout.bits != 16) spec.fail("bits is 8 or 16");
  predict::NumberFraming framing = framing_of(spec);
  framing.pad = spec.option("pad", {0, predict::kMaxPad, 0});
  return with_guide(spec, sources,
                    [&](const predict::NumberGuide& guide) { return predict::make_pixels(layout, framing, guide); });
}

std::shared_ptr<const Predictor> samples(Spec& spec, const CodecSources& sources) {
  const numbers::SampleLayout layout{.channels = spec.option("channels", {1, numbers::kMaxChannels, 1}),
                                     .bits = spec.option("bits", {8, 24, 8})};
  if (layout.bits % 8 != 0) spec.fail("bits is 8, 16 or 24");
  const predict::NumberFraming framing = framing_of(spec);
  return with_guide(spec, sources,
                    [&](const predict::NumberGuide& guide) { return predict::make_samples(layout, framing, guide); });
}

std::shared_ptr<const Predictor> checkpoint(Spec& spec, const CodecSources& sources) {
  const std::string name = model_name(spec, "checkpoint");
  const unsigned bits = spec.option("bits", {8, 32, 0});  // 0: not given
  const unsigned top = spec.option("top", {1, FrequencyTable::kMaxSymbols, 0});
  const bool by_torch = spec.choice("engine", {"portable", "torch"}) == 1;
  if (bits != 0 && bits != 8 && bits != 32) spec.fail("bits is 8 or 32");
  if (bits != 0 && by_torch) spec.fail("bits is for engine=portable; torch computes in float32");
  if (by_torch && !sources.torch_engine) {
    throw Error(ErrorKind::kUnsupported, "codec 'checkpoint:" + name + ",engine=torch' needs the libtorch plugin");
  }
  if (!sources.checkpoint) throw Error(ErrorKind::kUnsupported, "codec 'checkpoint:" + name + "' needs its checkpoint");
  const std::shared_ptr<const model::Decoder> decoder = sources.checkpoint(name);
  try {
    const auto profile = bits == 32 ? predict::DecoderProfile::kFloat : predict::DecoderProfile::kInt8;
    auto engine =
        by_torch ? sources.torch_engine(*decoder) : predict::make_portable_engine(*decoder, profile, sources.threads);
    return predict::make_checkpoint(*decoder, {.name = name, .engine = std::move(engine), .top = top});
  } catch (const Error& error) {
    throw error.within("checkpoint " + name);
  }
}

std::shared_ptr<const Predictor> torch(Spec& spec, const CodecSources& sources) {
  const std::string name = model_name(spec, kDefaultModel);
  if (!sources.torch) throw Error(ErrorKind::kUnsupported, "codec 'torch:" + name + "' needs the libtorch plugin");
  return sources.torch(find_model(sources, name), name);
}

constexpr Entry kEntries[] = {
    {"mix", "level 1-9, default 5; model=NAME of a trained network that it hears, default none",
     "context mixing: the best general-purpose codec here", nullptr, mix},
    {"lm",
     "name of a model, default 'default'; chunk=64-65536 starts anew after so many bytes, default 0: never; "
     "width=2-16384 pixels of a row, for models of pictures, default: as it was trained",
     "a trained network: the best codec here for text of the kind it was trained on", nullptr, lm},
    {"pixels",
     "width=1-65535 pixels of a row, default 64; channels=1-8, default 1; bits=8 or 16, default 8; order=little or big "
     "endian; head=N bytes before the first row, default 0; pad=0-3 bytes behind each; model=NAME of a network for "
     "grey "
     "pixels that it hears, default none",
     "pictures whose pixels are plain numbers: the best codec here for them", nullptr, pixels},
    {"samples",
     "channels=1-8, default 1; bits=8, 16 or 24, default 8; order=little or big endian; head=N bytes before the first "
     "sample, default 0; model=NAME of a network for mono sound of 8 bits that it hears, default none",
     "sound whose samples are plain numbers: the best codec here for it", nullptr, samples},
    {"torch", "name of a model", "the same run by libtorch: files open only on machines that compute alike", nullptr,
     torch},
    {"checkpoint",
     "name of a checkpoint, default 'checkpoint'; bits=8 or 32 of its weights, default 8; top=K: only the K likeliest "
     "tokens have its probabilities, default all; engine=portable or torch (libtorch in float32, files open only on "
     "machines that compute alike), default portable",
     "a pretrained transformer: --model with a Hugging Face folder, a GGUF file or llama2.c's", nullptr, checkpoint},
    {"order0", "none", "byte frequencies, adaptive", nullptr, order<0>},
    {"order1", "none", "byte frequencies after 1 byte, blended with the shorter contexts", nullptr, order<1>},
    {"order2", "none", "byte frequencies after 2 bytes, blended with the shorter contexts", nullptr, order<2>},
    {"order3", "none", "byte frequencies after 3 bytes, blended with the shorter contexts", nullptr, order<3>},
    {"order4", "none", "byte frequencies after 4 bytes, blended with the shorter contexts", nullptr, order<4>},
    {"order5", "none", "byte frequencies after 5 bytes, blended with the shorter contexts", nullptr, order<5>},
    {"order6", "none", "byte frequencies after 6 bytes, blended with the shorter contexts", nullptr, order<6>},
    {"uniform", "none", "all bytes equally likely: 8 bits per byte", nullptr,
     [](Spec&, const CodecSources&) { return predict::make_uniform(); }},
    {"gzip", "level 1-9, default 9", "DEFLATE as gzip writes it (zlib)",
     [](Spec& spec) { return codec::make_gzip(spec.level(codec::kGzipLevels)); }, nullptr},
    {"lzma2", "preset 0-9, then e for extreme, default 6", "LZMA2 as xz writes it (liblzma)", lzma2, nullptr},
#if LMZIP_HAVE_ZSTD
    {"zstd", "level 1-22, default 19", "Zstandard (libzstd)",
     [](Spec& spec) { return codec::make_zstd(spec.level(codec::kZstdLevels)); }, nullptr},
#endif
    {"png", "level 1-9, default 9; width=0-65535, default 0: nearly square", "a grey image (libpng)", png, nullptr},
    {"flac", "level 0-8, default 8; bits=8 or 16, default 8", "mono sound (libFLAC)", flac, nullptr},
    {"store", "none", "no compression", [](Spec&) { return codec::make_store(); }, nullptr},
};

const Entry& find(const Spec& spec) {
  std::string names;
  for (const Entry& entry : kEntries) {
    if (entry.name == spec.name()) return entry;
    names += (names.empty() ? "" : ", ") + std::string(entry.name);
  }
#if !LMZIP_HAVE_ZSTD
  if (spec.name() == "zstd") throw Error(ErrorKind::kUnsupported, "codec 'zstd': this build has no zstd");
#endif
  spec.fail("no such codec; there are " + names);
}

/// What `factory` makes of all of `spec`.
template <typename Product, typename... Arguments, typename... Given>
Product make(Product (*factory)(Spec&, Arguments...), const Entry& entry, Spec& spec, Given&... given) {
  Product product = factory(spec, given...);
  spec.finish(entry.options);
  return product;
}

// Larger blocks are smaller files, smaller blocks use more cores: on 16 MiB of Wikipedia text, against one block of 16
// MiB, blocks of 8, 4 and 1 MiB cost 1.2, 2.9 and 8.0 % with mix:1 and 1.9, 4.3 and 10.9 % with mix:5. The fastest
// level gives away the first of these for speed on files above 8 MiB; nothing smaller is cut, but for texts in parts
// (predict/parts.h).
constexpr uint64_t kFastBlock = uint64_t{8} << 20;
constexpr uint64_t kBlock = uint64_t{16} << 20;

struct Level {
  std::string_view mixing;
  std::string_view model;  ///< empty: none
  uint64_t block_size;
  bool in_parts;
  std::string_view advice;
};

constexpr Level kLevels[] = {
    {"mix:1", "", kFastBlock, false, "fastest"},
    {"mix:3", "", kBlock, false, "fast, more contexts"},
    {"mix:4", "", kBlock, false, "smallest without a network"},
    {"mix:4", kDefaultModel, kBlock, true, "a little faster than the default"},
    {"mix:5", kDefaultModel, kBlock, true, "the default"},
    {"mix:6", kDefaultModel, 2 * kBlock, false, "large files, on fewer cores"},
    {"mix:5", kBestModel, kBlock, true, "the larger network, if there is one inside: slow"},
    {"mix:6", kBestModel, 2 * kBlock, false, "large files, on fewer cores"},
    {"mix:9", kBestModel, 3 * kBlock, false, "smallest"},
};

/// A program may be built without models. What it has not inside, a level does without: the larger model makes way for
/// the small one, that for none.
std::string codec_of(const Level& level) {
  for (const std::string_view model : {level.model, level.model.empty() ? level.model : kDefaultModel}) {
    if (model::embedded_model(model) != nullptr) return fmt::format("{},model={}", level.mixing, model);
  }
  return std::string(level.mixing);
}

}  // namespace

std::span<const CodecDescription> codecs() {
  static const std::vector<CodecDescription> descriptions = [] {
    std::vector<CodecDescription> all;
    for (const Entry& entry : kEntries) {
      all.push_back({entry.name, entry.options, entry.summary, entry.predictor != nullptr});
    }
    return all;
  }();
  return descriptions;
}

std::unique_ptr<Compressor> make_compressor(std::string_view text, const CodecSources& sources) {
  Spec spec(text);
  const Entry& entry = find(spec);
  if (entry.compressor != nullptr) return make(entry.compressor, entry, spec);
  auto compressor = std::make_unique<codec::PredictiveCompressor>(make(entry.predictor, entry, spec, sources));
  if (entry.predictor != checkpoint) return compressor;
  // A model of language knows nothing of a program or a picture.
  return std::make_unique<codec::EitherCompressor>(std::move(compressor), make_compressor("mix:3", {}));
}

std::shared_ptr<const Predictor> make_predictor(std::string_view text, const CodecSources& sources,
                                                const CodeLengthOptions& lengths) {
  Spec spec(text);
  const Entry& entry = find(spec);
  if (entry.predictor != nullptr) return make(entry.predictor, entry, spec, sources);
  return std::make_shared<codec::CodeLengthPredictor>(make(entry.compressor, entry, spec), lengths);
}

std::span<const Preset> presets() {
  static const std::vector<Preset> all = [] {
    std::vector<Preset> made;
    for (const Level& level : kLevels) {
      made.push_back(
          {static_cast<int>(made.size()) + 1, codec_of(level), level.block_size, level.in_parts, level.advice});
    }
    return made;
  }();
  return all;
}

}  // namespace lmzip
