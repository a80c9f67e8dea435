# Each target does all its own set-up. Needs python3 (3.11 or newer), make, and a package registry once.
PYTHON ?= python3
VENV := .venv
# The order of the tests: shuffled, so that none leans on its neighbours in a file, and the same every day.
ORDER := 20261128
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)

ifneq ($(UV),)
MAKE_VENV = $(UV) venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" $(VENV)
INSTALL = $(UV) pip install --quiet --python $(BIN)/python
else
MAKE_VENV = $(PYTHON) -m venv $(VENV)
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif

.PHONY: demo test test-unit soak fuzz check docs bench format clean help

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.demo  ## Tell the story of NCT05349331 against an embedded registry
	@$(BIN)/trialwatch demo

test-unit: $(VENV)/.test  ## Run the tests of the pure parts
	@$(BIN)/python -m pytest -n auto -q --randomly-seed=$(ORDER) tests/unit

test: $(VENV)/.test  ## Run every test this machine can run but the long ones, naming what is skipped and why
	@$(BIN)/python -m pytest -n auto --randomly-seed=$(ORDER) -m "not long"

soak: $(VENV)/.test  ## The long tests, and a month of the daemon in minutes, against a registry that misbehaves
	@$(BIN)/python -m pytest -n auto -q --randomly-seed=$(ORDER) -m long
	@$(BIN)/python -m tests.soak

fuzz: $(VENV)/.test  ## Search for new counterexamples of every law, for SECONDS (600)
	@$(INSTALL) atheris || echo "atheris does not install here; hypothesis goes on alone"
	@$(BIN)/python -m tests.soak.fuzz $(or $(SECONDS),600)

check: $(VENV)/.check  ## Style, types, and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

docs: $(VENV)/.docs  ## Build the documents as a site, into build/site
	@$(BIN)/python -m docs.site

format: $(VENV)/.check  ## Put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.test  ## Measure, and write docs/benchmarks.md
	@$(BIN)/python -m bench

clean:  ## Remove what these targets made
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.made:
	@echo "Making $(VENV) ..."
	@$(MAKE_VENV)
	@touch $@

$(VENV)/.demo: $(VENV)/.made pyproject.toml
	@echo "Installing trialwatch ..."
	@$(INSTALL) -e .
	@touch $@

$(VENV)/.test: $(VENV)/.made pyproject.toml
	@echo "Installing trialwatch and what its tests need ..."
	@$(INSTALL) -e '.[postgres,test]'
	@touch $@

$(VENV)/.check: $(VENV)/.test
	@echo "Installing what the checks need ..."
	@$(INSTALL) -e '.[check]'
	@touch $@

$(VENV)/.docs: $(VENV)/.made pyproject.toml
	@echo "Installing what the site needs ..."
	@$(INSTALL) -e '.[docs]'
	@touch $@
