// SPDX-License-Identifier: Apache-2.0
#include "predict/probe.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace lmzip::predict {

std::string probe_digest(Session& session, std::span<const Symbol> symbols) {
  Bytes forecasts;
  for (const Symbol next : symbols) {
    const FrequencyTable& table = session.forecast(0);
    for (Symbol symbol = 0; symbol < table.size(); ++symbol) {
      for (int shift = 0; shift < 32; shift += 8)
        forecasts.push_back(static_cast<uint8_t>(table.high(symbol) >> shift));
    }
    session.advance({&next, 1});
  }
  return fmt::format("{:016x}", base::xxh3_64(forecasts));
}

}  // namespace lmzip::predict
