// SPDX-License-Identifier: Apache-2.0
// The paper's Figures 2 and 4 and its Table 2: sections with tables and plots, corpus by corpus.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "bench/paper.h"
#include "bench/plot.h"
#include "bench/report_document.h"

namespace lmzip::bench {
namespace {

bool trained(const Record& record) { return record.parameters > 0; }

/// What names a row of a figure's table: codec and how its output is counted.
using Name = std::pair<uint64_t, std::string>;  // parameters first: models in order of size, codecs without before them
Name name_of(const Record& record) { return {record.parameters, label_of(record)}; }

std::string models_text(uint64_t parameters) {
  return parameters == 0 ? "–" : short_number(static_cast<double>(parameters));
}

/// Rows by name and columns by a number; several records for one place become several rows.
template <typename Column>
std::vector<std::pair<Name, std::map<uint64_t, const Record*>>> crossed(const std::vector<Record>& records,
                                                                        const Column& column) {
  std::vector<std::pair<Name, std::map<uint64_t, const Record*>>> rows;
  for (const Record& record : records) {
    const Name name = name_of(record);
    auto row = std::ranges::find_if(
        rows, [&](const auto& one) { return one.first == name && !one.second.contains(column(record)); });
    if (row == rows.end()) row = rows.insert(row, {name, {}});
    row->second[column(record)] = &record;
  }
  return rows;
}

std::string page_name(std::string_view section, size_t index) { return fmt::format("{}-{}", section, index + 1); }

// Figure 2.

/// By the size of the data set, the model with the least adjusted rate.
std::map<uint64_t, const Record*> optima_of(const std::vector<Record>& records) {
  std::map<uint64_t, const Record*> optima;
  for (const Record& record : records) {
    if (!record.measured() || !trained(record)) continue;
    const Record*& best = optima[record.data_bytes];
    if (best == nullptr || record.adjusted_rate < best->adjusted_rate) best = &record;
  }
  return optima;
}

std::string optimum_remark(const std::vector<Record>& records, const std::string& corpus, const Record& best) {
  bool smaller = false, larger = false;
  for (const Record& record : records) {
    if (!record.measured() || !trained(record) || record.data_bytes != best.data_bytes) continue;
    smaller = smaller || record.parameters < best.parameters;
    larger = larger || record.parameters > best.parameters;
  }
  std::string text = fmt::format("{}, {} of data: the optimum is {} ({} parameters) with an adjusted rate of {} %",
                                 corpus, size_text(static_cast<double>(best.data_bytes)), label_of(best),
                                 grouped(best.parameters), percent(best.adjusted_rate));
  if (smaller && larger) return text + ".";
  if (!smaller && !larger) return text + ", the only model measured.";
  return text + fmt::format(", the {} model measured: the true one may be {} still.", smaller ? "largest" : "smallest",
                            smaller ? "larger" : "smaller");
}

ReportTable scaling_table(const std::vector<Record>& records, const std::string& corpus) {
  ReportTable table{.caption = fmt::format(
                        "{}: rates by model and size of the data set, %; the optimum of each size is marked", corpus)};
  std::set<uint64_t> sizes;
  for (const Record& record : records) sizes.insert(record.data_bytes);
  table.groups = {{"", 2}};
  table.heads = {"codec", "parameters"};
  for (const uint64_t size : sizes) {
    table.groups.push_back({size == 0 ? "size unknown" : size_text(static_cast<double>(size)), 3});
    table.heads.insert(table.heads.end(), {"raw", "adjusted", "with the file"});
  }
  table.groups.push_back({"", 1});
  table.heads.push_back("round trip");
  const auto optima = optima_of(records);
  auto rows = crossed(records, [](const Record& record) { return record.data_bytes; });
  std::ranges::stable_sort(rows, {}, [](const auto& row) { return row.first.first; });
  for (const auto& [name, cells] : rows) {
    ReportTable::Row row{{label(name.second), {.text = models_text(name.first)}}};
    for (const uint64_t size : sizes) {
      const auto found = cells.find(size);
      if (found == cells.end()) {
        row.entries.insert(row.entries.end(), 3, Entry{});
        continue;
      }
      const Record& cell = *found->second;
      row.entries.push_back(rate_entry(cell, cell.raw_rate, table));
      row.entries.push_back(rate_entry(cell, cell.adjusted_rate, table));
      const auto best = optima.find(size);
      if (best != optima.end() && best->second == &cell) row.entries.back().kind = EntryKind::kBest;
      row.entries.push_back(rate_entry(cell, cell.adjusted_rate_file, table));
    }
    row.entries.push_back(label(round_trip(*cells.begin()->second)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

LinePlot scaling_plot(const std::vector<Record>& records, const std::string& corpus) {
  LinePlot plot{.title = corpus + ": adjusted rate against model size",
                .description =
                    "Adjusted rate in percent against the number of parameters, both logarithmic; one line for "
                    "each size of the data set that shares the weights. The optimum of each is ringed. "
                    "Dashed: codecs without weights.",
                .x = {"parameters", Scale::kLog10},
                .y = {"adjusted rate, %", Scale::kLog10}};
  std::map<uint64_t, std::vector<const Record*>> lines;
  std::map<std::string, std::set<double>> levels;
  for (const Record& record : records) {
    if (!record.measured()) continue;
    if (trained(record)) {
      lines[record.data_bytes].push_back(&record);
    } else {
      levels[label_of(record)].insert(100 * record.adjusted_rate);
    }
  }
  const auto optima = optima_of(records);
  for (auto& [size, models] : lines) {
    std::ranges::stable_sort(models, {}, [](const Record* model) { return model->parameters; });
    Series series{.name = size_text(static_cast<double>(size)) + " of data"};
    for (const Record* model : models) {
      if (model == optima.at(size)) {
        series.marked = series.points.size();
        series.mark = label_of(*model);
      }
      series.points.push_back({static_cast<double>(model->parameters), 100 * model->adjusted_rate});
    }
    plot.series.push_back(std::move(series));
  }
  for (const auto& [name, rates] : levels) {
    for (const double rate : rates) plot.levels.push_back({name, rate});
  }
  return plot;
}

// Figure 4.

ReportTable context_table(const std::vector<Record>& records, const std::string& corpus) {
  ReportTable table{.caption =
                        fmt::format("{}: raw rate by bytes of context and ± its deviation over chunks, %", corpus)};
  std::set<uint64_t> lengths;
  for (const Record& record : records) lengths.insert(record.chunk);
  table.groups = {{"", 1}, {"bytes from the start of a chunk", lengths.size()}};
  table.heads = {"codec"};
  for (const uint64_t length : lengths) table.heads.push_back(length == 0 ? "∞" : grouped(length));
  for (const auto& [name, cells] : crossed(records, [](const Record& record) { return record.chunk; })) {
    ReportTable::Row row{{label(name.second)}};
    for (const uint64_t length : lengths) {
      const auto found = cells.find(length);
      row.entries.push_back(found == cells.end() ? Entry{}
                                                 : rate_entry(*found->second, found->second->raw_rate, table));
      if (found != cells.end() && found->second->measured() && found->second->rate_deviation) {
        row.entries.back().spread = "±" + percent(*found->second->rate_deviation);
      }
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

LinePlot context_plot(const std::vector<Record>& records, const std::string& corpus) {
  LinePlot plot{.title = corpus + ": raw rate against bytes of context",
                .description =
                    "Raw rate in percent of the first bytes of each chunk against their number, which is "
                    "logarithmic: the mean over all chunks, and the band of one standard deviation to both "
                    "sides.",
                .x = {"bytes from the start of a chunk", Scale::kLog2},
                .y = {"raw rate, %"}};
  std::set<std::string> once;
  for (const Record& record : records) {
    if (record.header_rule == kHeaderOnce) once.insert(record.codec);
  }
  double least = 1e300, most = 0;
  for (const Record& record : records) {
    if (!record.measured() || record.chunk == 0) continue;
    // With headers each, a prefix of one byte would take twenty times its size: that is left to the table.
    if (record.header_rule == kHeaderEach && once.contains(record.codec)) continue;
    const std::string name = label_of(record);
    auto series = std::ranges::find(plot.series, name, &Series::name);
    if (series == plot.series.end()) series = plot.series.insert(series, {.name = name, .points = {}});
    const double rate = 100 * record.raw_rate;
    series->points.push_back({static_cast<double>(record.chunk), rate, 100 * record.rate_deviation.value_or(0)});
    if (rate > 0) least = std::min(least, rate);
    most = std::max(most, rate);
  }
  for (Series& series : plot.series) std::ranges::stable_sort(series.points, {}, &Point::x);
  if (most > 20 * least) plot.y.scale = Scale::kLog10;
  return plot;
}

// Table 2.

/// The records of each vocabulary in order of model size: `size` counts the models of one vocabulary, since the same
/// architecture has more parameters with a larger one.
std::map<uint64_t, std::vector<const Record*>> by_vocabulary(const std::vector<Record>& records) {
  std::map<uint64_t, std::vector<const Record*>> vocabularies;
  for (const Record& record : records) vocabularies[record.vocabulary].push_back(&record);
  for (auto& [vocabulary, models] : vocabularies) {
    std::ranges::stable_sort(models, {}, [](const Record* model) { return model->parameters; });
  }
  return vocabularies;
}

std::string vocabulary_text(uint64_t vocabulary) {
  return vocabulary == 0 ? "unknown" : vocabulary == 256 ? "256 (bytes)" : grouped(vocabulary);
}

ReportTable tokenization_table(const std::vector<Record>& records, const std::string& corpus) {
  ReportTable table{.caption = fmt::format("{}: rates by vocabulary and model size, %", corpus), .labels = 2};
  table.heads = {"vocabulary", "model",         "parameters", "bytes per token", "raw",
                 "adjusted",   "with the file", "at 1 GB",    "round trip"};
  for (const auto& [vocabulary, models] : by_vocabulary(records)) {
    for (const Record* model : models) {
      const Record& cell = *model;
      table.rows.push_back(
          {{label(vocabulary_text(vocabulary)),
            label(label_of(cell)),
            {.text = cell.parameters == 0 ? "–" : grouped(cell.parameters)},
            result(cell, fmt::format("{:.2f}", cell.bytes_per_token), table),
            rate_entry(cell, cell.raw_rate, table),
            rate_entry(cell, cell.adjusted_rate, table),
            rate_entry(cell, cell.adjusted_rate_file, table),
            rate_entry(cell, cell.raw_rate + static_cast<double>(cell.model_bytes) / kPaperBytes, table),
            label(round_trip(cell))}});
    }
  }
  return table;
}

LinePlot tokenization_plot(const std::vector<Record>& records, const std::string& corpus) {
  LinePlot plot{.title = corpus + ": raw rate against vocabulary",
                .description =
                    "Raw rate in percent of the raw bytes against the number of entries of the vocabulary, "
                    "which is logarithmic; one line for each size of models.",
                .x = {"entries of the vocabulary", Scale::kLog10},
                .y = {"raw rate, %", Scale::kLog10}};
  std::vector<std::pair<uint64_t, uint64_t>> ranges;  // of the parameters in each line
  for (const auto& [vocabulary, models] : by_vocabulary(records)) {
    size_t size = 0;
    for (const Record* model : models) {
      if (!model->measured()) continue;
      if (size == plot.series.size()) {
        plot.series.push_back({});
        ranges.emplace_back(model->parameters, model->parameters);
      }
      ranges[size].first = std::min(ranges[size].first, model->parameters);
      ranges[size].second = std::max(ranges[size].second, model->parameters);
      plot.series[size++].points.push_back({static_cast<double>(vocabulary), 100 * model->raw_rate});
    }
  }
  for (size_t i = 0; i < plot.series.size(); ++i) {
    const std::string least = models_text(ranges[i].first), most = models_text(ranges[i].second);
    plot.series[i].name = (least == most ? least : least + " to " + most) + " parameters";
  }
  return plot;
}

void add_figure(ReportSection& section, LinePlot plot, std::string caption) {
  const auto has_points = [](const Series& series) { return !series.points.empty(); };
  if (std::ranges::none_of(plot.series, has_points)) return;
  plot.name = page_name(section.id, section.figures.size());
  section.figures.push_back({plot.name, svg(plot), std::move(caption)});
}

}  // namespace

ReportSection scaling_section(const std::vector<Record>& records) {
  ReportSection section{.id = "scaling", .title = "Figure 2: adjusted rate against model size"};
  section.remarks = data_remarks(records);
  for (const std::string& corpus : corpora_of(records)) {
    const std::vector<Record> own = of_corpus(records, corpus);
    for (const auto& [size, best] : optima_of(own)) section.remarks.push_back(optimum_remark(own, corpus, *best));
    add_figure(
        section, scaling_plot(own, corpus),
        "Each line: a size of the data set that shares the weights, at 2 bytes a parameter; its optimum is ringed. "
        "Dashed: codecs without weights.");
    section.tables.push_back(scaling_table(own, corpus));
  }
  return section;
}

ReportSection context_section(const std::vector<Record>& records) {
  ReportSection section{.id = "context", .title = "Figure 4: rate against length of context"};
  section.remarks = data_remarks(records);
  for (const std::string& corpus : corpora_of(records)) {
    const std::vector<Record> own = of_corpus(records, corpus);
    add_figure(
        section, context_plot(own, corpus),
        "Mean over chunks of the rate of their first bytes, and one standard deviation to both sides. Headers are "
        "counted once, as in the paper; the table also has them counted each.");
    section.tables.push_back(context_table(own, corpus));
  }
  return section;
}

ReportSection tokenization_section(const std::vector<Record>& records) {
  ReportSection section{.id = "tokenization", .title = "Table 2: tokenization"};
  section.remarks = data_remarks(records);
  for (const std::string& corpus : corpora_of(records)) {
    const std::vector<Record> own = of_corpus(records, corpus);
    add_figure(
        section, tokenization_plot(own, corpus),
        "Rates are of raw bytes, whatever the symbols. A line joins models of one rank by size: the same network has "
        "more parameters with a larger vocabulary.");
    section.tables.push_back(tokenization_table(own, corpus));
  }
  return section;
}

}  // namespace lmzip::bench
