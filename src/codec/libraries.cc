// SPDX-License-Identifier: Apache-2.0
#include "codec/libraries.h"

#include "codec/classical.h"

namespace lmzip::codec {

std::vector<Library> libraries() {
  return {
    {"zlib", gzip_library()}, {"liblzma", lzma2_library()}, {"libpng", png_library()}, {"libFLAC", flac_library()},
#if LMZIP_HAVE_ZSTD
    {
      "libzstd", zstd_library()
    }
#endif
  };
}

}  // namespace lmzip::codec
