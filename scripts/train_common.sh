# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by train_paper.sh and train_default.sh: the texts, and the part of the command that both share.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
: "${LMZIP:=$here/build/lmzip}"

# prepare DATA WORK: unpacks the texts of DATA/text into WORK, cut into what is learnt from and what is measured on, and
# goes there.
prepare() {
  local data=$1/text work=$2
  [[ -d $data ]] || { echo "there is no folder $data" >&2; exit 1; }
  mkdir -p "$work"
  data=$(realpath "$data")
  cd "$work"
  cut_text "$data/enwiki2015_text_100MB.txt.xz" enwiki2015 5000000
  cut_text "$data/enwik8_head_2972256.bin.xz" enwik8_head 500000
  local xml
  for xml in enwiki2016_xml_gensim_6089746.xml enwiki_xml_dbpedia_1550174.xml; do
    [[ -e $xml ]] || { xz -dc "$data/$xml.xz" >"$xml.part" && mv "$xml.part" "$xml"; }
  done
}

# cut_text FILE.xz NAME BYTES: the last BYTES become NAME.validation, all before them NAME.train.
cut_text() {
  [[ -e $2.train ]] && return
  xz -dc "$1" >"$2.whole"
  tail -c "$3" "$2.whole" >"$2.validation"
  head -c "-$3" "$2.whole" >"$2.part"
  rm "$2.whole"
  mv "$2.part" "$2.train"
}

# train NAME MINUTES OPTION...: half of the samples from XML with wiki markup, half from plain text. Goes on from
# NAME.checkpoint where there is one: after a stop up to the end that was planned, after that for MINUTES more.
train() {
  local name=$1 minutes=$2 resume=(--minutes "$2")
  shift 2
  if [[ -e $name.checkpoint && -e $name.safetensors ]]; then
    resume=(--resume "$name.checkpoint" --minutes "$minutes")
  elif [[ -e $name.checkpoint ]]; then
    resume=(--resume "$name.checkpoint")
  fi
  "$LMZIP" train -v --output "$name.safetensors" --checkpoint "$name.checkpoint" --log "$name.jsonl" "${resume[@]}" \
    --validation enwik8_head.validation --validation enwiki2015.validation --validation-bytes 32K \
    --licence Apache-2.0 --data-licence "CC BY-SA 3.0 and GFDL (Wikipedia)" \
    --notes "enwiki2016_xml_gensim holds later versions of articles of the enwik8 head, so figures on the head flatter this model." \
    "$@" enwiki2015.train=0.5 enwiki2016_xml_gensim_6089746.xml=0.301 enwiki_xml_dbpedia_1550174.xml=0.077 \
    enwik8_head.train=0.122
  "$LMZIP" model quantize --force "$name.safetensors" "$name.int8.safetensors"
}
