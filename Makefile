# `make run` opens the editor, `make test` runs everything that CI runs. Both set up .venv first.
# CONTRIBUTING.md says what the rest is for; `make help` lists it.

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps

# Python 3.11 or later that can make a virtual environment.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

# Which build of PyTorch: cuda where an NVIDIA driver answers, else cpu.
TORCH ?= $(shell nvidia-smi -L 2>/dev/null | grep -q GPU && echo cuda || echo cpu)
TORCH_REQUIREMENT := $(shell sed -n 's/^ *"\(torch>=[^"]*\)".*/\1/p' pyproject.toml)
# On Linux PyPI's torch is the CUDA build, gigabytes of it. The small one has an index of its own.
TORCH_CPU_INDEX := https://download.pytorch.org/whl/cpu

# Minutes for the embedded model, all of it; the text it learns from; where the work and the model lie.
BUDGET ?= 120
CORPUS ?= ../shared/data/train
WORK := .build/embedded
MODEL := resources/model
JEMALLOC := $(firstword $(wildcard /usr/lib/*/libjemalloc.so.2 /usr/lib/libjemalloc.so.2))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check format embedded-model embedded-fits model-card bench screenshots clean

help:
	@echo 'make run               open the editor on the welcome document'
	@echo 'make test              set up, then check everything, as CI does'
	@echo 'make check             the same in the .venv that is there'
	@echo 'make format            put the code in its usual form'
	@echo 'make embedded-model    train the model of resources/model (BUDGET=minutes, CORPUS=folder)'
	@echo 'make model-card        measure that model and write its card (WINDOWS=500: the whole of it)'
	@echo 'make bench             measure speed and memory'
	@echo 'make screenshots       draw the pictures of the user guide'
	@echo 'make clean             remove what was built, .venv included'
	@echo 'TORCH=cpu or TORCH=cuda chooses the build of PyTorch (here: $(TORCH))'

run: $(STAMPS)/run
	@$(BIN)/maria-editor --welcome

test: $(STAMPS)/dev
	@$(MAKE) --no-print-directory check

# No test needs a screen; QT_QPA_PLATFORM=xcb shows the windows.
check: export QT_QPA_PLATFORM := $(or $(QT_QPA_PLATFORM),offscreen)
check:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest

format: $(STAMPS)/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# --- Setting up ---------------------------------------------------------------------------------

$(STAMPS)/venv:
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or later with venv is missing.' \
		'On Debian: apt-get install python3 python3-venv'; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/torch-cpu: | $(STAMPS)/venv
	@rm -f $(STAMPS)/torch-cuda
	$(BIN)/python .ci/install_torch.py cpu "$(TORCH_REQUIREMENT)" --index $(TORCH_CPU_INDEX)
	@touch $@

$(STAMPS)/torch-cuda: | $(STAMPS)/venv
	@rm -f $(STAMPS)/torch-cpu
	$(BIN)/python .ci/install_torch.py cuda "$(TORCH_REQUIREMENT)"
	@touch $@

$(STAMPS)/run: pyproject.toml $(STAMPS)/torch-$(TORCH)
	$(BIN)/python -m pip install --editable .
	@touch $@

$(STAMPS)/dev: pyproject.toml $(STAMPS)/torch-$(TORCH)
	$(BIN)/python -m pip install --editable '.[dev]'
	@touch $@ $(STAMPS)/run

# --- The embedded model -------------------------------------------------------------------------
# Goes on where it was stopped, and leaves alone what is finished; `rm -r .build/embedded` starts
# afresh. Shares of the time as the first model had them: causal LM 52 %, masked LM 38 %, head 10 %.

share = $(shell awk 'BEGIN { print $(BUDGET) * $(1) }')
train = $(if $(JEMALLOC),LD_PRELOAD=$(JEMALLOC) \
	MALLOC_CONF=dirty_decay_ms:-1$(comma)muzzy_decay_ms:-1$(comma)thp:always) $(BIN)/python -m
comma := ,

$(WORK)/tokenizer.json: | $(STAMPS)/dev
	$(BIN)/python -m training.train_tokenizer --corpus $(CORPUS) --output $@

# Written last: where it is, all of the data is.
$(WORK)/data/data.json: $(WORK)/tokenizer.json
	$(BIN)/python -m training.build_data --corpus $(CORPUS) --tokenizer $< --output $(@D)

embedded-model: $(STAMPS)/dev $(WORK)/data/data.json
	$(train) training.pretrain --config training/configs/embedded_causal.yaml \
		max_minutes=$(call share,0.52)
	$(train) training.pretrain --config training/configs/embedded_masked.yaml \
		max_minutes=$(call share,0.38)
	$(train) training.train_head --config training/configs/embedded_cpu.yaml \
		max_minutes=$(call share,0.1)
	$(BIN)/python -m training.publish --head $(WORK)/head/model --output $(MODEL)
	$(MAKE) --no-print-directory embedded-fits
	$(MAKE) --no-print-directory model-card

# What is fitted to the weights that were published, and written into their config.json: the gate
# first, for all the others read through it; the weights of an edit last, for they rest on them all.
fit = $(BIN)/python -m training.experiments
BLANKED := $(WORK)/blanked_validation.jsonl $(WORK)/blanked_test.jsonl
FITS := $(WORK)/gate.json $(WORK)/lengths.json $(WORK)/calibration.json

embedded-fits: $(STAMPS)/dev $(WORK)/edit.json
	$(fit).fitted_constants $(FITS) $(WORK)/edit.json --model $(MODEL) --adopt

$(WORK)/gate.json: $(MODEL)/head.safetensors
	$(fit).fit_gate --model $(MODEL) --data $(WORK)/data --output $@

$(WORK)/blanked_%.jsonl: $(WORK)/gate.json
	$(fit).blanked_words --model $(MODEL) --gate $< --data $(WORK)/data/$*.jsonl --output $@

$(WORK)/lengths.json $(WORK)/calibration.json: $(WORK)/%.json: $(BLANKED)
	$(fit).$* --validation $(word 1,$^) --test $(word 2,$^) --output $@

$(WORK)/edit.json: $(FITS)
	$(fit).fitted_constants $^ --model $(MODEL) --adopt
	$(fit).refining --model $(MODEL) --build $(WORK) --output $@

# The model's card: what it loses on held-out text, and what its training left behind. The paper's
# five kinds of text are read in short; WINDOWS=500 reads the whole of them, about half an hour.
EVAL ?= ../shared/data/eval
WINDOWS ?= 40
KINDS := wikitext lm1b lambada ag_news arxiv_abstracts

model-card: $(STAMPS)/dev
	$(BIN)/python -m training.evaluate --model $(MODEL) --data $(WORK)/data/test.jsonl \
		--output $(WORK)/evaluation.json
	$(BIN)/python -m training.experiments.exact_words --model $(MODEL) --data $(WORK)/data/test.jsonl \
		--output $(WORK)/exact_words.json
	$(BIN)/python -m training.experiments.sample_fills --model $(MODEL) --data $(WORK)/data/test.jsonl \
		--output $(WORK)/sample_fills.json
	$(BIN)/python -m training.experiments.perplexity --model $(MODEL) --windows $(WINDOWS) \
		--data $(KINDS:%=$(EVAL)/%.jsonl) --output $(WORK)/perplexity.json
	$(BIN)/python -m training.model_card --model $(MODEL) --build $(WORK) \
		--evaluation $(WORK)/evaluation.json

# --- Measuring and showing ----------------------------------------------------------------------

bench: $(STAMPS)/dev
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.new_tokens
	$(BIN)/python -m benchmarks.infilling

screenshots: $(STAMPS)/dev
	$(BIN)/python -m benchmarks.screenshots docs/user/images --states \
		filled working candidates blank-rules refine-review likelihood
	$(BIN)/python -m benchmarks.first_fill docs/user/images

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis \
		.import_linter_cache
