// SPDX-License-Identifier: Apache-2.0
// By which rules the numbers of a report were made; only those that it used.
#include <algorithm>

#include "bench/report_document.h"

namespace lmzip::bench {
namespace {

bool coded_by(const Record& record, std::string_view codec) {
  return record.codec == codec || record.codec.starts_with(std::string(codec) + ":") ||
         record.codec.starts_with(std::string(codec) + ",");
}

bool has_width(const Record& record) {
  return record.codec.find(",width=") != std::string::npos && record.codec.find(",width=0") == std::string::npos;
}

struct Candidate {
  bool (*applies)(const Record& record);
  ReportDocument::Rule rule;
};

const Candidate kCandidates[] = {
    {[](const Record& r) { return paper_rates(r).has_value(); },
     {"The paper's numbers",
      "Delétang et al., Language Modeling Is Compression, arXiv 2309.10668v2, Table 1: over 1 GB of each corpus, its "
      "models trained on enwik8. Ours are of the data named above each table, and of networks of the same shapes that "
      "we "
      "have trained: their cards say on what."}},
    {[](const Record& r) { return r.table == kTable1 || r.table == kScaling || r.table == kTokenization; },
     {"Chunks",
      "The data are cut into chunks of 2048 bytes (or as many as stated); each is compressed without any knowledge of "
      "the "
      "others. Whole corpus (∞): all chunks one after the other in one call."}},
    {[](const Record& r) { return r.table == kContext; },
     {"Context", "Of each chunk only the first bytes are compressed, as many as stated; the rate is theirs."}},
    {[](const Record& r) { return r.header_rule == kHeaderOnce; },
     {"Headers once",
      "As the paper's code counts: the sum of all compressed chunks, less the size of a compressed 1-byte input for "
      "every "
      "chunk but one. It removes a little more than headers: about 3 bytes of gzip's payload with each."}},
    {[](const Record& r) { return r.header_rule == kHeaderEach; },
     {"Headers each", "As many bytes as there really are: each chunk is a complete file of its format."}},
    {[](const Record& r) { return r.header_rule == kNoHeader; },
     {"No headers", "These codecs' chunks are code alone; its length and the chunk's are known to the decoder."}},
    {[](const Record& r) { return coded_by(r, "png") && !has_width(r); },
     {"PNG, the paper's shape",
      "A grey image of the two closest factors of the size, the smaller one as its width: 2048 bytes are 32 wide and "
      "64 "
      "high, as in the paper's code. A row of an image patch, 64 bytes, is so cut in two."}},
    {[](const Record& r) { return coded_by(r, "png") && has_width(r); },
     {"PNG, given width", "A grey image as wide as stated; 64 is the true width of the patches of imagenet."}},
    {[](const Record& r) { return coded_by(r, "flac"); },
     {"FLAC",
      "libFLAC at 8 bits a sample unless stated. The paper's row is of ffmpeg's encoder at 16 bits, which takes 107.2 "
      "% "
      "for random bytes: it cannot agree with ours."}},
    {[](const Record& r) { return r.symbols == kNative && r.parameters > 0; },
     {"8-bit", "The model reads and predicts all 256 bytes as they are; nothing is lost and nothing is added."}},
    {[](const Record& r) { return r.symbols == kScaled; },
     {"7-bit scaled",
      "The paper's masking: of text, bit 7 is cleared where it is set; of all else every byte is shifted right by one. "
      "The "
      "lost bits are not stored; the rate is multiplied by bits / (bits - lost bits), which is 8/7 unless the corpus "
      "is "
      "text. Such code does not decode to the original: a round trip says that the seven bits came back."}},
    {[](const Record& r) { return r.symbols == kStored; },
     {"7-bit stored",
      "The same masking, and the lost bits are really stored, so that every chunk decodes to the original; the rate "
      "counts all bytes."}},
    {[](const Record& r) { return r.parameters > 0; },
     {"Adjusted rate",
      "The raw rate plus the model's bytes over the bytes that share it: at 2 bytes a parameter, as in the paper, and "
      "with "
      "the bytes of the file that is really shipped. At 1 GB: over 10^9 bytes, as many as each corpus of the paper "
      "has. "
      "Programs themselves are not counted."}},
    {[](const Record& r) { return r.rate_deviation.has_value(); },
     {"Deviation", "The standard deviation of the rates of single chunks, not of their mean."}},
    {[](const Record& r) { return r.tokens > 0; },
     {"Pretrained checkpoints",
      "Text is cut into the checkpoint's own tokens, over raw bytes. Rates count the whole code; bits per token are "
      "those of the code, without stored bits, over tokens and escapes, which are bytes that no token stands for. "
      "Nothing stands in for the checkpoint here: what it does not know is coded by it all the same."}},
    {[](const Record& r) { return r.top > 0; },
     {"Top",
      "top=K: only the K likeliest tokens have the checkpoint's probabilities, as in the paper with K = 100; the "
      "others "
      "share evenly what is left for them, which follows how often one was needed since the chunk began. The paper has "
      "no code for such tokens; here every chunk decodes."}},
    {[](const Record& r) { return r.bytes_per_token > 0 && r.tokens == 0; },
     {"Tokens",
      "Byte-level pair encoding, without loss. Rates are of raw bytes; bytes per token is how many raw bytes one "
      "symbol "
      "stands for on average."}},
    {[](const Record& r) { return r.table == kSpeed; },
     {"Speed",
      "Wall clock of compressing and restoring all blocks in memory, after the warm-up; the median of the runs. CPU: "
      "all "
      "threads in the median run. Peak: resident memory of the process."}},
    {[](const Record& r) { return r.table != kSpeed; },
     {"Seconds", "Time inside the codec's calls, added up over threads."}},
    {[](const Record&) { return true; }, {"Round trip", "ok: every chunk was decoded and compared with the original."}},
};

}  // namespace

std::vector<ReportDocument::Rule> rules_of(std::span<const Record> records) {
  std::vector<ReportDocument::Rule> rules;
  for (const Candidate& candidate : kCandidates) {
    const auto applies = [&](const Record& record) { return record.measured() && candidate.applies(record); };
    if (std::ranges::any_of(records, applies)) rules.push_back(candidate.rule);
  }
  return rules;
}

}  // namespace lmzip::bench
