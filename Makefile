# `make` alone lists the targets.
PYTHON ?= python3
BIN := .venv/bin
# Bytecode is compiled when a module is first imported, which makes the set-up a good deal shorter.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
LOCK := $(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --quiet --python-version 3.11 \
	--custom-compile-command "make lock"
# In their own order: the slow files come first, and the last minutes have small ones for both cores.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test faults crash soak hunt check lint types layers spec generate drift docs format lock sbom audit wheel clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/local.stamp  ## Set up, and run a variational program on a runtime service of your own
	@$(BIN)/python examples/demo.py

test: .venv/dev.stamp .venv/browser.stamp  ## Set up, and run all tests but those of faults
	@$(PYTEST) --ignore tests/faults

# One worker more than there are cores: these tests wait more than they work.
faults: .venv/dev.stamp .venv/bwrap.stamp  ## The tests that break things: lines, disks, programs, users, inputs, and a sample of the kills
	@$(PYTEST) --numprocesses $$(( $$(nproc) + 1 )) tests/faults

crash: .venv/dev.stamp  ## A thousand kills at every step of a job's life, bad disks and clocks, and an audit: half an hour or more
	@seq 3 | xargs -P 3 -I SEED $(BIN)/python -m tests.crash --kills 334 --seed SEED
	@$(BIN)/python -m pytest --quiet tests/faults/disks tests/faults/restart/test_store_and_clock.py

soak: .venv/dev.stamp  ## Half an hour of users, cuts and kills at once, and an audit
	@$(BIN)/python -m tests.soak --minutes 30

hunt: .venv/dev.stamp  ## The property tests with many more examples, and others each time
	@$(BIN)/python -m pytest --quiet --hypothesis-profile hunt tests/property \
		tests/faults/inputs/test_contract_cases.py

check: lint types layers spec drift docs test faults  ## All that must hold before a commit: tests, style, types, layers, contract, docs

lint: .venv/dev.stamp  ## Style and formatting
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .

types: .venv/dev.stamp  ## Types, by two checkers
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/basedpyright --level error

layers: .venv/dev.stamp  ## Who may import whom
	@$(BIN)/lint-imports --no-logo

spec: .venv/dev.stamp  ## The contract: valid, its examples too, and compatible with the last release
	@$(BIN)/python openapi/check.py

generate: .venv/dev.stamp  ## Regenerate the low-level client from the contract
	@$(BIN)/python openapi/generate.py

drift: .venv/dev.stamp  ## Fail where the committed low-level client is not what the contract generates
	@$(BIN)/python openapi/generate.py --check

docs: .venv/dev.stamp  ## Build the documentation into site/; fails on a broken link
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --clean

format: .venv/dev.stamp  ## Format the code
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

lock: .venv/dev.stamp  ## Refresh the locked requirements
	@$(LOCK) --upgrade --extra local pyproject.toml requirements/build.in --output-file requirements/local.lock
	@$(LOCK) --upgrade --extra dev pyproject.toml requirements/build.in --output-file requirements/dev.lock
	@$(LOCK) --upgrade requirements/supply.in --output-file requirements/supply.lock

sbom: .venv/dev.stamp .venv/supply.stamp  ## Write bills of materials (CycloneDX) of what is locked into dist/
	@mkdir -p dist
	@for lock in local dev; do \
		$(BIN)/python requirements/sbom.py requirements/$$lock.lock dist/$$lock.cdx.json && \
		.venv/supply/bin/python requirements/sbom.py --validate dist/$$lock.cdx.json || exit 1; \
	done

audit: .venv/supply.stamp  ## Look up what is locked among known vulnerabilities
	@.venv/supply/bin/python requirements/audit.py requirements/local.lock requirements/dev.lock requirements/supply.lock

wheel: .venv/dev.stamp  ## Build the wheel into dist/
	@$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean:  ## Remove the environment and everything that was made
	@rm -rf .venv dist build site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	@$(PYTHON) -m venv .venv

.venv/local.stamp: requirements/local.lock pyproject.toml | .venv/bin/python
	@echo "Setting up .venv: a few minutes the first time."
	@$(PIP_INSTALL) --require-hashes --requirement requirements/local.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements/dev.lock pyproject.toml | .venv/bin/python
	@echo "Setting up .venv for development: a few minutes the first time."
	@$(PIP_INSTALL) --require-hashes --requirement requirements/dev.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@ .venv/local.stamp

.venv/supply.stamp: requirements/supply.lock | .venv/bin/python
	@$(PYTHON) -m venv .venv/supply
	@.venv/supply/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		--requirement requirements/supply.lock
	@touch $@

# bubblewrap for the tests of the sandboxes: the system's own where there is one.
.venv/bwrap.stamp: .venv/dev.stamp tests/faults/sandbox/install.py
	@$(BIN)/python tests/faults/sandbox/install.py
	@touch $@

# A browser for the tests of the notebooks: the system's own where there is one.
.venv/browser.stamp: .venv/dev.stamp tests/browser/install.py
	@$(BIN)/python tests/browser/install.py
	@touch $@
