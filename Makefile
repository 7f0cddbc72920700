# Front door. `make demo` and `make test` need only Python 3.11 or later and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
# Two workers: the suite is meant for two cores.
WORKERS ?= 2

.PHONY: demo test check lint bench clean

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/python examples/demo.py

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Everything, the same as CI.
test: check
	$(BIN)/python -m pytest -n $(WORKERS)

bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement benchmarks/peers.txt
	$(BIN)/python -m benchmarks.guard_peers --install
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .venv-peers build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
