// SPDX-License-Identifier: Apache-2.0
// Prints "mix:LEVEL DIGEST" for every level, "lm:SHAPE DIGEST" for small random networks with every part there is,
// "mix:2,model=SHAPE DIGEST" for mixing that hears one, and "pixels... DIGEST" and "samples... DIGEST" for models of
// numbers, alone and hearing one: what scripts/portability.sh compares between machines and compilers.
//
//   forecast_digest [BYTES_PER_PART [INSTRUCTION_SET]]
#include "portability/forecast_digest.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "kernels/isa.h"
#include "lmzip/tokenizer.h"
#include "predict/guided_predictor.h"
#include "predict/lm_predictor.h"
#include "predict/number_predictor.h"
#include "unit/predict/lm_shapes.h"

namespace {

using namespace lmzip;

std::vector<Symbol> symbols_of(const Predictor& predictor, ByteSpan bytes) {
  if (predictor.tokenizer() != nullptr) return predictor.tokenizer()->encode(bytes);
  if (predictor.info().alphabet != 2) return {bytes.begin(), bytes.end()};
  std::vector<Symbol> bits;
  for (const uint8_t byte : bytes) {
    for (int shift = 7; shift >= 0; --shift) bits.push_back(byte >> shift & 1);
  }
  return bits;
}

uint64_t digest_of(const Predictor& predictor, ByteSpan bytes) {
  const auto session = predictor.open(1);
  test::Digest digest;
  for (const Symbol next : symbols_of(predictor, bytes)) {
    const FrequencyTable& table = session->forecast(0);
    for (Symbol symbol = 0; symbol < table.size(); ++symbol) digest.add(table.high(symbol));
    session->advance({&next, 1});
  }
  return digest.value();
}

void print(const Predictor& predictor, ByteSpan bytes) {
  std::printf("%s %016" PRIx64 "\n", predictor.info().spec.c_str(), digest_of(predictor, bytes));
}

/// Every model of numbers there is; those that hear a network see a twentieth of the input.
void print_numbers(ByteSpan input) {
  using predict::make_pixels;
  using predict::make_samples;
  for (const unsigned channels : {1, 3}) {
    for (const unsigned bits : {8, 16}) {
      print(*make_pixels({.width = 96, .channels = channels, .bits = bits}, {}, {}), input);
    }
  }
  print(*make_pixels({.width = 5}, {.head = 54, .pad = 3}, {}), input);
  for (const unsigned channels : {1, 2}) {
    for (const unsigned bits : {8, 16, 24}) print(*make_samples({.channels = channels, .bits = bits}, {}, {}), input);
  }
  for (const test::LmShape& shape : test::lm_shapes()) {
    const predict::NumberGuide guide{.model = test::random_lm(shape), .name = "random"};
    const ByteSpan part = input.first(input.size() / 20);
    if (shape.architecture.numbers == model::Numbers::kPixels) print(*make_pixels({.width = 24}, {}, guide), part);
    if (shape.architecture.numbers == model::Numbers::kSamples) print(*make_samples({.bits = 8}, {}, guide), part);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Bytes input = test::portability_input(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 6000);
  if (argc > 2 && !kernels::force_isa(argv[2])) {
    std::fprintf(stderr, "forecast_digest: no %s here\n", argv[2]);
    return 1;
  }
  for (int level = mix::kMinLevel; level <= mix::kMaxLevel; ++level) {
    std::printf("mix:%d %016" PRIx64 "\n", level, test::forecast_digest(level, input));
  }
  // A twentieth of the input: longer than any window of these networks, and they are slower.
  for (const test::LmShape& shape : test::all_shapes()) {
    const auto predictor = predict::make_lm(test::random_lm(shape), {.name = "random", .chunk = 0});
    const uint64_t digest = digest_of(*predictor, ByteSpan(input).first(input.size() / 20));
    std::printf("lm:%s %016" PRIx64 "\n", shape.name.c_str(), digest);
  }
  for (const test::LmShape& shape : test::lm_shapes()) {
    if (shape.architecture.numbers != model::Numbers::kNone) continue;  // of no use to the mixing of text
    const auto predictor = predict::make_guided(test::random_lm(shape), {.level = 2, .name = "random"});
    const uint64_t digest = digest_of(*predictor, ByteSpan(input).first(input.size() / 20));
    std::printf("mix:2,model=%s %016" PRIx64 "\n", shape.name.c_str(), digest);
  }
  print_numbers(input);
}
