// SPDX-License-Identifier: Apache-2.0
#include "explain/costs.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "lmzip/error.h"
#include "predict/byte_view.h"

namespace lmzip::explain {
namespace {

constexpr Symbol kBits = 2, kBytes = 256;
constexpr uint64_t kReport = 1024;  ///< bytes between two reports of progress

std::vector<Alternative> likeliest(const std::array<double, 256>& bytes, size_t top) {
  std::array<uint8_t, 256> order;
  std::iota(order.begin(), order.end(), uint8_t{0});
  top = std::min(top, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<ptrdiff_t>(top),
                            [&](uint8_t a, uint8_t b) { return std::pair(-bytes[a], a) < std::pair(-bytes[b], b); });
  std::vector<Alternative> all;
  for (size_t i = 0; i < top; ++i) all.push_back({order[i], bytes[order[i]]});
  return all;
}

/// Feeds `byte`; returns what it costs.
double code(Session& session, Symbol alphabet, uint8_t byte) {
  double bits = 0;
  const int symbols = alphabet == kBits ? 8 : 1;
  for (int i = symbols - 1; i >= 0; --i) {
    const Symbol symbol = alphabet == kBits ? byte >> i & 1 : byte;
    bits += session.forecast(0).bits(symbol);
    session.advance({&symbol, 1});
  }
  return bits;
}

/// The probabilities of all bytes that may come next.
std::array<double, 256> next_byte(Session& session) {
  std::array<double, 256> bytes;
  const FrequencyTable& table = session.forecast(0);
  if (table.size() == kBits) {
    std::ranges::transform(predict::look_at_bytes(session, 0), bytes.begin(),
                           [](uint64_t p) { return static_cast<double>(p) / double{predict::kCertain}; });
    return bytes;
  }
  for (Symbol byte = 0; byte < kBytes; ++byte) {
    bytes[byte] = static_cast<double>(table.high(byte) - table.low(byte)) / static_cast<double>(table.total());
  }
  return bytes;
}

}  // namespace

Costs costs_of(const Predictor& predictor, ByteSpan text, uint64_t block, Part part, size_t top,
               ProgressSink& progress) {
  const Symbol alphabet = predictor.info().alphabet;
  if (alphabet != kBits && (alphabet != kBytes || predictor.tokenizer() != nullptr)) {
    throw Error(ErrorKind::kUnsupported, "explain: " + predictor.info().spec + " predicts neither bytes nor bits");
  }
  Costs costs;
  costs.shown.resize(part.last - part.first);
  if (top > 0) costs.alternatives.resize(costs.shown.size());
  std::unique_ptr<Session> session;
  for (uint64_t step = 0; step < text.size(); ++step) {
    const uint64_t begin = step - step % block;
    if (step == begin) session = predictor.open(1);
    const uint64_t at = begin + predictor.info().place_of(step - begin, std::min<uint64_t>(block, text.size() - begin));
    const bool shown = at >= part.first && at < part.last;
    if (shown && top > 0) costs.alternatives[at - part.first] = likeliest(next_byte(*session), top);
    const double bits = code(*session, alphabet, text[at]);
    costs.bits += bits;
    if (shown) costs.shown[at - part.first] = bits;
    if (step % kReport == kReport - 1) progress.advance(kReport);
  }
  return costs;
}

}  // namespace lmzip::explain
