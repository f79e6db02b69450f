// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace lmzip::base {
namespace {

ByteSpan bytes_of(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

TEST(Digest, IsThatOfTheStandards) {
  // RFC 1321, appendix A.5, and FIPS 180-2, appendix B.1.
  EXPECT_EQ(digest(DigestKind::kMd5, {}), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(digest(DigestKind::kMd5, bytes_of("message digest")), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(digest(DigestKind::kSha256, bytes_of("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, DoesNotDependOnThePieces) {
  const Bytes data(1000, 'x');
  for (const DigestKind kind : {DigestKind::kMd5, DigestKind::kSha256}) {
    Digester digester(kind);
    for (size_t at = 0, size = 0; at < data.size(); at += size) {
      size = std::min<size_t>(data.size() - at, at / 3 + 1);
      digester.update(ByteSpan(data).subspan(at, size));
    }
    EXPECT_EQ(digester.finish(), digest(kind, data));
  }
}

}  // namespace
}  // namespace lmzip::base
