# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by train_paper.sh, train_default.sh and train_best.sh: the texts, and the part of the command that they share.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
: "${LMZIP:=$here/build/lmzip}"
# Threads that wait for each other by spinning make training seventeen times slower when another program runs; sleeping
# costs them a fifth when none does.
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}

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

licence="CC BY-SA 3.0 and GFDL (Wikipedia)"

# The papers' transformers: half of the samples from XML with wiki markup, half from plain text.
wikipedia=(enwiki2015.train=0.5 enwiki2016_xml_gensim_6089746.xml=0.301 enwiki_xml_dbpedia_1550174.xml=0.077
           enwik8_head.train=0.122)

texts=("${wikipedia[@]}")

# For everyday use: a fifth is what else users compress. The XML is small and has been seen more than twenty times.
everything=(enwiki2015.train=0.64 enwiki2016_xml_gensim_6089746.xml=0.09 enwiki_xml_dbpedia_1550174.xml=0.03
            enwik8_head.train=0.05 general/{c,python}"=0.03" general/{perl,javascript}"=0.01" general/{html,json}"=0.02"
            general/xml=0.01 general/markdown=0.02 general/{manual,script,log}"=0.01")

# gather: what `everything` has from the packages of this machine, of which validation gets all kinds together.
gather() {
  texts=("${everything[@]}")
  licence+="; free licences of Debian packages (scripts/gather_text.py)"
  [[ -e general.validation ]] && return
  "$here/scripts/gather_text.py" general
  cat general/*.validation >general.validation
}

# train NAME MINUTES OPTION...: on "${texts[@]}". Goes on from NAME.checkpoint where there is one: after a stop up to the
# end that was planned, after that for MINUTES more; else, if begin_from is set, as that says.
train() {
  local name=$1 minutes=$2 resume=(--minutes "$2")
  shift 2
  if [[ -e $name.checkpoint && -e $name.safetensors ]]; then
    resume=(--resume "$name.checkpoint" --minutes "$minutes")
  elif [[ -e $name.checkpoint ]]; then
    resume=(--resume "$name.checkpoint")
  elif [[ -n ${begin_from[*]:-} ]]; then
    resume=("${begin_from[@]}" --minutes "$minutes")
  fi
  "$LMZIP" train -v --output "$name.safetensors" --checkpoint "$name.checkpoint" --log "$name.jsonl" "${resume[@]}" \
    --validation enwik8_head.validation --validation enwiki2015.validation --validation-bytes 32K \
    --licence Apache-2.0 --data-licence "$licence" \
    --notes "enwiki2016_xml_gensim holds later versions of articles of the enwik8 head, so figures on the head flatter this model." \
    "$@" "${texts[@]}"
  "$LMZIP" model quantize --force "$name.safetensors" "$name.int8.safetensors"
}
