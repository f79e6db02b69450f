// SPDX-License-Identifier: Apache-2.0
// What a session forecasts, in a form that can be compared.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/hash.h"
#include "lmzip/predictor.h"
#include "unit/predict/streams.h"

namespace lmzip::test {

/// One hash per forecast: of all its cumulative frequencies.
using Trace = std::vector<uint64_t>;

inline uint64_t digest(const FrequencyTable& table) {
  std::vector<uint32_t> cumulative;
  for (Symbol symbol = 0; symbol < table.size(); ++symbol) cumulative.push_back(table.high(symbol));
  return base::xxh3_64({reinterpret_cast<const uint8_t*>(cumulative.data()), cumulative.size() * sizeof(uint32_t)});
}

/// Feeds `streams` to a session of as many lanes, all at once, idle where a stream has ended, and returns a trace for
/// each: the forecasts before every symbol and the one behind the last.
inline std::vector<Trace> run_lanes(Session& session, const std::vector<Stream>& streams) {
  std::vector<Trace> traces(streams.size());
  size_t longest = 0;
  for (const auto& stream : streams) longest = std::max(longest, stream.size());
  std::vector<Symbol> next(streams.size());
  for (size_t at = 0; at <= longest; ++at) {
    for (size_t lane = 0; lane < streams.size(); ++lane) {
      const auto& stream = streams[lane];
      next[lane] = at < stream.size() ? stream[at] : kIdle;
      if (at <= stream.size()) traces[lane].push_back(digest(session.forecast(static_cast<int>(lane))));
    }
    session.advance(next);
  }
  return traces;
}

inline Trace run_alone(const Predictor& predictor, const Stream& stream) {
  return run_lanes(*predictor.open(1), {stream}).front();
}

}  // namespace lmzip::test
