# Every target sets up what it needs. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
PYTHON := .venv/bin/python
# Tests and demos use a local copy of MNIST when there is one; otherwise it is downloaded.
export DML_MNIST ?= $(abspath $(wildcard ../shared/data/mnist.npz))
ROUNDS ?= 10
ENGINE ?= tff

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[1mmake %-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.synced: pyproject.toml uv.lock .python-version
	@if ! command -v "$(UV)" >/dev/null; then \
	    echo "Installing uv into .uv/ …"; \
	    python3 -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv; \
	fi
	$(UV) sync --all-extras --frozen --compile-bytecode
	@touch $@

.PHONY: setup
setup: .venv/.synced ## Make the Python environment in .venv (done by every target that needs it)

.PHONY: demo
demo: setup ## Train, record, score and pay ten federated rounds on MNIST (ROUNDS=10 ENGINE=tff)
	@$(PYTHON) -m dml_sdk.cli demo --rounds $(ROUNDS) --engine $(ENGINE)

.PHONY: lab
lab: setup ## Open JupyterLab on the first notebook (the second is beside it)
	.venv/bin/jupyter lab notebooks/01_first_round.ipynb

.PHONY: test
test: setup ## Run all checks and tests that this machine can (SLOW=1: the slow ones too)
	@$(PYTHON) tests/run.py $(if $(SLOW),--slow)

.PHONY: lint
lint: setup ## Check style, types and the direction of imports
	@$(PYTHON) tests/run.py --only lint

.PHONY: chain
chain: ## Rebuild the runtime's Wasm blob from chain/
	chain/build.sh

.PHONY: bench
bench: setup ## Run every benchmark and print its figures
	@for b in benchmarks/*.py; do echo "== $$b"; $(PYTHON) $$b --json; done

.PHONY: clean
clean: ## Remove environments, caches and build results
	rm -rf .venv .uv .pytest_cache .mypy_cache .ruff_cache .hypothesis artefacts chain/target
