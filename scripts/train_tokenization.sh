#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains what the paper's table 2 compares: transformers of two sizes on bytes and on byte pair tokens of five
# vocabularies, all on as many bytes of text.
#
#   scripts/train_tokenization.sh DATA WORK [BYTES] [OPTION of lmzip train...]
#
# DATA holds text/*.xz (nothing is downloaded); WORK gets the unpacked texts, the tokenizers, logs, float models, and the
# results: tok-200k-bytes.safetensors, tok-200k-1k, -2k, -5k, -10k, -20k, then the same as tok-800k, each with its card.
# BYTES of text for each model, default 8MB. What is finished is not made again: call it again after a stop (^C, TERM).
# Neither the last 5,000,000 bytes of enwiki2015 nor the enwik8 head are learnt from, by tokenizers neither.
source "$(dirname "$0")/train_common.sh"
(($# >= 2)) || { sed -n '3,12s/^# \{0,1\}//p' "$0"; exit 2; }
LMZIP=$(realpath "$LMZIP")
prepare "$1" "$2"
bytes=${3:-8MB}
shift $(($# < 3 ? $# : 3))

texts=(enwiki2015.train enwiki2016_xml_gensim_6089746.xml enwiki_xml_dbpedia_1550174.xml)
declare -A symbols=([1k]=1024 [2k]=2048 [5k]=5120 [10k]=10240 [20k]=20480)

# tokenizer NAME: of about as much plain text as markup, as the models see them.
tokenizer() {
  [[ -e tok-$1.tokenizer.json ]] ||
    "$LMZIP" train-tokenizer --vocabulary "${symbols[$1]}" --bytes 8M -o "tok-$1.tokenizer.json" "${texts[@]}"
}

# model SIZE VOCABULARY OPTION...: tok-SIZE-VOCABULARY.safetensors.
model() {
  local name=tok-$1-$2 size=$1 vocabulary=$2 how=(--bytes "$bytes")
  shift 2
  [[ ! -e $name.safetensors ]] || return 0
  [[ ! -e $name.checkpoint ]] || how=(--resume "$name.checkpoint")
  # Sequences grow like the preset's, which are of bytes, but in tokens; the last ones hold a chunk of 2048 bytes.
  local lengths=64,128@0.5,256@0.75,1024@0.88
  [[ $vocabulary != [12]k ]] || lengths=128,256@0.5,512@0.75,1280@0.88
  # A token says more than a byte and comes up less often: smaller batches, faster learning of what each has for itself.
  [[ $vocabulary == bytes ]] ||
    how+=(--tokenizer "tok-$vocabulary.tokenizer.json" --curriculum "$lengths" --batch 2048 --rate 0.004)
  "$LMZIP" train -v --preset "paper-$size" "${how[@]}" --output "$name.float.safetensors" --log "$name.jsonl" \
    --checkpoint "$name.checkpoint" --validation enwik8_head.validation --validation enwiki2015.validation \
    --validation-bytes 32K --licence Apache-2.0 --data-licence "CC BY-SA 3.0 and GFDL (Wikipedia)" \
    --notes "For comparing vocabularies after the same text, not for use. enwiki2016_xml_gensim holds later versions of articles of the enwik8 head, so figures on the head flatter this model." \
    "$@" "${texts[0]}=0.5" "${texts[1]}=0.4" "${texts[2]}=0.1"
  "$LMZIP" model quantize --force "$name.float.safetensors" "$name.safetensors"
  rm -f "$name.checkpoint" "$name.checkpoint.plateau"
}

for vocabulary in 1k 2k 5k 10k 20k; do tokenizer $vocabulary; done
for size in 200k 800k; do
  for vocabulary in bytes 1k 2k 5k 10k 20k; do model $size $vocabulary "$@"; done
done
