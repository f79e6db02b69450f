// SPDX-License-Identifier: Apache-2.0
// A session over a network of tokens, in the symbols of a TokenCode.
#pragma once

#include <memory>

#include "predict/sequence_session.h"
#include "predict/token_code.h"

namespace lmzip::predict {

/// Forecasts are of the group (and the escape, if there is one) first, then of the place in it. The network reads whole
/// tokens; an escaped byte it never sees. Tokens of one group are as likely to each other as their logits say, to 30
/// bits; every token keeps a chance of at least 2^-24 of its group, every group of 2^-24.
///
/// With a top of K, only the K likeliest tokens have those chances, of equals those with the lowest ids; all others
/// share the chance of a miss evenly. That follows how often it was needed in this lane: (m + 1/2) / (n + 32) after m
/// misses in n tokens. A top of all tokens or more is none.
///
/// The escape's chance follows how often it was needed in this lane: (e + 1/16) / (n + 4096) after e of n symbols,
/// a half at most.
struct TokenRules {
  Restart restart = {};
  uint64_t top = 0;  ///< K; 0: all tokens
};

/// `code` outlives the session.
std::unique_ptr<Session> open_tokens(std::unique_ptr<SequenceNetwork> network, const TokenCode& code, int lanes,
                                     const TokenRules& rules);

}  // namespace lmzip::predict
