// SPDX-License-Identifier: Apache-2.0
#include "sample/samples.h"

#include <cstdint>

#include "base/embedded.h"

extern "C" {
extern const uint8_t lmzip_embedded_sample_image[];
extern const uint8_t lmzip_embedded_sample_image_end[];
extern const uint8_t lmzip_embedded_sample_sound[];
extern const uint8_t lmzip_embedded_sample_sound_end[];
extern const uint8_t lmzip_embedded_sample_text[];
extern const uint8_t lmzip_embedded_sample_text_end[];
}

namespace lmzip::sample {

ByteSpan sample_image() { return base::embedded(lmzip_embedded_sample_image, lmzip_embedded_sample_image_end); }
ByteSpan sample_sound() { return base::embedded(lmzip_embedded_sample_sound, lmzip_embedded_sample_sound_end); }
ByteSpan sample_text() { return base::embedded(lmzip_embedded_sample_text, lmzip_embedded_sample_text_end); }

}  // namespace lmzip::sample
