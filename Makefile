# Front door. `make demo` and `make test` need only Python 3.11 or later and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
# LiteLLM pins another major version of `openai`, and Presidio is large: their tests have an environment of their own.
LITELLM      := .venv-litellm
LITELLM_PY   := $(LITELLM)/bin/python
LITELLM_TESTS := $(patsubst %,tests/unit/guard/adapters/test_%.py,litellm openai frameworks_page) tests/unit/detect/test_presidio.py
LITELLM_DONE := $(LITELLM)/.installed
# Two workers: the suite is meant for two cores.
WORKERS ?= 2

.PHONY: demo budget test test-litellm check lint bench clean

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(STAMP)

$(LITELLM_DONE): pyproject.toml tests/litellm.txt
	$(PYTHON) -m venv $(LITELLM)
	$(LITELLM_PY) -m pip install --quiet --disable-pip-version-check --editable . --requirement tests/litellm.txt
	touch $(LITELLM_DONE)

demo: $(STAMP)
	@$(BIN)/python examples/demo.py

# A budget in euros over prices in dollars, at work (docs/pricing.md).
budget: $(STAMP)
	@$(BIN)/python examples/guard/budget.py

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Everything, the same as CI.
test: check test-litellm
	$(BIN)/python -m pytest -n $(WORKERS)

test-litellm: $(LITELLM_DONE)
	$(LITELLM_PY) -m pytest -q -p no:cacheprovider $(LITELLM_TESTS)

bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement benchmarks/peers.txt
	$(BIN)/python -m benchmarks.guard_peers --install
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) $(LITELLM) .venv-peers build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
