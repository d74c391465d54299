#!/usr/bin/env bash
# The embedded model on one GPU in 25 minutes, in jobs of at most 10.
#
# Here (CPU):   training/gpu_plan.sh prepare          tokenizer and tokens, packed into .gpu/part-1 and .gpu/part-2
#               training/gpu_plan.sh aside            the model that ships stays here: it is too heavy to travel
#               training/gpu_plan.sh weigh .gpu/part-1   what a job brings, 64 MiB at most; so before each
# There (GPU):  training/gpu_plan.sh unpack 1         with .gpu/part-1 carried
#               training/gpu_plan.sh unpack 2 && training/gpu_plan.sh causal     with .gpu/part-2 carried
#               training/gpu_plan.sh masked
#               training/gpu_plan.sh head
# Here again:   training/gpu_plan.sh collect FOLDER   after each job, FOLDER holding what came back of $OUT
#               training/gpu_plan.sh publish          resources/model, in the place of the one set aside
#               training/gpu_plan.sh back             instead, where nothing came of it
# Anywhere:     training/gpu_plan.sh rehearse         all of it at toy size, from data to a filled blank
#
# Of 25 minutes 21 train: causal 9, masked 8.5, head 3.5. A job that was cut off goes on with the same
# command where the machine was kept; a finished step is not done again.
#
# Each job finds the one before in $WORK (the machine is kept between chained calls) or, on a fresh
# machine, in .gpu/results (carry it, and unpack both parts again). Each exports its model to $OUT
# every two minutes, so that a job cut off brings its best back: at most 8 files under 16 MiB.
set -euo pipefail
cd "$(dirname "$0")/.."

PYTHON=${PYTHON:-$([ -x .venv/bin/python ] && echo .venv/bin/python || echo python3)}
WORK=${WORK:-/tmp/maria-gpu}
PACK=${PACK:-.gpu} # what travels: ignored by git, named in carry
OUT=${OUT:-$PACK/out}
CORPUS=${CORPUS:-../shared/data/train}
CONFIGS=training/configs
MODEL=${MODEL:-resources/model}
# key=value overrides for each step: the rehearsal makes them tiny.
PREPARE_OPTIONS=${PREPARE_OPTIONS:---vocab-size 8192}
CAUSAL_OPTIONS=${CAUSAL_OPTIONS:-}
MASKED_OPTIONS=${MASKED_OPTIONS:-}
HEAD_OPTIONS=${HEAD_OPTIONS:-}

run() { echo "+ $*" >&2; PYTHONUNBUFFERED=1 "$PYTHON" -m "$@"; }

prepare() {
    # shellcheck disable=SC2086
    run training.train_tokenizer --corpus "$CORPUS" --output "$WORK/tokenizer.json" $PREPARE_OPTIONS
    run training.build_data --corpus "$CORPUS" --tokenizer "$WORK/tokenizer.json" --output "$WORK/data"
    rm -rf "$PACK"/{part-1,part-2,results} && mkdir -p "$PACK/part-1" "$PACK/part-2"
    local half=$(($(stat -c %s "$WORK/data/train.bin") / 4 * 2))
    head -c "$half" "$WORK/data/train.bin" | xz -T2 -6 >"$PACK/part-1/train.xz"
    tail -c +"$((half + 1))" "$WORK/data/train.bin" | xz -T2 -6 >"$PACK/part-2/train.xz"
    cp "$WORK/tokenizer.json" "$WORK"/data/{validation,test}.{bin,jsonl} "$WORK/data/data.json" \
        "$PACK/part-2/"
    du -sh "$PACK/part-1" "$PACK/part-2"
}

aside() {
    mkdir -p "$PACK/aside" && mv "$MODEL" "$PACK/aside/model"
}

back() {
    [ -d "$PACK/aside/model" ] || { echo "gpu_plan.sh: no model was set aside" >&2 && return 1; }
    rm -rf "$MODEL" && mv "$PACK/aside/model" "$MODEL"
}

weigh() { # weigh PATH ...: the checkout and what a job carries, against what may travel
    local bytes
    bytes=$({
        git ls-files -z --cached --others --exclude-standard
        [ $# = 0 ] || find "$@" -type f -print0
    } | { xargs -0 stat -c %s 2>/dev/null || true; } | awk '{ sum += $1 } END { print sum + 0 }')
    echo "$((bytes >> 20)) MiB of 64"
    [ "$bytes" -le $((64 << 20)) ] ||
        { echo "gpu_plan.sh: too heavy: carry one part at a time; has 'aside' been run?" >&2 && return 1; }
}

unpack() {
    mkdir -p "$WORK/data"
    xz -dc "$PACK/part-$1/train.xz" >"$WORK/data/train.$1"
    [ "$1" = 1 ] && return
    cp "$PACK/part-2/tokenizer.json" "$WORK/"
    cp "$PACK"/part-2/{validation,test}.{bin,jsonl} "$PACK/part-2/data.json" "$WORK/data/"
    cat "$WORK/data/train.1" "$WORK/data/train.2" >"$WORK/data/train.bin"
    rm "$WORK/data/train.1" "$WORK/data/train.2"
}

backbone() { # backbone causal|masked, key=value ...: train and export
    local role=$1
    shift
    run training.pretrain --config "$CONFIGS/gpu_$role.yaml" "data_dir=$WORK/data" \
        "tokenizer=$WORK/tokenizer.json" "output_dir=$WORK/$role" "export_dir=$OUT/$role" "$@"
    tail -n 1 "$WORK/$role/metrics.jsonl" | tee "$OUT/$role.metrics.json"
}

found() { # found ROLE: the folder of an earlier job's model
    if [ -d "$WORK/$1/model" ]; then echo "$WORK/$1/model"; else echo "$PACK/results/$1"; fi
}

causal() { # shellcheck disable=SC2086
    backbone causal $CAUSAL_OPTIONS
}

masked() { # shellcheck disable=SC2086
    backbone masked "init_from=$(found causal)" $MASKED_OPTIONS
}

head_and_tables() {
    # shellcheck disable=SC2086
    run training.train_head --config "$CONFIGS/gpu_head.yaml" "data_dir=$WORK/data" \
        "causal_lm=$(found causal)" "masked_lm=$(found masked)" "output_dir=$WORK/head" $HEAD_OPTIONS
    run training.publish --head "$WORK/head/model" --output "$WORK/published"
    # The backbones came back with their own jobs; the head is what is new.
    mkdir -p "$OUT/head" && cp "$WORK/published"/{config.json,head.safetensors} "$OUT/head/"
    run training.evaluate --model "$WORK/published" --data "$WORK/data/test.jsonl" \
        --output "$OUT/evaluation.json" | tee "$OUT/evaluation.md"
}

collect() {
    mkdir -p "$PACK/results" && cp -r "$1"/. "$PACK/results/"
    # A job brings back eight files at most, so the tokenizer stays here and joins again here.
    for role in causal masked; do
        [ ! -d "$PACK/results/$role" ] ||
            run training.tokenizer_files "$PACK/part-2/tokenizer.json" "$role" "$PACK/results/$role"
    done
    ls -R "$PACK/results"
}

publish() {
    local target=${1:-$MODEL}
    [ ! -d "$PACK/aside/model" ] || [ -d "$target" ] || back
    rm -rf "$target.part" && mkdir -p "$target.part"
    cp "$PACK"/results/head/* "$target.part/"
    cp -r "$PACK"/results/causal "$target.part/causal_lm"
    cp -r "$PACK"/results/masked "$target.part/masked_lm"
    [ ! -f "$target/README.md" ] || cp "$target/README.md" "$target.part/"
    "$PYTHON" -c "import sys, pathlib; from maria_model.checkpoint import write_checksums as w; w(pathlib.Path(sys.argv[1]))" "$target.part"
    rm -rf "$target.old"
    [ ! -d "$target" ] || mv "$target" "$target.old"
    mv "$target.part" "$target"
    rm -rf "$target.old"
}

rehearse() {
    local folder=${1:-.build/rehearsal}
    rm -rf "$folder" && mkdir -p "$folder"
    WORK=$folder/work PACK=$folder/pack OUT=$folder/out CORPUS=$folder/corpus
    PREPARE_OPTIONS="--vocab-size 512 --share 1"
    local tiny="max_steps=60 max_minutes=5 sequence_length=64 initial_sequence_length=32 \
        tokens_per_step=1024 compile=false log_steps=10 validation_steps=30"
    CAUSAL_OPTIONS="$tiny hidden_size=64 intermediate_size=128 num_hidden_layers=2 num_attention_heads=2"
    MASKED_OPTIONS="$tiny"
    HEAD_OPTIONS="max_steps=20 max_minutes=5 sequence_length=62 batch_size=8 validation_steps=10"
    run training.toy_corpus "$CORPUS"
    prepare && unpack 1 && unpack 2
    for job in causal masked head_and_tables; do
        rm -rf "$OUT" && mkdir -p "$OUT"
        "$job"
        [ "$(find "$OUT" -type f | wc -l)" -le 8 ] && [ -z "$(find "$OUT" -size +16M)" ]
        collect "$OUT"
    done
    publish "$folder/model"
    echo "The keeper carried the red [MASK] by the sea." |
        "$PYTHON" -m maria_model.command_line fill - --model "$folder/model"
}

job=${1:?say which step: see the top of this file}
shift
mkdir -p "$OUT" 2>/dev/null || true
case $job in
prepare | aside | back | weigh | unpack | causal | masked | collect | publish | rehearse) "$job" "$@" ;;
head) head_and_tables ;;
*) echo "gpu_plan.sh: no step $job: see the top of this file" >&2 && exit 2 ;;
esac
