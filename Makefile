# Everything runs in .venv, which the first target makes. Python 3.11 to 3.14 and make are all that is needed.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TESTS ?=

.PHONY: install demo dev test test-on check format constraints clean

install: $(READY)  ## what all others begin with

demo: $(READY)  ## the sample leads through the real job
	@$(BIN)/leads demo

dev: $(READY)  ## Dagster UI, daemon and sensors on this machine
	@$(BIN)/leads dev

test: $(READY)  ## the whole suite
	@$(BIN)/pytest --numprocesses auto --dist worksteal $(TESTS)

test-on:  ## the same on another Python, in a .venv of its own: make test-on PYTHON=python3.13
	@version=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])') && \
		$(MAKE) --no-print-directory test VENV=.venv-$$version

check: $(READY)  ## lint, types, and that Dagster loads it
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@$(BIN)/dg check defs

format: $(READY)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

constraints: $(READY)  ## pin what is installed now, after changing pyproject.toml
	@{ head -1 constraints.txt; $(BIN)/pip freeze --exclude-editable | LC_ALL=C sort -f; } > constraints.new
	@mv constraints.new constraints.txt

clean:  ## the installed packages; your leads in .leads/ stay
	rm -rf .venv .venv-3.* build *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || \
		{ echo "Python 3.11, 3.12, 3.13 or 3.14 is needed (Dagster, as pinned, knows no newer one);" \
			"name one with: make PYTHON=python3.13 demo"; exit 1; }
	@echo "Installing into $(VENV) (a minute or two, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)
