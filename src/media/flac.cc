// SPDX-License-Identifier: Apache-2.0
#include <FLAC/stream_decoder.h>
#include <fmt/format.h>

#include <exception>
#include <memory>
#include <new>
#include <vector>

#include "media/decoders.h"

namespace lmzip::media {
namespace {

/// What libFLAC reads from and writes to. No exception may fly through it: they wait here until it has returned.
class Playback {
 public:
  Playback(RandomSource& file, const SoundReceiver& receiver) : file_(file), receiver_(receiver) {}

  void run() {
    const std::unique_ptr<FLAC__StreamDecoder, void (*)(FLAC__StreamDecoder*)> owner(FLAC__stream_decoder_new(),
                                                                                     FLAC__stream_decoder_delete);
    FLAC__StreamDecoder* const decoder = owner.get();
    if (decoder == nullptr) throw std::bad_alloc();
    FLAC__stream_decoder_set_md5_checking(decoder, true);
    if (FLAC__stream_decoder_init_stream(decoder, on_read, nullptr, nullptr, nullptr, nullptr, on_samples, on_metadata,
                                         on_error, this) != FLAC__STREAM_DECODER_INIT_STATUS_OK) {
      throw std::bad_alloc();
    }
    for (;;) {
      const bool going = FLAC__stream_decoder_process_single(decoder);
      if (thrown_) std::rethrow_exception(thrown_);
      if (stopped_) return;
      if (problem_ != nullptr) corrupt(problem_);
      const FLAC__StreamDecoderState state = FLAC__stream_decoder_get_state(decoder);
      if (state == FLAC__STREAM_DECODER_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
      if (state == FLAC__STREAM_DECODER_END_OF_STREAM) break;
      if (!going) corrupt("not to be decoded");
    }
    if (!begun_ || (format_.length != 0 && done_ != format_.length)) corrupt("truncated");
    if (!FLAC__stream_decoder_finish(decoder)) corrupt("the samples do not have the MD5 that the file tells");
  }

 private:
  [[noreturn]] static void corrupt(const char* what) {
    throw Error(ErrorKind::kCorrupt, fmt::format("damaged FLAC: {}", what));
  }

  /// Runs `work`, which may throw. Returns whether it did not.
  template <typename Work>
  bool kept(const Work& work) {
    try {
      work();
    } catch (...) {
      thrown_ = std::current_exception();
    }
    return thrown_ == nullptr;
  }

  static Playback& of(void* self) { return *static_cast<Playback*>(self); }

  static FLAC__StreamDecoderReadStatus on_read(const FLAC__StreamDecoder*, FLAC__byte* data, size_t* size, void* self) {
    Playback& playback = of(self);
    if (!playback.kept([&] { *size = playback.file_.read_at(playback.next_, data, *size); })) {
      return FLAC__STREAM_DECODER_READ_STATUS_ABORT;
    }
    playback.next_ += *size;
    return *size > 0 ? FLAC__STREAM_DECODER_READ_STATUS_CONTINUE : FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM;
  }

  static void on_metadata(const FLAC__StreamDecoder*, const FLAC__StreamMetadata* block, void* self) {
    Playback& playback = of(self);
    if (block->type != FLAC__METADATA_TYPE_STREAMINFO || playback.begun_) return;
    playback.kept([&] { playback.begin(block->data.stream_info); });
  }

  void begin(const FLAC__StreamMetadata_StreamInfo& info) {
    begun_ = true;
    format_ = {info.sample_rate, info.channels, info.bits_per_sample, info.total_samples};
    if (format_.bits < 8) {
      throw Error(ErrorKind::kCorrupt, fmt::format("{} bits a sample; 8 to 32 are expected", format_.bits));
    }
    receiver_.begin(format_);
  }

  static FLAC__StreamDecoderWriteStatus on_samples(const FLAC__StreamDecoder*, const FLAC__Frame* frame,
                                                   const FLAC__int32* const samples[], void* self) {
    Playback& playback = of(self);
    if (playback.thrown_ || playback.problem_ != nullptr) return FLAC__STREAM_DECODER_WRITE_STATUS_ABORT;
    const bool kept = playback.kept([&] { playback.deliver(frame->header, samples); });
    return kept && !playback.stopped_ && playback.problem_ == nullptr ? FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE
                                                                      : FLAC__STREAM_DECODER_WRITE_STATUS_ABORT;
  }

  void deliver(const FLAC__FrameHeader& header, const FLAC__int32* const samples[]) {
    if (!begun_ || header.channels != format_.channels || header.bits_per_sample != format_.bits) {
      problem_ = "a frame of another kind of sound";
      return;
    }
    done_ += header.blocksize;
    piece_.resize(size_t{header.blocksize} * header.channels);
    for (size_t channel = 0; channel < header.channels; ++channel) {
      for (size_t i = 0; i < header.blocksize; ++i) piece_[i * header.channels + channel] = samples[channel][i];
    }
    stopped_ = !receiver_.sink(piece_);
  }

  static void on_error(const FLAC__StreamDecoder*, FLAC__StreamDecoderErrorStatus status, void* self) {
    of(self).problem_ = FLAC__StreamDecoderErrorStatusString[status];
  }

  RandomSource& file_;
  const SoundReceiver& receiver_;
  uint64_t next_ = 0;  ///< first byte of the file not read yet
  SoundFormat format_;
  bool begun_ = false;
  uint64_t done_ = 0;           ///< samples of each channel delivered
  std::vector<int32_t> piece_;  ///< at most a frame: 65535 samples in 8 channels
  bool stopped_ = false;
  const char* problem_ = nullptr;
  std::exception_ptr thrown_;
};

}  // namespace

void read_flac(RandomSource& file, const SoundReceiver& receiver) { Playback(file, receiver).run(); }

}  // namespace lmzip::media
