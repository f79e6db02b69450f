// SPDX-License-Identifier: Apache-2.0
#include <FLAC/stream_decoder.h>
#include <FLAC/stream_encoder.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include "codec/block_codec.h"
#include "codec/classical.h"

namespace lmzip::codec {
namespace {

constexpr uint32_t kSampleRate = 16000;
constexpr size_t kSamplesPerPiece = 64 << 10;
/// "fLaC" and the STREAMINFO block; its first byte says whether it is the last metadata block.
constexpr size_t kHeaderSize = 42;
constexpr size_t kBlockTypeAt = 4;
constexpr uint8_t kLastBlock = 0x80;
/// What the header can count of them; a longer stream is one of unknown length.
constexpr uint64_t kMostCountedSamples = (uint64_t{1} << 36) - 1;
/// A piece of samples and libFLAC's own buffers (frames of at most 65535 samples in up to 8 channels), rounded up.
constexpr uint64_t kWorkingBytes = uint64_t{12} << 20;

/// Samples as bytes and back: 8-bit unsigned with the middle at 128 (as in WAV), or 16-bit little-endian signed.
struct SampleFormat {
  unsigned bits;

  size_t bytes() const { return bits / 8; }

  FLAC__int32 load(const uint8_t* at) const {
    return bits == 8 ? at[0] - 128 : static_cast<int16_t>(at[0] | at[1] << 8);
  }

  void append(FLAC__int32 sample, Bytes& out) const {
    const auto value = static_cast<uint32_t>(sample) + (bits == 8 ? 128 : 0);  // wraps on what only damage can yield
    out.push_back(static_cast<uint8_t>(value));
    if (bits == 16) out.push_back(static_cast<uint8_t>(value >> 8));
  }
};

/// Takes what the encoder writes: the header and the frames, without the VORBIS_COMMENT in between, which libFLAC
/// always adds and which would make the output depend on its version (and 44 bytes longer). It waits here for
/// flush_to(), since exceptions may not cross libFLAC.
struct Recording {
  Bytes written;
  size_t header_size = 0;  ///< of the header, so far

  void flush_to(Sink& sink) {
    sink.write(written);
    written.clear();
  }

  static FLAC__StreamEncoderWriteStatus write(const FLAC__StreamEncoder*, const FLAC__byte* data, size_t size,
                                              uint32_t samples, uint32_t /*frame*/, void* self) {
    Recording& recording = *static_cast<Recording*>(self);
    const bool is_frame = samples > 0;
    const size_t wanted = is_frame ? size : std::min(size, kHeaderSize - recording.header_size);
    if (!is_frame) recording.header_size += wanted;
    try {
      recording.written.insert(recording.written.end(), data, data + wanted);
    } catch (...) {
      return FLAC__STREAM_ENCODER_WRITE_STATUS_FATAL_ERROR;
    }
    return FLAC__STREAM_ENCODER_WRITE_STATUS_OK;
  }
};

/// What the decoder reads from and writes to.
struct Playback {
  SampleFormat format;
  size_t left;  ///< of the block, before `frame`
  ByteSpan packed;
  size_t next = 0;  ///< first byte of packed not read yet
  Bytes frame{};    ///< has room for the largest one
  const char* problem = nullptr;

  static Playback& of(void* self) { return *static_cast<Playback*>(self); }

  static FLAC__StreamDecoderReadStatus read(const FLAC__StreamDecoder*, FLAC__byte* data, size_t* size, void* self) {
    Playback& playback = of(self);
    *size = std::min(*size, playback.packed.size() - playback.next);
    if (*size == 0) return FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM;
    std::memcpy(data, playback.packed.data() + playback.next, *size);
    playback.next += *size;
    return FLAC__STREAM_DECODER_READ_STATUS_CONTINUE;
  }

  static FLAC__StreamDecoderTellStatus tell(const FLAC__StreamDecoder*, FLAC__uint64* position, void* self) {
    *position = of(self).next;
    return FLAC__STREAM_DECODER_TELL_STATUS_OK;
  }

  static FLAC__StreamDecoderWriteStatus write(const FLAC__StreamDecoder*, const FLAC__Frame* frame,
                                              const FLAC__int32* const samples[], void* self) {
    Playback& playback = of(self);
    const auto& header = frame->header;
    const size_t room = (playback.left - playback.frame.size()) / playback.format.bytes();
    if (header.channels != 1 || header.bits_per_sample != playback.format.bits) {
      playback.problem = "a frame of another kind of sound";
    } else if (header.blocksize > room) {
      playback.problem = "holds more bytes than its block";
    }
    if (playback.problem != nullptr) return FLAC__STREAM_DECODER_WRITE_STATUS_ABORT;
    // Never beyond the reserved size, so nothing is thrown through libFLAC.
    for (uint32_t i = 0; i < header.blocksize; ++i) playback.format.append(samples[0][i], playback.frame);
    return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE;
  }

  static void error(const FLAC__StreamDecoder*, FLAC__StreamDecoderErrorStatus status, void* self) {
    of(self).problem = FLAC__StreamDecoderErrorStatusString[status];
  }
};

class Flac final : public BlockCodec {
 public:
  explicit Flac(FlacOptions options)
      : BlockCodec({.spec = "flac:" + std::to_string(options.level) + (options.bits == 8 ? "" : ",bits=16"),
                    .fixed_bytes = kWorkingBytes,
                    .bytes_per_byte = 1.07}),
        level_(options.level),
        format_{options.bits} {}

 private:
  /// Payload: the FLAC stream of the whole samples (nothing if there are none), then the odd byte if there is one.
  void pack(ByteSpan raw, Sink& packed, ProgressSink& progress) const override {
    const size_t samples = raw.size() / format_.bytes();
    if (samples > 0) encode(raw.first(samples * format_.bytes()), packed, progress);
    const ByteSpan odd = raw.subspan(samples * format_.bytes());
    packed.write(odd);
    progress.advance(odd.size());
  }

  void encode(ByteSpan raw, Sink& packed, ProgressSink& progress) const {
    Recording recording;  // before the encoder, whose end writes what is left
    const std::unique_ptr<FLAC__StreamEncoder, void (*)(FLAC__StreamEncoder*)> encoder(FLAC__stream_encoder_new(),
                                                                                       FLAC__stream_encoder_delete);
    FLAC__StreamEncoder* const e = encoder.get();
    if (e == nullptr) throw std::bad_alloc();
    FLAC__stream_encoder_set_channels(e, 1);
    FLAC__stream_encoder_set_bits_per_sample(e, format_.bits);
    FLAC__stream_encoder_set_sample_rate(e, kSampleRate);
    FLAC__stream_encoder_set_compression_level(e, level_);
    const uint64_t samples = raw.size() / format_.bytes();
    FLAC__stream_encoder_set_total_samples_estimate(e, samples <= kMostCountedSamples ? samples : 0);
    if (FLAC__stream_encoder_init_stream(e, Recording::write, nullptr, nullptr, nullptr, &recording) !=
        FLAC__STREAM_ENCODER_INIT_STATUS_OK) {
      throw std::bad_alloc();  // the settings are right
    }
    recording.written[kBlockTypeAt] |= kLastBlock;
    std::vector<FLAC__int32> piece;
    for (size_t next = 0; next < raw.size();) {
      const size_t size = std::min(kSamplesPerPiece * format_.bytes(), raw.size() - next);
      piece.clear();
      for (size_t at = next; at < next + size; at += format_.bytes()) piece.push_back(format_.load(raw.data() + at));
      if (!FLAC__stream_encoder_process_interleaved(e, piece.data(), static_cast<uint32_t>(piece.size()))) {
        throw std::bad_alloc();
      }
      next += size;
      recording.flush_to(packed);
      progress.advance(size);
    }
    if (!FLAC__stream_encoder_finish(e)) throw std::bad_alloc();
    recording.flush_to(packed);
  }

  void unpack(ByteSpan packed, size_t raw_size, Sink& raw, ProgressSink& progress) const override {
    const size_t odd = raw_size % format_.bytes();
    if (packed.size() < odd) corrupt("truncated");
    decode(packed.first(packed.size() - odd), raw_size - odd, raw, progress);
    raw.write(packed.last(odd));
    progress.advance(odd);
  }

  void decode(ByteSpan packed, size_t raw_size, Sink& raw, ProgressSink& progress) const {
    if (raw_size == 0) {
      if (!packed.empty()) corrupt("holds more bytes than its block");
      return;
    }
    Playback playback{format_, raw_size, packed};
    playback.frame.reserve(std::min<size_t>(raw_size, FLAC__MAX_BLOCK_SIZE * format_.bytes()));
    const std::unique_ptr<FLAC__StreamDecoder, void (*)(FLAC__StreamDecoder*)> decoder(FLAC__stream_decoder_new(),
                                                                                       FLAC__stream_decoder_delete);
    FLAC__StreamDecoder* const d = decoder.get();
    if (d == nullptr ||
        FLAC__stream_decoder_init_stream(d, Playback::read, nullptr, Playback::tell, nullptr, nullptr, Playback::write,
                                         nullptr, Playback::error, &playback) != FLAC__STREAM_DECODER_INIT_STATUS_OK) {
      throw std::bad_alloc();
    }
    while (playback.left > 0) {
      const bool going = FLAC__stream_decoder_process_single(d);
      if (playback.problem != nullptr) corrupt(playback.problem);
      const FLAC__StreamDecoderState state = FLAC__stream_decoder_get_state(d);
      if (state == FLAC__STREAM_DECODER_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
      if (!going || state == FLAC__STREAM_DECODER_END_OF_STREAM) corrupt("truncated");
      raw.write(playback.frame);
      progress.advance(playback.frame.size());
      playback.left -= playback.frame.size();
      playback.frame.clear();
    }
    FLAC__uint64 position = 0;
    if (!FLAC__stream_decoder_get_decode_position(d, &position) || position != packed.size()) {
      corrupt("bytes behind the end of the stream");
    }
  }

  unsigned level_;
  SampleFormat format_;
};

}  // namespace

std::unique_ptr<Compressor> make_flac(FlacOptions options) { return std::make_unique<Flac>(options); }

std::string flac_library() { return FLAC__VERSION_STRING; }

}  // namespace lmzip::codec
