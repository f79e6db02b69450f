// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <md5.h>
#include <sha2.h>

#include <array>
#include <variant>

#include "base/hash.h"

namespace lmzip::base {

struct Digester::State {
  std::variant<MD5_CTX, SHA2_CTX> context;
};

Digester::Digester(DigestKind kind) : state_(std::make_unique<State>()) {
  if (kind == DigestKind::kMd5) {
    MD5Init(&state_->context.emplace<MD5_CTX>());
  } else {
    SHA256Init(&state_->context.emplace<SHA2_CTX>());
  }
}

Digester::~Digester() = default;

void Digester::update(ByteSpan bytes) {
  if (auto* const md5 = std::get_if<MD5_CTX>(&state_->context)) {
    MD5Update(md5, bytes.data(), bytes.size());
  } else {
    SHA256Update(&std::get<SHA2_CTX>(state_->context), bytes.data(), bytes.size());
  }
}

std::string Digester::finish() {
  if (auto* const md5 = std::get_if<MD5_CTX>(&state_->context)) {
    std::array<uint8_t, MD5_DIGEST_LENGTH> result;
    MD5Final(result.data(), md5);
    return hex(result);
  }
  std::array<uint8_t, SHA256_DIGEST_LENGTH> result;
  SHA256Final(result.data(), &std::get<SHA2_CTX>(state_->context));
  return hex(result);
}

std::string digest(DigestKind kind, ByteSpan bytes) {
  Digester digester(kind);
  digester.update(bytes);
  return digester.finish();
}

}  // namespace lmzip::base
