# Needs make, git and Python 3.11 or newer with venv; every target does its own set-up, once, in .venv.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -q

# One works through the kill and race tests, which wait more than they work; the others share the rest, of which
# some wait for processes too: four keep two cores busy.
TEST_WORKERS ?= 4
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench chaos catalogues

help:
	@echo 'make setup   a virtual environment in .venv with pinned packages; the others do it themselves'
	@echo 'make demo    an invented school sends its week to a mail catcher on this machine'
	@echo 'make test    the whole test suite'
	@echo 'make check   every static check: ruff, mypy, import-linter'
	@echo 'make bench   how well the gates tell what must wait, and the speed table'
	@echo 'make chaos   the long form of the kill and faulty-relay tests'
	@echo 'make catalogues   every language gets the sentences of the Dutch catalogue; names what waits'

setup: $(READY)

demo: $(READY)
	@$(BIN)/weekbrief demo

test: $(READY)
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadgroup -q -ra $(PYTEST_ARGS)

check: $(READY)
	@echo 'ruff check' && $(BIN)/ruff check --quiet .
	@echo 'ruff format' && $(BIN)/ruff format --quiet --diff .
	@echo 'mypy --strict' && $(BIN)/mypy --no-error-summary
	@echo 'import-linter' && $(BIN)/lint-imports --no-logo
	@echo 'All static checks passed.'

bench: $(READY)
	@$(BIN)/python benchmarks/gates.py
	@$(BIN)/python benchmarks/run.py

chaos: $(READY)
	@WEEKBRIEF_CHAOS=long $(BIN)/python -m pytest -m chaos -q $(PYTEST_ARGS)

catalogues: $(READY)
	@$(BIN)/python -m pipeline.catalogues

# The stamp comes last, so that an interrupted set-up starts over. A .venv whose Python has gone is made anew.
$(READY): pyproject.toml constraints.txt
	@found=; if ! $(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14; do \
	        if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	    done; \
	    if [ -z "$$found" ]; then \
	        echo 'Weekbrief needs Python 3.11 or newer; none of python3, python3.11 to python3.14 is.' >&2; \
	        echo 'Install one, or name it: make PYTHON=/path/to/python setup' >&2; exit 1; \
	    fi; \
	    if ! $$found -c 'import ensurepip, venv' 2>/dev/null; then \
	        echo "$$found lacks venv; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; \
	    fi; \
	    echo "Setting up $(VENV) with $$($$found --version) ..."; \
	    rm -rf $(VENV) && $$found -m venv $(VENV) || exit 1; \
	fi
	@echo 'Installing the pinned packages (a minute or two the first time) ...'
	@$(PIP) install --constraint constraints.txt hatchling
	@$(PIP) install --constraint constraints.txt --no-build-isolation --editable '.[dev,postgresql]'
	@touch $@
	@echo 'Ready: $(BIN)/weekbrief'
