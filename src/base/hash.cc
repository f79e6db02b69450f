// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <xxhash.h>

#include <algorithm>
#include <new>

namespace lmzip::base {
namespace {

Digest canonical_bytes(XXH128_hash_t hash) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  Digest digest;
  static_assert(sizeof canonical.digest == sizeof digest);
  std::copy_n(canonical.digest, digest.size(), digest.begin());
  return digest;
}

}  // namespace

uint64_t xxh3_64(ByteSpan bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

Digest xxh3_128(ByteSpan bytes) { return canonical_bytes(XXH3_128bits(bytes.data(), bytes.size())); }

struct DigestStream::State {
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> xxh{XXH3_createState(), XXH3_freeState};
};

DigestStream::DigestStream() : state_(std::make_unique<State>()) {
  if (!state_->xxh) throw std::bad_alloc();
  XXH3_128bits_reset(state_->xxh.get());
}

DigestStream::~DigestStream() = default;

void DigestStream::add(ByteSpan bytes) { XXH3_128bits_update(state_->xxh.get(), bytes.data(), bytes.size()); }

Digest DigestStream::digest() const { return canonical_bytes(XXH3_128bits_digest(state_->xxh.get())); }

std::string hex(ByteSpan bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace lmzip::base
