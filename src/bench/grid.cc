// SPDX-License-Identifier: Apache-2.0
#include "bench/grid.h"

#include <algorithm>
#include <utility>

#include "codec/predictive_compressor.h"
#include "lmzip/error.h"

namespace lmzip::bench {
namespace {

bool is_trained(const CellCodec& codec) {
  if (codec.codec != nullptr) return codec.codec->info().parameters > 0;
  return !codec.absent.empty();  // nothing but a model or its plugin can be absent
}

/// Whether the paper's treatment of trained models suits it: in chunks, of seven bits. What only hears a model learns
/// from the data like any classical codec.
bool is_fixed(const CellCodec& codec) {
  constexpr std::string_view kAdaptive[] = {"mix", "pixels", "samples"};
  return is_trained(codec) &&
         std::ranges::none_of(kAdaptive, [&](std::string_view name) { return codec.spec.starts_with(name); });
}

/// Cells of all codecs on all corpora. Corpus by corpus, so that a first column is there early.
template <typename Add>
std::vector<Cell> crossed(const Grid& grid, std::string_view table, const Add& add) {
  std::vector<Cell> cells;
  for (const CellCorpus& corpus : grid.corpora) {
    for (const CellCodec& codec : grid.codecs) {
      Cell cell;
      cell.table = table;
      cell.corpus = corpus;
      cell.codec = codec;
      add(std::move(cell), cells);
    }
  }
  return cells;
}

}  // namespace

CellCodec find_codec(std::string_view spec, const CodecSources& sources) {
  CellCodec found;
  found.spec = spec;
  const std::string_view name = spec.substr(0, spec.find_first_of(":,"));
  const auto description = std::ranges::find(codecs(), name, &CodecDescription::name);
  try {
    if (description == codecs().end() || !description->is_predictor) {
      found.codec = make_compressor(spec, sources);  // refuses what is no codec
      found.has_header = name != "store";
      return found;
    }
    const auto predictor = make_predictor(spec, sources);
    found.tokenizer = predictor->tokenizer();
    if (found.tokenizer != nullptr) found.vocabulary = found.tokenizer->size();
    if (const uint64_t tokens = predictor->info().vocabulary; tokens != 0) found.vocabulary = tokens;
    found.codec = std::make_shared<const codec::PredictiveCompressor>(predictor);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kUsage || error.kind() == ErrorKind::kCancelled) throw;
    found.absent = error.what();
  }
  return found;
}

CellCorpus find_corpus(const CorpusRequest& request, ProgressSink& progress) {
  CellCorpus found;
  found.name = request.text;
  try {
    found.corpus = open_corpus(request, progress);
    found.name = found.corpus->info().name;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kUsage || error.kind() == ErrorKind::kCancelled) throw;
    found.absent = error.what();
  }
  return found;
}

std::vector<Cell> table1_cells(const Grid& grid) {
  return crossed(grid, kTable1, [&](Cell cell, std::vector<Cell>& cells) {
    const bool fixed = is_fixed(cell.codec);
    const std::vector<uint64_t> usual =
        fixed ? std::vector<uint64_t>{kChunkSize} : std::vector<uint64_t>{0, kChunkSize};
    const bool paper_kind = cell.corpus.corpus == nullptr || cell.corpus.corpus->info().kind != CorpusKind::kRaw;
    for (const uint64_t chunk : grid.chunks.value_or(usual)) {
      cell.chunk = chunk;
      cell.seven_bit = false;
      cells.push_back(cell);
      if (!fixed || !paper_kind || chunk == 0 || !grid.seven_bit) continue;
      cell.seven_bit = true;
      cells.push_back(cell);
    }
  });
}

std::vector<Cell> scaling_cells(const Grid& grid) {
  return crossed(grid, kScaling, [&](Cell cell, std::vector<Cell>& cells) {
    cell.data_sizes = grid.sizes;
    cells.push_back(std::move(cell));
  });
}

std::vector<Cell> context_cells(const Grid& grid) {
  return crossed(grid, kContext, [&](Cell cell, std::vector<Cell>& cells) {
    cell.stride = kChunkSize;
    for (const uint64_t length : grid.lengths) {
      cell.chunk = length;
      cells.push_back(cell);
    }
  });
}

std::vector<Cell> tokenization_cells(const Grid& grid) {
  return crossed(grid, kTokenization, [](Cell cell, std::vector<Cell>& cells) { cells.push_back(std::move(cell)); });
}

std::vector<Cell> shard_of(std::vector<Cell> cells, uint64_t index, uint64_t count) {
  std::vector<Cell> some;
  for (uint64_t i = index - 1; i < cells.size(); i += count) some.push_back(std::move(cells[i]));
  return some;
}

}  // namespace lmzip::bench
