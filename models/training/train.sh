#!/bin/sh
# From raw data to model folders: ./train.sh DATA=/path/to/data [WORK=/tmp/deja-train] [WORDNET=/usr/share/wordnet]
#   [VARIANTS=full] [THREADS=2] [PYTHON=python3]     (VARIANTS="full clean" makes both)
# Needs Python 3.11, network for the first run (PyPI), and Debian's package wordnet-base.
# An hour or so on two cores: most of it is the teacher. A stopped run goes on where it was.
# Beside each variant it makes three in WORK that leave out the labels of one fold each: the judge is fitted to those.
set -eu
WORK=/tmp/deja-train WORDNET=/usr/share/wordnet VARIANTS=full THREADS=2 PYTHON=python3 DATA=
for argument in "$@"; do
    case $argument in
    DATA=* | WORK=* | WORDNET=* | VARIANTS=* | THREADS=* | PYTHON=*) eval "${argument%%=*}=\${argument#*=}" ;;
    *) echo "train.sh: '$argument' is not NAME=VALUE" >&2 && exit 64 ;;
    esac
done
[ -d "$DATA/pairs" ] || { echo "train.sh: DATA=FOLDER must name a folder with pairs/, clusters/ and prompts/" >&2; exit 64; }
[ -f "$WORDNET/data.noun" ] || { echo "train.sh: $WORDNET/data.noun is missing (apt install wordnet-base)" >&2; exit 64; }
cd "$(dirname "$0")"
mkdir -p "$WORK"
[ -x "$WORK/venv/bin/python" ] || "$PYTHON" -m venv "$WORK/venv"
"$WORK/venv/bin/pip" install -q -r requirements.txt
run() { "$WORK/venv/bin/python" -u -m "dejatrain.$@"; }

[ -f "$WORK/corpus/counts.json" ] || run data "$DATA" "$WORK/corpus" "$WORDNET"
run teacher "$WORK/corpus" "$THREADS"
provenance="models/training/train.sh; sets and figures in MODEL_CARD.md"
for variant in $VARIANTS; do
    case $variant in
    full) epochs="--distil-epochs 5 --pair-epochs 3" stage=tuned@0.6 name=deja-en-v2 licence="see MODEL_CARD.md" ;;
    clean) epochs="--distil-epochs 6 --pair-epochs 2" stage=tuned@0.5 name=deja-en-clean-v2 licence="CC BY-SA 4.0" ;;
    *) echo "train.sh: no variant '$variant'" >&2 && exit 64 ;;
    esac
    # shellcheck disable=SC2086
    [ -f "$WORK/$variant/tuned.pt" ] || run train "$WORK/corpus" "$WORK/$variant" $variant $epochs --threads "$THREADS"
    run export "$WORK/corpus" "$WORK/$variant" "../$name" $variant --name $name --stage $stage --dimension 256 \
        --licence "$licence" --provenance "$provenance"
    for fold in 0 1 2; do
        # shellcheck disable=SC2086
        [ -f "$WORK/$variant/fold$fold.pt" ] || run train "$WORK/corpus" "$WORK/$variant" $variant $epochs --resume \
            --leave-out $fold --stage fold$fold --threads "$THREADS"
        run export "$WORK/corpus" "$WORK/$variant" "$WORK/$name-fold-$fold" $variant --name $name-fold-$fold \
            --stage fold$fold@${stage#*@} --dimension 256 --licence "$licence" --provenance "$provenance"
    done
done
for split in dev test held-out; do
    echo "== $split"
    run report "$DATA" "$WORK/corpus" teacher v2=../deja-en-v2 --split $split
done
run golden ../deja-en-v2 ../../fixtures/golden/learned-embedder.json
