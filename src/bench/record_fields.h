// SPDX-License-Identifier: Apache-2.0
// The fields of a record, once: what is written, read and tabulated goes through this list.
#pragma once

#include "bench/record.h"

namespace lmzip::bench {

/// When a field stands in the JSON. One that does not stand there has its default.
enum class Presence : uint8_t {
  kAlways,    ///< it must be there
  kMeasured,  ///< it must be there if the cell was measured
  kIfSet,     ///< where it differs from its default
};

/// Calls visit(name, pointer to the member, presence) for each field in the order of the JSON.
template <typename Visit>
void for_each_field(Visit&& visit) {
  using enum Presence;
  visit("table", &Record::table, kAlways);
  visit("corpus", &Record::corpus, kAlways);
  visit("kind", &Record::kind, kIfSet);
  visit("codec", &Record::codec, kAlways);
  visit("chunk", &Record::chunk, kAlways);
  visit("symbols", &Record::symbols, kAlways);
  visit("header_rule", &Record::header_rule, kAlways);
  visit("absent", &Record::absent, kIfSet);
  visit("error", &Record::error, kIfSet);
  visit("chunks", &Record::chunks, kMeasured);
  visit("raw_bytes", &Record::raw_bytes, kMeasured);
  visit("packed_bytes", &Record::packed_bytes, kMeasured);
  visit("raw_rate", &Record::raw_rate, kMeasured);
  visit("rate_deviation", &Record::rate_deviation, kIfSet);
  visit("verified", &Record::verified, kMeasured);
  visit("encode_seconds", &Record::encode_seconds, kMeasured);
  visit("decode_seconds", &Record::decode_seconds, kMeasured);
  visit("parameters", &Record::parameters, kIfSet);
  visit("model_bytes", &Record::model_bytes, kMeasured);
  visit("model_file_bytes", &Record::model_file_bytes, kIfSet);
  visit("adjusted_rate", &Record::adjusted_rate, kMeasured);
  visit("adjusted_rate_file", &Record::adjusted_rate_file, kIfSet);
  visit("data_bytes", &Record::data_bytes, kIfSet);
  visit("vocabulary", &Record::vocabulary, kIfSet);
  visit("bytes_per_token", &Record::bytes_per_token, kIfSet);
  visit("top", &Record::top, kIfSet);
  visit("tokens", &Record::tokens, kIfSet);
  visit("escapes", &Record::escapes, kIfSet);
  visit("misses", &Record::misses, kIfSet);
  visit("bits_per_token", &Record::bits_per_token, kIfSet);
  visit("threads", &Record::threads, kIfSet);
  visit("lanes", &Record::lanes, kIfSet);
  visit("runs", &Record::runs, kIfSet);
  visit("warmup", &Record::warmup, kIfSet);
  visit("encode", &Record::encode, kIfSet);
  visit("decode", &Record::decode, kIfSet);
  visit("encode_cpu_seconds", &Record::encode_cpu_seconds, kIfSet);
  visit("decode_cpu_seconds", &Record::decode_cpu_seconds, kIfSet);
  visit("peak_bytes", &Record::peak_bytes, kIfSet);
  visit("version", &Record::version, kIfSet);
  visit("corpus_digest", &Record::corpus_digest, kIfSet);
  visit("model_digest", &Record::model_digest, kIfSet);
  visit("isa", &Record::isa, kIfSet);
  visit("seed", &Record::seed, kIfSet);
}

}  // namespace lmzip::bench
