# Everything runs in .venv, which the first target makes. Python 3.11+ and make are all that is needed.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo dev test check format constraints clean

demo: $(READY)  ## the sample leads through the real job
	@$(BIN)/leads demo

dev: $(READY)  ## Dagster UI, daemon and sensors on this machine
	@$(BIN)/leads dev

test: $(READY)  ## the whole suite
	@$(BIN)/pytest --numprocesses auto --dist worksteal

check: $(READY)  ## lint and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright

format: $(READY)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

constraints: $(READY)  ## pin what is installed now, after changing pyproject.toml
	@{ head -1 constraints.txt; $(BIN)/pip freeze --exclude-editable | LC_ALL=C sort -f; } > constraints.new
	@mv constraints.new constraints.txt

clean:  ## the installed packages; your leads in .leads/ stay
	rm -rf .venv build *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 demo"; exit 1; }
	@echo "Installing into .venv (about a minute, once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)
