# Needs make, git and Python 3.11 or newer with venv; every target does its own set-up, once, in .venv.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JUDGES := tests/mail_checks
JUDGES_READY := $(JUDGES)/node_modules/.package-lock.json
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -q

# One works through the kill and race tests, which wait more than they work; the others share the rest. Three keep two
# cores busy; each more costs its own start, a database server and all that is made once for a process.
TEST_WORKERS ?= 3
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
# Where it is set, each of the hundreds of processes that the suite starts would compile the program anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup demo test check bench chaos catalogues fuzz gallery thunderbird

help:
	@echo 'make setup   a virtual environment in .venv with pinned packages; the others do it themselves'
	@echo 'make demo    an invented school sends its week to a mail catcher on this machine'
	@echo 'make test    the whole test suite'
	@echo 'make check   every static check: ruff, mypy, import-linter'
	@echo 'make bench   how well the gates tell what must wait, and the speed table'
	@echo 'make chaos   the long form of the kill and faulty-relay tests'
	@echo 'make fuzz    the long form of the test that no text of staff ever acts in a mail'
	@echo 'make gallery every kind of mail in every language, as pictures in docs/gallery and docs/pictures'
	@echo 'make thunderbird   a newsletter in Thunderbird, as a picture in docs/gallery'
	@echo 'make catalogues   every language gets the sentences of the Dutch catalogue; names what waits'

setup: $(READY)

demo: $(READY)
	@$(BIN)/weekbrief demo

test: $(READY) $(JUDGES_READY)
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

fuzz: $(READY)
	@WEEKBRIEF_FUZZ=long $(BIN)/python -m pytest tests/property/test_fuzz_posts.py -n 4 -q $(PYTEST_ARGS)

gallery: $(READY) $(JUDGES_READY)
	@$(BIN)/python -m tests.mail_checks.gallery

thunderbird: $(READY)
	@$(BIN)/python -m tests.mail_checks.thunderbird

# What judges our mails beside Python: packages for Node.js. Without npm, or without a network, their tests skip.
$(JUDGES_READY): $(JUDGES)/package.json $(JUDGES)/package-lock.json
	@if command -v npm >/dev/null; then \
	    echo 'Installing what judges our mails ...'; \
	    (cd $(JUDGES) && npm ci --silent --no-audit --no-fund --fetch-retries 1 && touch node_modules/.package-lock.json) \
	        || echo 'npm could not install it; the tests with it skip.' >&2; \
	else echo 'No npm here: the tests that judge mails with Node.js skip.' >&2; fi

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
