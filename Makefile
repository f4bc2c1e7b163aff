# Everything a person types. `make` alone lists the targets.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input
OUT    ?= demo
SIZE   ?= full
ONLY   ?=

.DEFAULT_GOAL := help
.PHONY: help demo test quick lint format bench wheel-demo audit lock clean install dev

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.installed  ## install, then run the whole job on the sample newsroom
	$(BIN)/treatywatch demo --out $(OUT)

test: $(VENV)/.dev lint  ## install, then every check and every test
	$(BIN)/python -m pytest -n auto

quick: $(VENV)/.dev  ## the tests that start no server, browser or long run
	$(BIN)/python -m pytest -n auto -m "not slow and not server and not browser and not postgres"

lint: $(VENV)/.dev  ## style, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev  ## mend the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

install: $(VENV)/.installed  ## the environment for users

dev: $(VENV)/.dev  ## the environment for contributors

bench: $(VENV)/.dev  ## the benchmarks and docs/benchmarks.md: SIZE=small|full, ONLY=fetch for one
	$(BIN)/python benchmarks/bench.py --size $(SIZE) $(foreach name,$(ONLY),--only $(name))

wheel-demo: $(VENV)/.dev  ## build the wheel, install it in an environment of its own, run the demo there
	rm -rf build/wheel
	$(BIN)/python -m hatchling build -d build/wheel
	$(PYTHON) -m venv build/wheel/venv
	build/wheel/venv/bin/python -m pip --disable-pip-version-check --no-input install --quiet -r requirements.lock
	build/wheel/venv/bin/python -m pip --disable-pip-version-check --no-input install --quiet --no-deps build/wheel/*.whl
	cd build/wheel && venv/bin/treatywatch demo

audit: $(VENV)/.dev  ## known vulnerabilities of the pinned versions, and licences
	$(PYTHON) -m venv build/audit
	build/audit/bin/python -m pip --disable-pip-version-check --no-input install --quiet pip-audit pip-licenses
	build/audit/bin/pip-licenses --python $(BIN)/python
	build/audit/bin/pip-audit --requirement requirements.lock --no-deps --disable-pip

lock: $(VENV)/.dev  ## renew the pinned requirements
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --no-header --no-emit-index-url -q -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --no-header --no-emit-index-url -q -c requirements.lock -o requirements-dev.lock

clean:  ## remove the environment and what runs left behind
	rm -rf $(VENV) build dist demo .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  (echo "treatywatch needs Python 3.11 to 3.13; name one with: make demo PYTHON=python3.12" >&2; exit 1)
	@test -d treatywatch/cli || (echo "treatywatch/ has lost its links to the folders beside it:" \
	  "git config core.symlinks true && git checkout -- treatywatch" >&2; exit 1)
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --quiet --requirement requirements.lock
	$(PIP) install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.installed
	$(PIP) install --quiet --requirement requirements-dev.lock
	@touch $@
