# The two commands of the README: each sets itself up on a machine that has only python3 (3.11 to 3.13) and make.
PYTHON ?= python3
VENV ?= .venv
TESTS ?=
BIN := $(VENV)/bin

.PHONY: demo test test-fast lint docs dist clean

demo: $(VENV)/.installed
	$(BIN)/gfluxscale demo --output-dir demo

test: $(VENV)/.installed
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(TESTS)

# Without CASA, plots and long simulations: in seconds.
test-fast: $(VENV)/.installed
	$(BIN)/python -m pytest -m "not casa and not slow" --hypothesis-profile=fast $(TESTS)

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	git ls-files -z | xargs -0 $(BIN)/codespell
	git ls-files -z 'pipeline_gfluxscale/*.py' | xargs -0 $(BIN)/python -m numpydoc lint

docs: $(VENV)/.installed-docs
	$(BIN)/python -m sphinx -b html -W --keep-going -q docs docs/_build/html

$(VENV)/.installed-docs: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable ".[data,docs]"
	touch $@

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
	rm -rf $(VENV) demo dist docs/_build docs/generated docs/jupyter_execute
