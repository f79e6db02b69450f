// SPDX-License-Identifier: Apache-2.0
// How well a model predicts files: the bits that coding them takes at best.
#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/replace_file.h"
#include "base/thread_pool.h"
#include "cli/commands/commands.h"
#include "cli/input_file.h"
#include "cli/models.h"
#include "cli/names.h"
#include "cli/plugin_loader.h"
#include "cli/progress_bar.h"
#include "cli/signals.h"
#include "codec/predictive_compressor.h"
#include "container/byte_reader.h"
#include "lmzip/error.h"
#include "model/card.h"
#include "model/model_file.h"
#include "model/quantise.h"

namespace lmzip::cli {
namespace {

/// One file measured.
struct Measured {
  std::string name;
  uint64_t bytes = 0;
  double bits = 0;          ///< under the portable engine
  TokenCounts tokens = {};  ///< that those bits are of; none for models of bytes
  double float_bits = 0;    ///< under the model before quantisation, if it was asked for
};

/// The model under test, as the portable engine runs it.
struct Subject {
  std::shared_ptr<const model::Model> model;   ///< the codec lm's
  std::shared_ptr<const model::Model> floats;  ///< the model before quantisation, or none
  std::shared_ptr<const codec::PredictiveCompressor> codec;
  bool counts_tokens = false;
  uint64_t block_size = 0;  ///< bytes after which the text begins anew, as it does when compressing
};

Subject subject_of(const Options& options) {
  Subject subject;
  if (!options.float_model.empty()) subject.floats = model::open_model(options.float_model);
  CodecSources sources = sources_by_name(options);
  sources.model = [&, by_name = sources.model](std::string_view name) {
    subject.model = options.model || subject.floats == nullptr ? by_name(name) : subject.floats;
    if (subject.model->quantised()) return subject.model;
    return model::read_model(model::quantise(*subject.model));
  };
  std::string spec = codec_text(options).value_or("lm");
  if (!options.model && subject.floats != nullptr) spec = fmt::format("lm:{}", plain_model_name(options.float_model));
  if (options.chunk != 0) spec += fmt::format(",chunk={}", options.chunk);
  const std::string name = spec.substr(0, spec.find_first_of(":,"));
  const auto known = std::ranges::find(codecs(), name, &CodecDescription::name);
  if (known != codecs().end() && !known->is_predictor) {
    throw Error(ErrorKind::kUsage, fmt::format("eval: codec '{}' predicts nothing; lmzip bench measures it", name));
  }
  if (name != "lm" && (subject.floats != nullptr || options.update_card)) {
    throw Error(ErrorKind::kUsage, "--float and --card are for the codec lm");
  }
  subject.counts_tokens = name == "checkpoint";
  subject.codec = std::make_shared<codec::PredictiveCompressor>(make_predictor(spec, sources));
  uint64_t& block = subject.block_size;
  block = options.block_size != 0 ? options.block_size : subject.codec->info().preferred_block_size;
  if (block == 0) block = presets()[kDefaultLevel - 1].block_size;
  if (options.chunk != 0) block = std::max<uint64_t>(options.chunk, block - block % options.chunk);
  return subject;
}

/// The bits of `blocks` under the model before quantisation, which begins anew wherever the engine does.
double float_bits(const Options& options, const Subject& subject, std::span<const ByteSpan> blocks,
                  ProgressSink& progress) {
  std::vector<ByteSpan> sequences;
  for (const ByteSpan block : blocks) {
    const size_t length = options.chunk != 0 ? options.chunk : block.size();
    for (size_t at = 0; at < block.size(); at += length) {
      sequences.push_back(block.subspan(at, std::min(length, block.size() - at)));
    }
  }
  double sum = 0;
  for (const double bits : load_plugin(1).bits(*subject.floats, sequences, progress)) sum += bits;
  return sum;
}

/// Reads the next `count` blocks, fewer at the end.
std::vector<Bytes> read_blocks(Source& source, uint64_t block_size, uint64_t count) {
  std::vector<Bytes> blocks;
  while (blocks.size() < count) {
    Bytes block =
        container::read_growing(block_size, [&](uint8_t* data, size_t size) { return source.read(data, size); });
    const bool last = block.size() < block_size;
    if (!block.empty()) blocks.push_back(std::move(block));
    if (last) break;
  }
  return blocks;
}

/// All lanes of all threads at a time, in the order of the file, so that the sum is always the same.
Measured measure(const Options& options, const Subject& subject, Source& source, ProgressSink& progress) {
  Measured measured;
  const unsigned most = options.lanes != 0 ? options.lanes : subject.codec->info().preferred_lanes;
  base::ThreadPool pool(options.threads);
  for (;;) {
    const std::vector<Bytes> blocks = read_blocks(source, subject.block_size, uint64_t{options.threads} * most);
    if (blocks.empty()) return measured;
    const std::vector<ByteSpan> spans(blocks.begin(), blocks.end());
    const size_t lanes = even_lanes(blocks.size(), options.threads, most);
    std::vector<std::future<std::vector<double>>> tasks;
    for (size_t first = 0; first < spans.size(); first += lanes) {
      const auto part = std::span(spans).subspan(first, std::min(lanes, spans.size() - first));
      tasks.push_back(pool.submit([&, part] { return subject.codec->ideal_bits(part, progress); }));
    }
    for (const auto& task : tasks) task.wait();  // they use `blocks`, whatever one of them throws
    for (auto& task : tasks) {
      for (const double bits : task.get()) measured.bits += bits;
    }
    for (const Bytes& block : blocks) measured.bytes += block.size();
    if (subject.floats != nullptr) measured.float_bits += float_bits(options, subject, spans, progress);
  }
}

Measured measure_file(const Options& options, Terminal& terminal, const Subject& subject, const std::string& path) {
  const InputFile in(path, InputPolicy::kAnything);
  base::FdSource source(in.fd(), stop_fd());
  ProgressBar bar(terminal, options, {shown_name(path), in.size(), std::nullopt});
  Measured measured = measure(options, subject, source, bar.sink());
  measured.name = shown_name(path);
  measured.tokens = bar.sink().tokens();
  return measured;
}

/// Bits a token: an escaped byte is one, too.
double bits_per_token(const Measured& measured) {
  return measured.bits / static_cast<double>(measured.tokens.tokens + measured.tokens.escapes);
}

std::string token_heads(const Subject& subject) {
  if (!subject.counts_tokens) return "";
  return fmt::format(" {:>10} {:>10} {:>11} {:>8}{}", "tokens", "bits/token", "bytes/token", "escapes",
                     subject.codec->info().top == 0 ? "" : fmt::format(" {:>8}", "misses"));
}

std::string token_columns(const Subject& subject, const Measured& measured) {
  if (!subject.counts_tokens) return "";
  const auto& [tokens, escapes, misses] = measured.tokens;
  const bool none = tokens + escapes == 0;
  return fmt::format(
      " {:>10} {:>10} {:>11} {:>8}{}", tokens, none ? "-" : fmt::format("{:.4f}", bits_per_token(measured)),
      none ? "-" : fmt::format("{:.3f}", static_cast<double>(measured.bytes) / static_cast<double>(tokens + escapes)),
      escapes, subject.codec->info().top == 0 ? "" : fmt::format(" {:>8}", misses));
}

std::string row(const Subject& subject, const Measured& measured) {
  const auto bytes = static_cast<double>(measured.bytes);
  const std::string rate = measured.bytes == 0 ? "-" : fmt::format("{:.4f}", measured.bits / bytes);
  const std::string share = measured.bytes == 0 ? "-" : fmt::format("{:.2f}%", measured.bits / bytes / 8 * 100);
  std::string floats;
  if (subject.floats != nullptr && measured.bytes > 0) {
    floats = fmt::format(" {:>9.4f} {:>+7.2f}%", measured.float_bits / bytes,
                         (measured.bits / measured.float_bits - 1) * 100);
  }
  return fmt::format("{:>14} {:>9} {:>8}{}{}  {}\n", measured.bytes, rate, share, floats,
                     token_columns(subject, measured), printable(measured.name));
}

nlohmann::ordered_json json_of(const Subject& subject, const Measured& measured) {
  nlohmann::ordered_json object{{"file", measured.name}, {"raw_size", measured.bytes}, {"bits", measured.bits}};
  if (measured.bytes > 0) object["bits_per_byte"] = measured.bits / static_cast<double>(measured.bytes);
  if (subject.floats != nullptr) object["float_bits"] = measured.float_bits;
  if (!subject.counts_tokens) return object;
  const auto& [tokens, escapes, misses] = measured.tokens;
  object["tokens"] = tokens;
  object["escapes"] = escapes;
  if (subject.codec->info().top != 0) object["misses"] = misses;
  if (tokens + escapes > 0) object["bits_per_token"] = bits_per_token(measured);
  return object;
}

/// Writes what was measured into the card beside the model: instead of older rows of the same text and rule, and of
/// those that tell nothing of the quantised model.
void update_card(const Options& options, const Subject& subject, const std::vector<Measured>& all) {
  if (!options.model) throw Error(ErrorKind::kUsage, "--card: --model says whose card");
  const ModelEntry entry = find_entry(model_store(options), *options.model);
  if (entry.path.empty()) throw Error(ErrorKind::kUsage, "--card: the card of a model inside the program stays");
  model::ModelCard card;
  if (auto found = model::find_card(entry)) card = *std::move(found);
  card.name = entry.name;
  model::describe(*subject.model, card);
  const std::string rule = options.chunk != 0
                               ? fmt::format("chunks of {} bytes, each cold", options.chunk)
                               : fmt::format("running context, anew every {}", human_size(subject.block_size));
  for (const Measured& measured : all) {
    const auto bytes = static_cast<double>(measured.bytes);
    model::Validation row{
        .data = fmt::format("{}, {} bytes", measured.name.substr(measured.name.rfind('/') + 1), measured.bytes),
        .rule = rule,
        .float_bits = {},
        .int8_bits = measured.bits / bytes};
    if (subject.floats != nullptr) row.float_bits = measured.float_bits / bytes;
    std::erase_if(card.validation, [&](const model::Validation& old) {
      return !old.int8_bits || (old.data == row.data && old.rule == row.rule);
    });
    card.validation.push_back(std::move(row));
  }
  const std::string json = model::to_json(card);
  base::replace_file(model::card_path(entry.path), {reinterpret_cast<const uint8_t*>(json.data()), json.size()});
}

}  // namespace

void evaluate_files(const Options& options, Terminal& terminal) {
  if (options.files.empty()) throw Error(ErrorKind::kUsage, "eval: a file to measure is needed");
  const Subject subject = subject_of(options);
  std::vector<Measured> all;
  if (!options.json) {
    print_text(fmt::format("{:>14} {:>9} {:>8}{}{}  {}\n", "bytes", "bits/byte", "ratio",
                           subject.floats != nullptr ? "     float     int8" : "", token_heads(subject), "file"));
  }
  for_each_file(options, terminal, [&](const std::string& path) {
    all.push_back(measure_file(options, terminal, subject, path));
    if (!options.json) print_text(row(subject, all.back()));
  });
  if (options.update_card && !all.empty()) update_card(options, subject, all);
  if (options.json) {
    nlohmann::ordered_json files = nlohmann::ordered_json::array();
    for (const Measured& one : all) files.push_back(json_of(subject, one));
    const nlohmann::ordered_json object{{"codec", subject.codec->info().spec},
                                        {"digest", subject.codec->info().model_digest},
                                        {"block_size", subject.block_size},
                                        {"files", files}};
    print_text(object.dump(1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    return;
  }
  if (all.size() > 1) {
    Measured sum{.name = fmt::format("({} files)", all.size())};
    for (const Measured& one : all) {
      sum.bytes += one.bytes;
      sum.bits += one.bits;
      sum.float_bits += one.float_bits;
      sum.tokens += one.tokens;
    }
    print_text(row(subject, sum));
  }
  const CompressorInfo& info = subject.codec->info();
  print_text(fmt::format("{}{}{}: ideal code length, without headers; the text begins anew after {}.\n", info.spec,
                         info.model_digest.empty() ? "" : ", ", info.model_digest,
                         human_size(options.chunk != 0 ? options.chunk : subject.block_size)));
}

}  // namespace lmzip::cli
