// SPDX-License-Identifier: Apache-2.0
// Small architectures with every part.
#pragma once

#include <string>

#include "lmzip/bytes.h"
#include "model/architecture.h"
#include "unit/model/refusals.h"

namespace lmzip::test {

inline model::Architecture transformer() {
  model::Architecture a;
  a.width = 32;
  a.layers = {model::Mixer::kAttention, model::Mixer::kAttention};
  a.norm = model::Norm::kLayer;
  a.feed = model::Feed::kGelu;
  a.feed_width = 64;
  a.context = 128;
  a.heads = 4;
  a.key_value_heads = 2;
  a.head_width = 16;
  a.window = 64;
  return a;
}

inline model::Architecture recurrent() {
  model::Architecture a;
  a.width = 16;
  a.layers = {model::Mixer::kRecurrence};
  a.tied = true;
  a.convolution = true;
  a.context = 64;
  a.state_width = 48;
  a.tables = {model::NgramContext::kOrder2, model::NgramContext::kWord};
  a.table_bits = 8;
  a.table_width = 16;
  return a;
}

/// Everything at once.
inline model::Architecture hybrid() {
  model::Architecture a = transformer();
  a.layers = {model::Mixer::kRecurrence, model::Mixer::kAttention};
  a.norm = model::Norm::kRms;
  a.feed = model::Feed::kSwiGlu;
  a.convolution = true;
  a.state_width = 16;
  a.tables = {model::NgramContext::kOrder3};
  a.table_bits = 9;
  a.table_width = 32;
  return a;
}

/// Over tokens.
inline model::Architecture tokens() {
  model::Architecture a = recurrent();
  a.vocabulary = 272;
  a.tables.clear();
  a.table_bits = a.table_width = 0;
  return a;
}

inline ByteSpan bytes_of(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace lmzip::test
