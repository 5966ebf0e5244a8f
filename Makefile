# `make` lists what there is. Each target sets up what it needs first (scripts/setup.sh).
PREFIX ?= /usr/local
# Traits of the package to build with; none: make build TRAITS=
TRAITS ?= Gzip,Zstd
export TRAITS
with_traits = $(if $(TRAITS),--traits $(TRAITS))
# Seconds of fuzzing, then targets; all share them where none is named, as in: make fuzz FUZZ="600 text ids"
FUZZ ?= 60
# Files or folders of texts for the checks of tokenizers, in place of corpora/, as in: make interop TEXTS=../texts
TEXTS ?=
# Options of Benchmarks/bench.py and of the kernels' program, as in: make bench BENCH="--quick"
BENCH ?=
# Options of Benchmarks/curves.py, as in: make curves CURVES="--corpora FOLDER shakespeare"
CURVES ?=
# Text and options of Benchmarks/ingredients.py, as in: make ingredients INGREDIENTS="tinyshakespeare.txt --only 1 4"
INGREDIENTS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test build install interop same-bytes sanitize fuzz functions lint bench bench-kernels curves ingredients clean setup

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F '|' '{ printf "%-19s %s\n", $$1, $$2 }'

demo: build ## train on the fables for a minute, then write: the first thing to try
	@scripts/demo.sh

test: setup ## run all Swift tests, in release mode
	swift test -c release $(with_traits)

build: setup ## build .build/release/rondo
	@swift build -c release $(with_traits) --product rondo >&2

install: setup ## install rondo in PREFIX/bin (PREFIX=/usr/local)
	@scripts/install.sh "$(PREFIX)"

interop: build ## check the numbers against PyTorch, and tokenizers against the package of that name (makes a virtual environment)
	@scripts/interop.sh $(TEXTS)

same-bytes: build ## compare bytes over threads, instruction sets, builds and interruptions
	@swift build $(with_traits) --product rondo >&2
	@scripts/same-bytes.py

sanitize: setup ## run the kernels and the tests under the address, undefined-behaviour and thread sanitizers
	@scripts/sanitize.sh

fuzz: setup ## run libFuzzer under the address sanitizer for a minute (FUZZ="600 text ids")
	@scripts/fuzz.sh $(FUZZ)

functions: ## measure the error of exp, tanh and the logistic function over all floats
	@scripts/kernel-harness.sh none functions

lint: ## check the format of the sources
	@scripts/lint.sh

bench: build ## measure against PyTorch, onnxruntime and tokenizers (BENCH="--quick")
	@scripts/bench.sh $(BENCH)

bench-kernels: setup ## time the kernels against the machine's bounds (BENCH="a d")
	@scripts/bench-kernels.sh $(BENCH)

curves: build ## train as PyTorch does and compare the validation curves (CURVES="--corpora FOLDER")
	@scripts/curves.sh $(CURVES)

ingredients: build ## train with one ingredient changed at a time and compare (INGREDIENTS="TEXT")
	@PYTHONDONTWRITEBYTECODE=1 python3 Benchmarks/ingredients.py $(INGREDIENTS)

clean: ## remove what was built; runs/ stays
	rm -rf .build .build-*

setup:
	@scripts/setup.sh
