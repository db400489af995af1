# `make` lists the targets. Everything runs from .venv, which the first target to need it creates.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

# Keep the compiled modules: importing torch and Prefect without them costs seconds each time.
unexport PYTHONDONTWRITEBYTECODE
# Two busy libraries on few cores: OpenMP threads that spin while they wait cost a factor of 3-10.
export OMP_WAIT_POLICY ?= passive
export GOMP_SPINCOUNT ?= 0
# Nothing here reports to anybody.
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1

.DEFAULT_GOAL := help
.PHONY: help venv demo serve test bench lint types layers check audit clean

help: ## List the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

venv: $(INSTALLED) ## Create .venv with the project and its tools in it

$(INSTALLED): pyproject.toml
	@python=$$($(find-python)) && echo "Creating $(VENV) with $$python" && $$python -m venv $(VENV)
	$(BIN)/python -m pip install --upgrade pip
	$(BIN)/python -m pip install --editable ".[dev]"
	@touch $@

demo: $(INSTALLED) ## Recognize the bundled archive and score the result
	@echo "Two of the 14 files are broken on purpose: they end in quarantine, the others are read."
	$(BIN)/kuzushiji recognize demo/archive --output build/demo --max-failure-rate 0.25
	$(BIN)/kuzushiji evaluate build/demo --labels demo/labels.csv
	@echo "The readings lie in build/demo as Parquet; docs/readings-schema.md tells their columns."

serve: $(INSTALLED) ## Serve the deployments of prefect.yaml, with Prefect's UI
	$(BIN)/kuzushiji serve

test: $(INSTALLED) ## Run the whole default suite
	$(BIN)/python -m pytest

BENCHMARKS := start engines batch_size blank_pages page_scale peers at_centres training_speed pipeline growth planning

# Its peer is not a dependency: it is installed for the comparison alone.
bench: $(INSTALLED) ## Measure speed on an idle machine and write docs/performance.md
	$(BIN)/python -m pip install --quiet rapidocr
	for name in $(BENCHMARKS); do \
		PYTHONPATH=$(CURDIR) $(BIN)/python benchmarks/$$name.py || exit; \
	done
	PYTHONPATH=$(CURDIR) $(BIN)/python benchmarks/performance_page.py

lint: $(INSTALLED) ## Check style and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/hadolint infra/Dockerfile

types: $(INSTALLED) ## Check types, strictly
	$(BIN)/mypy

layers: $(INSTALLED) ## Check that flows import tasks import model, never back
	$(BIN)/lint-imports

check: lint types layers test ## Lint, types, layers, test: what CI runs, but for infra/try/deployments

audit: $(INSTALLED) ## Look up known vulnerabilities of what is installed, on the internet
	@test -x build/audit/bin/pip-audit || { $(BIN)/python -m venv build/audit \
		&& build/audit/bin/python -m pip install --quiet pip-audit; }
	@# Strict: what could not be looked up counts as not audited, and fails.
	build/audit/bin/pip-audit --strict --skip-editable --progress-spinner off \
		--path "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"

clean: ## Remove .venv, the demo's output and all caches
	rm -rf $(VENV) build/demo build/audit .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find flows tasks model tests -name __pycache__ -prune -exec rm -rf {} +

# The first Python of a supported version that can create environments; PYTHON=... overrides.
define find-python
for python in $(PYTHON) python3 python3.11 python3.12 python3.13; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		2> /dev/null && echo $$python && exit; \
done; \
echo "Python 3.11, 3.12 or 3.13 with venv is needed: apt-get install python3 python3-venv" >&2; \
exit 1
endef
