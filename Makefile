# Two commands matter: `make run` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help run test chaos check dev fresh lock clean bench

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
STAMP := .venv/.installed
PEOPLE ?= 2000
SEED ?= 7
WORKERS ?= 3
# Tests kill processes, not machines: memory keeps their files as well as a disk does, and nobody waits for it.
ROOMY := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 8000000 { print $$6 }')
export DAGSTER_HOME := $(CURDIR)/data/dagster
export DAGSTER_DISABLE_TELEMETRY := yes
export DO_NOT_TRACK := 1
export PYTHONWARNINGS := ignore::DeprecationWarning

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-7s %s\n", $$1, $$2}'

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 13) else "leadflow needs Python 3.11 or 3.12; set PYTHON=...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: $(STAMP) ## set up, then play two days of the whole pipeline against the sandbox
	@$(BIN)/leadflow play --people $(PEOPLE) --seed $(SEED)

test: $(STAMP) ## set up, then run every test
	@folder=$$(mktemp -d $(addprefix -p ,$(ROOMY))) && trap 'rm -rf "$$folder"' EXIT && \
		TMPDIR=$$folder $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

chaos: $(STAMP) ## kill -9 at every point of a run, and every fault in every variant (hours)
	@FAULTS=all $(BIN)/python -m pytest tests/faults
	@$(BIN)/python -m tests.faults.chaos

check: $(STAMP) ## format, lint, strict types, definitions load
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@mkdir -p $(DAGSTER_HOME) && cp dagster.yaml $(DAGSTER_HOME)/
	@$(BIN)/dg check defs

dev: $(STAMP) ## the sandbox and the Dagster UI (http://127.0.0.1:3000), until Ctrl-C
	@mkdir -p $(DAGSTER_HOME) && cp dagster.yaml $(DAGSTER_HOME)/
	@$(BIN)/leadflow sandbox --people $(PEOPLE) --seed $(SEED) -- $(BIN)/dagster dev --host 127.0.0.1 --port 3000

fresh: ## clone into an empty folder, install, run, run again, read the outputs
	@bash .ci/fresh

bench: $(STAMP) ## start-up and two days, one JSON line each (benchmarks/ has more, with arguments)
	@for name in startup two_days; do $(BIN)/python benchmarks/$$name.py || exit 1; done

lock: ## resolve requirements.lock anew (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-strip-extras --no-header --python-version 3.11 --extra dev pyproject.toml --output-file requirements.lock

clean: ## remove build outputs and the sandbox workspace; live data stays
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis data/sandbox data/dagster
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
