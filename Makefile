# The two commands of the README: each sets itself up on a machine that has only python3 (3.11 to 3.13) and make.
PYTHON ?= python3
VENV ?= .venv
TESTS ?=
BIN := $(VENV)/bin

.PHONY: demo test lint dist clean

demo: $(VENV)/.installed
	$(BIN)/gfluxscale demo --output-dir demo

test: $(VENV)/.installed
	$(BIN)/python -m pytest $(TESTS)

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

dist: $(VENV)/.installed
	rm -rf dist
	$(BIN)/python -m build --outdir dist
	$(BIN)/twine check --strict dist/*

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[data,test]"
	touch $@

clean:
	rm -rf $(VENV) demo dist
