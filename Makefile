# Two commands do everything on a fresh machine that has python3 (3.11 or newer) and make:
#   make demo    set up, run the embedded sample city, say where the map and the report are
#   make test    set up, check the code, run all tests
PYTHON ?= python3
PYTHONS ?= python3.11 python3.12 python3.13
VENV := .venv
BIN := $(VENV)/bin
PINNED ?= constraints.txt

.PHONY: demo test test-oldest test-pythons check bench clean

demo: $(VENV)/.installed
	$(BIN)/servicecircle demo --folder demo-out

test: check
	$(BIN)/python -m pytest -n 2 --dist worksteal

# The same tests with the oldest versions that pyproject.toml admits; what those say is out of date does not count.
test-oldest:
	$(MAKE) $(VENV)-oldest/.installed VENV=$(VENV)-oldest PINNED=constraints-oldest.txt
	$(VENV)-oldest/bin/python -m pytest -n 2 --dist worksteal -W default

# The same tests on every Python that is supported, as far as this machine has it, be it one that pyenv has installed
# without activating it; each in a folder of its own.
test-pythons:
	@for python in $(PYTHONS); do \
	  found=$$python; \
	  $$python -c '' 2> /dev/null || found=$$(ls "$$(pyenv root 2> /dev/null)"/versions/*/bin/$$python 2> /dev/null | tail -n 1); \
	  if [ -n "$$found" ]; then $(MAKE) test PYTHON=$$found VENV=$(VENV)-$$(basename $$python) || exit 1; \
	  else echo "$$python is not on this machine"; fi; \
	done

check: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed
	$(BIN)/python benchmarks/whole_study.py

$(VENV)/.installed: pyproject.toml $(PINNED)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; call: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(PINNED) -e ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) $(VENV)-* demo-out .mypy_cache .ruff_cache .pytest_cache .hypothesis
