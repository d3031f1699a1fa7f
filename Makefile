# Everything runs in VENV, which is made at the first use; after that no target needs a network.
# Python is found by itself; `make PYTHON=/path/to/python` names one (`make clean` first, where VENV exists).

VENV ?= .venv
PYTHON ?=
BIN := $(VENV)/bin
SAMPLE := examples/fraud-detection.yaml
PROJECT := $(VENV)/project
LONG := package or local_aws or engines or project or browser

# The first Python that is new enough, or one sentence. Runs only when there is something to set up.
FIND_PYTHON = for python in $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python); do \
	    if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then break; fi; \
	    python=; \
	  done; \
	  if [ -z "$$python" ]; then \
	    echo "dataarch needs Python 3.11 or later; $(if $(PYTHON),$(PYTHON) is none,none was found). Name one: make PYTHON=/path/to/python" >&2; \
	    exit 1; \
	  fi

# What is installed is an editable install: a change of the code needs no new one.
INSTALL = if command -v uv >/dev/null 2>&1; then uv pip install --quiet --python $(BIN)/python --editable $(1); \
	  else $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable $(1); fi

AXE := $(VENV)/browser/node_modules/axe-core/axe.min.js

.DEFAULT_GOAL := help
.PHONY: help run test check test-package test-projects test-browser test-all mutation bench bench-smoke growth python clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.run ## Recommend for a real workload, make the project that was recommended, and run it end to end
	@echo "\$$ dataarch recommend --answers $(SAMPLE)"
	@$(BIN)/dataarch recommend --answers $(SAMPLE)
	@$(MAKE) --no-print-directory $(VENV)/.project
	@echo; echo "\$$ cd $(PROJECT); make run"
	@$(MAKE) --no-print-directory -C $(PROJECT) run

test: $(VENV)/.dev ## Run the tests, those of one made project among them
	$(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist loadfile -m "not ($(LONG))"

check: $(VENV)/.dev ## Lint, check types, and prove the rules
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/dataarch rules check

test-package: $(VENV)/.dev ## Build the wheel and the source distribution, install them, use them
	$(BIN)/python -m pytest -q -m package

test-projects: $(VENV)/.dev ## Try the local AWS, its engines, and made projects, sound and broken
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "local_aws or engines or project"

test-browser: $(VENV)/.dev ## Open the HTML report in a real Chromium, where one is there
	@if ! command -v chromedriver >/dev/null 2>&1; then \
	  echo "No Chromium with chromedriver is there, so the report is not opened in one." >&2; fi
	@test -f $(AXE) || { mkdir -p $(VENV)/browser && cd $(VENV)/browser && \
	  npm install --silent --no-audit --no-fund --prefix . axe-core@4; } || \
	  echo "axe-core cannot be fetched with npm, so the report is not checked for accessibility." >&2
	AXE_CORE=$(abspath $(AXE)) $(BIN)/python -m pytest -q -m browser -rs

test-all: check test bench-smoke test-package test-browser test-projects ## All of the above, and a short benchmark

bench: $(VENV)/.dev ## Measure: start, recommendation, compilation
	$(BIN)/python benchmarks/run.py

bench-smoke: $(VENV)/.dev
	$(BIN)/python benchmarks/run.py --smoke

growth: $(VENV)/.dev ## Measure what rules 10 and 100 times as large cost
	$(BIN)/python benchmarks/growth.py

mutation: $(VENV)/.dev ## Try every slip in the rules, and keep what was noticed in docs/mutation.json
	$(BIN)/python -m tests.mutation docs/mutation.json

python: $(VENV)/.python ## Show the Python that is used
	@$(BIN)/python --version

clean: ## Remove everything that was made
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find dataarch tests benchmarks .ci -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(VENV)/.python:
	@$(FIND_PYTHON); \
	echo "Setting up $(VENV) with $$python (once)." >&2; \
	if command -v uv >/dev/null 2>&1; then uv venv --quiet --allow-existing --python "$$python" $(VENV); \
	else "$$python" -m venv $(VENV); fi || { rm -rf $(VENV); exit 1; }
	@touch $@

$(VENV)/.run: pyproject.toml | $(VENV)/.python
	@$(call INSTALL,.)
	@touch $@

# The project of `make run` is made anew where a template or a rule has changed; its environments are its own.
$(VENV)/.project: $(shell find templates rules -type f ! -path '*__pycache__*') | $(VENV)/.run
	@rm -rf $(PROJECT); \
	pattern=$$($(BIN)/dataarch recommend --answers $(SAMPLE) --format json | \
	  $(BIN)/python -c 'import json, sys; print(json.load(sys.stdin)["pattern"]["choice"])') && \
	echo && echo "\$$ dataarch scaffold $$pattern $(PROJECT) --answers $(SAMPLE) --no-git" && \
	$(BIN)/dataarch scaffold "$$pattern" $(PROJECT) --answers $(SAMPLE) --no-git
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/.python
	@$(call INSTALL,".[dev]")
	@touch $@ $(VENV)/.run
