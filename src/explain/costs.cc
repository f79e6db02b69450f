// SPDX-License-Identifier: Apache-2.0
#include "explain/costs.h"

#include <algorithm>
#include <numeric>

#include "lmzip/error.h"

namespace lmzip::explain {
namespace {

constexpr Symbol kBits = 2, kBytes = 256;
constexpr uint64_t kReport = 1024;  ///< bytes between two reports of progress

double share(const FrequencyTable& table, Symbol symbol) {
  return static_cast<double>(table.high(symbol) - table.low(symbol)) / static_cast<double>(table.total());
}

/// Fills `bytes` from the place within a byte whose bits so far, with a leading one, are `partial`.
void look_ahead(Session& session, uint32_t partial, double probability, std::array<double, 256>& bytes) {
  const double one = share(session.forecast(0), 1);
  for (const Symbol bit : {0u, 1u}) {
    const uint32_t next = partial << 1 | bit;
    const double likely = probability * (bit == 1 ? one : 1 - one);
    if (next >= kBytes) {
      bytes[next & 255] = likely;
      continue;
    }
    session.mark(0);
    session.advance({&bit, 1});
    look_ahead(session, next, likely, bytes);
    session.rewind(0);
  }
}

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

}  // namespace

std::array<double, 256> next_byte(Session& session) {
  std::array<double, 256> bytes{};
  const FrequencyTable& table = session.forecast(0);
  if (table.size() == kBits) {
    look_ahead(session, 1, 1, bytes);
  } else {
    for (Symbol byte = 0; byte < kBytes; ++byte) bytes[byte] = share(table, byte);
  }
  return bytes;
}

Costs costs_of(const Predictor& predictor, ByteSpan text, uint64_t block, Part part, size_t top,
               ProgressSink& progress) {
  const Symbol alphabet = predictor.info().alphabet;
  if (alphabet != kBits && (alphabet != kBytes || predictor.tokenizer() != nullptr)) {
    throw Error(ErrorKind::kUnsupported, "explain: " + predictor.info().spec + " predicts neither bytes nor bits");
  }
  Costs costs;
  std::unique_ptr<Session> session;
  for (uint64_t at = 0; at < text.size(); ++at) {
    if (at % block == 0) session = predictor.open(1);
    const bool shown = at >= part.first && at < part.last;
    if (shown && top > 0) costs.alternatives.push_back(likeliest(next_byte(*session), top));
    const double bits = code(*session, alphabet, text[at]);
    costs.bits += bits;
    if (shown) costs.shown.push_back(bits);
    if (at % kReport == kReport - 1) progress.advance(kReport);
  }
  return costs;
}

}  // namespace lmzip::explain
