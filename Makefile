# Every target sets up what it needs: .venv is made and filled on first use, and
# again when pyproject.toml changes.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# make test PYTHON=/path/to/python3.12    which Python makes .venv
# make test ARGS="-k depth"               more arguments for pytest
PYTHON ?=
ARGS ?=
VENV ?= .venv

BIN := $(VENV)/bin
READY := $(VENV)/.ready
EXTRAS := dask,explore,notebook

# No window is opened, and no setting of the machine's user changes a picture.
export MPLBACKEND := Agg
# A test that starts a Python of its own would compile all modules again, 0.4 s each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test check bench fuzz fuzz-minute faults mutants \
	pictures floors format clean \
	clean-all lint types doctests docs site notebooks browser citation wheel count

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' \
		$(firstword $(MAKEFILE_LIST))

setup: $(READY) ## make and fill .venv (the other targets do it by themselves)

$(READY): pyproject.toml .ci/find-python
	@if ! bash .ci/find-python $(BIN)/python >/dev/null 2>&1; then \
		python=$$(bash .ci/find-python $(PYTHON)); \
		echo "Making $(VENV) with $$python"; \
		"$$python" -m venv --clear $(VENV); \
	fi
	@echo "Filling $(VENV): a minute or two, once"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade \
		'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--editable '.[$(EXTRAS)]' --group dev
	@touch $@

demo: $(READY) ## measure the sample maps, draw them and write a report into demo/
	$(BIN)/kursk-geo demo --out demo

test: $(READY) ## run the tests
	$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: lint types doctests docs site notebooks browser citation wheel fuzz-minute count ## all that follows, to count
	@echo "make check: all passed"

lint: $(READY) ## ruff: rules and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(READY) ## mypy, strict
	$(BIN)/mypy src
	$(BIN)/mypy .ci/*.py

doctests: $(READY) ## run the examples of the docstrings
	$(BIN)/python -m pytest --doctest-modules src

docs: $(READY) ## run the code of README.md and docs/
	$(BIN)/python .ci/check_docs.py README.md docs

site: $(READY) ## build the documentation as a site in build/site
	$(BIN)/python .ci/build_site.py build/site

notebooks: $(READY) ## execute the notebooks
	$(BIN)/python .ci/check_notebooks.py notebooks

browser: $(READY) ## look at a report in Chromium, where there is one
	@bash .ci/find-chromium
	$(BIN)/python -m pytest -m browser tests/test_report_browser.py

citation: $(READY) ## validate CITATION.cff
	$(BIN)/cffconvert --validate --infile CITATION.cff

wheel: $(READY) ## build, install in a clean environment, import there
	$(BIN)/python .ci/check_wheel.py

count: $(READY) ## count modules, lines, helpers and the files that a call goes through
	$(BIN)/python .ci/count.py

bench: $(READY) ## run the benchmarks, one at a time
	$(BIN)/python -m pytest -m bench $(ARGS)

fuzz: $(READY) ## read 20,000 inputs that nobody would send (ARGS="--n 500")
	$(BIN)/python .ci/fuzz.py $(ARGS)

fuzz-minute: $(READY) ## the first 560 of them, always the same
	$(BIN)/python .ci/fuzz.py --again --n 560 --folder .fuzz/minute

faults: $(READY) ## kill commands at every point, take away what they stand on
	$(BIN)/python .ci/faults.py $(ARGS)

mutants: $(READY) ## change the measuring modules one thing at a time: do tests notice?
	$(BIN)/python .ci/mutants.py $(ARGS)

pictures: $(READY) ## draw the pictures of README.md again
	@$(BIN)/python .ci/draw_pictures.py $(MAPS)

floors: ## run the tests on the oldest versions that pyproject.toml allows
	@python=$$(bash .ci/find-python $(PYTHON)); "$$python" .ci/check_floors.py

format: $(READY) ## format the code, and fix what ruff can fix
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean: ## remove what was built, drawn and cached
	rm -rf build dist demo report .hypothesis .mypy_cache \
		.pytest_cache .ruff_cache .fuzz
	find src tests .ci sample_data -name __pycache__ -prune -exec rm -rf {} +

clean-all: clean ## remove .venv too
	rm -rf $(VENV)
