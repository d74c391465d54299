#!/usr/bin/env bash
# Filling on one lent graphics card, in one call of at most ten minutes.
#
# There (GPU):  benchmarks/cuda_plan.sh all         all of the below, each within its time
#               benchmarks/cuda_plan.sh tests       what is marked `cuda`
#               benchmarks/cuda_plan.sh embedded    the embedded model at 512 tokens: compiled passes beside the
#                                                   dynamic cache, Algorithm 1 on both, generation, diffusion
#               benchmarks/cuda_plan.sh large       the same at OLMo-1B's and ModernBERT-large's shape, random weights
#               benchmarks/cuda_plan.sh profile     where the time of one fill of each goes
# Anywhere:     benchmarks/cuda_plan.sh rehearse    all of it on the CPU at toy size
#
# The tree carries the code, the texts and resources/model. What the lent machine's Python lacks is
# platformdirs: put its wheel into .whl (ignored by way of .git/info/exclude), and name it in carry:
#     python -m pip download --no-deps -d .whl platformdirs
# No internet, no weights of other models. Results: $OUT/*.md, *.json and *.txt, seven files.
# The first compilation of a shape takes longest; `prepared_s` in the JSON says how long all took.
set -uo pipefail
cd "$(dirname "$0")/.."

PYTHON=${PYTHON:-$([ -x .venv/bin/python ] && echo .venv/bin/python || echo python3)}
OUT=${OUT:-.gpu/cuda}
DEVICE=${DEVICE:-cuda}
SITE=${SITE:-/tmp/maria-site}
METHODS=${METHODS:-engine engine-all algorithm-1 engine-dynamic algorithm-1-dynamic diffusion-16 generation}
# Drafts of random weights are never right, so that to read all at once costs a wide pass a slot.
LARGE_METHODS=${LARGE_METHODS:-engine algorithm-1 engine-dynamic algorithm-1-dynamic}
RATES=${RATES:-0.1 0.3 0.5 0.7 0.9}
LENGTH=${LENGTH:-512}
EMBEDDED=${EMBEDDED:---model embedded}
LARGE=${LARGE:---random olmo-1b+modernbert-large}
# Seconds for each step: 570 together. What is cut off has written what it had.
TESTS_S=${TESTS_S:-130} EMBEDDED_S=${EMBEDDED_S:-130} LARGE_S=${LARGE_S:-210} PROFILE_S=${PROFILE_S:-50}
export PYTHONUNBUFFERED=1 TOKENIZERS_PARALLELISM=false

if compgen -G '.whl/*.whl' >/dev/null && [ ! -d "$SITE" ]; then
    "$PYTHON" -m pip install -q --no-index --no-deps --no-compile --target "$SITE" .whl/*.whl
fi
export PYTHONPATH=$SITE${PYTHONPATH:+:$PYTHONPATH}
mkdir -p "$OUT"

tests() {
    timeout "$TESTS_S" "$PYTHON" -m pytest -m cuda -q -rs --durations=10 \
        tests/maria_model/test_cuda.py 2>&1 | tee "$OUT/tests.txt"
}

measure() { # measure NAME SECONDS OPTIONS: a table, a rate at a time; the JSON comes last
    local name=$1 seconds=$2
    shift 2
    # shellcheck disable=SC2086
    timeout "$seconds" "$PYTHON" -m benchmarks.infilling "$@" --device "$DEVICE" \
        --lengths "$LENGTH" --rates $RATES --json "$OUT/$name.json" |
        tee "$OUT/$name.md"
}

embedded() { # shellcheck disable=SC2086
    measure embedded "$EMBEDDED_S" $EMBEDDED --methods $METHODS --repeats 5
}

large() { # shellcheck disable=SC2086
    measure large "$LARGE_S" $LARGE --methods $LARGE_METHODS --repeats 2
}

profile() {
    local options
    for options in "$EMBEDDED" "$LARGE"; do # shellcheck disable=SC2086
        timeout "$PROFILE_S" "$PYTHON" -m benchmarks.fill_profile $options --device "$DEVICE" \
            --lengths "$LENGTH" --rates 0.5 --methods engine algorithm-1 || return
    done | tee "$OUT/profile.txt"
}

all() {
    local failed=() step
    "$PYTHON" -c 'import torch, transformers; print(torch.__version__, transformers.__version__)' |
        tee "$OUT/machine.txt"
    for step in tests embedded large profile; do
        echo "== $step, $SECONDS s" >&2
        "$step" || failed+=("$step")
    done
    echo "== $SECONDS s; not finished: ${failed[*]:-none}" >&2
    [ "${#failed[@]}" -eq 0 ]
}

rehearse() {
    OUT=${1:-.build/cuda-rehearsal} DEVICE=cpu LENGTH=42 RATES=0.5
    METHODS="engine engine-dynamic" LARGE_METHODS=$METHODS
    EMBEDDED="--random tiny --cache static" LARGE="--random tiny --cache compiled"
    TESTS_S=600 EMBEDDED_S=600 LARGE_S=600 PROFILE_S=600
    mkdir -p "$OUT"
    all
}

step=${1:?say which step: see the top of this file}
shift
case $step in
tests | embedded | large | profile | all | rehearse) "$step" "$@" ;;
*) echo "cuda_plan.sh: no step $step: see the top of this file" >&2 && exit 2 ;;
esac
