# Front door. `make demo` and `make test` need only Python 3.11 or later and make.
PYTHON ?= python3
VENV    := .venv
DEMO    := .venv-demo
# LiteLLM pins another major version of `openai`, and Presidio is large: their tests have an environment of their own.
LITELLM := .venv-litellm
LOCKER  := .venv-lock
LATEST  := .venv-latest .venv-litellm-latest
BIN     := $(VENV)/bin
STAMP   := $(VENV)/.installed
LITELLM_TESTS := $(patsubst %,tests/unit/guard/adapters/test_%.py,litellm openai frameworks_page) \
	tests/unit/detect/test_presidio_installed.py tests/unit/pricing/test_real_list.py tests/unit/test_warnings.py
# Two workers: the suite is meant for two cores.
WORKERS ?= 2
PIP := -m pip --quiet --disable-pip-version-check install

# An environment holds what its lock says and nothing else (requirements/README.md). Wheels only: building one would fetch
# tools that no lock names. Two commands, because pip cannot check the hash of a folder.
# $(1): the lock, $(2): what is installed instead when NEWEST is set.
define environment
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, for instance: make PYTHON=python3.12")'
	$(PYTHON) -m venv --clear $(@D)
	$(if $(NEWEST),\
	$(@D)/bin/python $(PIP) --requirement requirements/build.in $(2),\
	$(@D)/bin/python $(PIP) --require-hashes --only-binary :all: --requirement requirements/build.txt --requirement requirements/$(1).txt)
	$(@D)/bin/python $(PIP) --no-deps --no-build-isolation --editable .
	touch $@
endef

.PHONY: demo budget test test-litellm test-latest check lint lock bench clean

$(STAMP): pyproject.toml requirements/build.txt requirements/dev.txt
	$(call environment,dev,'.[dev]')

$(DEMO)/.installed: pyproject.toml requirements/build.txt requirements/base.txt
	$(call environment,base,.)

$(LITELLM)/.installed: pyproject.toml requirements/build.txt requirements/litellm.txt
	$(call environment,litellm,. --requirement requirements/litellm.in)

demo: $(DEMO)/.installed
	@$(DEMO)/bin/python examples/demo.py

# A budget in euros over prices in dollars, at work (docs/pricing.md).
budget: $(DEMO)/.installed
	@$(DEMO)/bin/python examples/guard/budget.py

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The cheap parts come first.
test:
	@echo "everything, same as CI: style and types, then LiteLLM's tests in an environment of their own, then all others"
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory test-litellm
	$(BIN)/python -m pytest -n $(WORKERS)

test-litellm: $(LITELLM)/.installed
	$(LITELLM)/bin/python -m pytest -q -p no:cacheprovider $(LITELLM_TESTS)

# The same tests with the newest versions that pyproject.toml and requirements/*.in allow; the locks stay as they are.
test-latest:
	rm -rf $(LATEST)
	@$(MAKE) --no-print-directory test NEWEST=1 VENV=.venv-latest LITELLM=.venv-litellm-latest

# Renew all locks. `uv` is only needed here.
LOCK := $(LOCKER)/bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"
PEERS := $(basename $(notdir $(wildcard requirements/peers/*.in)))
lock: $(LOCKER)/.installed
	$(LOCK) requirements/build.in --output-file requirements/build.txt
	$(LOCK) pyproject.toml --extra dev --constraints requirements/build.txt --output-file requirements/dev.txt
	$(LOCK) pyproject.toml --constraints requirements/dev.txt --output-file requirements/base.txt
	$(LOCK) pyproject.toml requirements/litellm.in --constraints requirements/build.txt --output-file requirements/litellm.txt
	$(LOCK) requirements/engines.in --constraints requirements/dev.txt --output-file requirements/engines.txt
	$(foreach peer,$(PEERS),$(LOCK) requirements/peers/$(peer).in --output-file requirements/peers/$(peer).txt &&) true

$(LOCKER)/.installed: requirements/lock.in
	$(PYTHON) -m venv --clear $(LOCKER)
	$(LOCKER)/bin/python $(PIP) --requirement requirements/lock.in
	touch $@

bench: $(STAMP)
	$(BIN)/python $(PIP) --require-hashes --only-binary :all: --requirement requirements/engines.txt
	$(BIN)/python -m benchmarks.guard_peers --install
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) $(DEMO) $(LITELLM) $(LOCKER) $(LATEST) .venv-peers build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
