# Needs Python >= 3.11 and make, nothing else. Each target sets up what it needs, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
EXPORTS ?= exports
# uv, where it is there, installs in seconds what takes pip minutes.
UV ?= $(shell uv --version > /dev/null 2>&1 && echo uv)
INSTALL = $(if $(UV),$(UV) pip install --python $(BIN)/python,$(BIN)/python -m pip install --disable-pip-version-check)

.DEFAULT_GOAL := help
.PHONY: help run test lint lowest lab front-end bench faults chaos killed soak clean

help:  ## Show what there is to do.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "canvas-kit needs Python 3.11 or newer; name one with: make PYTHON=python3.12 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing canvas-kit with everything it needs into $(VENV) …"
	@$(INSTALL) --quiet --constraint constraints.txt --editable '.[all,dev]'
	@touch $@

run: $(STAMP)  ## The main job: a recorded picture from words, then a small batch.
	@$(BIN)/canvas-kit run notebooks/canvases/telephone.json --exports $(EXPORTS)
	@$(BIN)/canvas-kit batch notebooks/canvases/telephone.json --prompts notebooks/canvases/prompts.txt --base-seed 1000 --exports $(EXPORTS)

# Whole files in up to four processes, in the order of tests/conftest.py: the longest first.
SIDE_BY_SIDE := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test: $(STAMP)  ## The whole suite, and every notebook.
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE)
	@CANVAS_KIT_EXPORTS=$$(mktemp -d) CANVAS_KIT_JOBS_FOLDER=$$(mktemp -d) CANVAS_KIT_HEADLESS=1 $(BIN)/python -m pytest $(SIDE_BY_SIDE) --nbmake --nbmake-timeout=120 -W default notebooks

lint: $(STAMP)  ## Style and types.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

# What the lower bounds of pyproject.toml promise: the quick tests pass with exactly these versions.
# Left out is what takes long and hangs on no library's version: pure schedules, killed processes, files.
QUICK := tests/canvas tests/nodes tests/executor tests/recorder tests/views/test_results.py \
	tests/views/test_live.py tests/server/test_choices.py tests/server/test_editor_forms.py \
	tests/batch/test_running.py tests/test_events.py tests/test_media.py tests/test_settings.py tests/sweep \
	$(addprefix --ignore=tests/executor/test_,random_runs.py continuing.py stopping.py schedule.py) \
	--ignore=tests/recorder/test_verifying.py
lowest:  ## The quick tests with the lowest versions that pyproject.toml allows.
	@at=$$(mktemp -d) && trap 'rm -rf "$$at"' EXIT && $(PYTHON) -m venv "$$at" && \
	"$$at/bin/python" -m pip install --quiet --disable-pip-version-check uv && \
	"$$at/bin/uv" pip install --quiet --python "$$at/bin/python" --resolution lowest-direct --editable '.[all,dev]' && \
	"$$at/bin/canvas-kit" run --help > /dev/null && \
	"$$at/bin/canvas-kit" run notebooks/canvases/telephone.json --exports "$$at/exports" && \
	"$$at/bin/python" -m pytest --quiet -p no:cacheprovider -W default -m 'not slow' $(SIDE_BY_SIDE) $(QUICK)

lab: $(STAMP)  ## JupyterLab with the notebooks and the workbench, which is switched on in .venv.
	@$(BIN)/canvas-kit workbench enable --env
	@$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/notebooks/01_first_run.ipynb

FRONT_END := canvas_kit/workbench/front_end
front-end:  ## Check, test and build what the workbench shows in a page; needs Node.js.
	@cd $(FRONT_END) && npm ci --silent && npm run --silent check && npm test --silent && npm run --silent build

bench: $(STAMP)  ## Measure speed, as ratios within one run.
	@$(BIN)/python -m tests.benchmarks

faults: $(STAMP)  ## What each backend makes of each fault, as a table.
	@$(BIN)/python -m tests.backends.fault_matrix

SECONDS ?= 60
SEED ?= 1
POINTS ?= 500
KILLS ?= 10
chaos: $(STAMP)  ## Kill, fill, cancel, abort for SECONDS=60 with SEED=1; what was lost.
	@$(BIN)/python -m tests.stress.chaos --seconds $(SECONDS) --seed $(SEED) $(if $(TRIAL),--trial $(TRIAL))

killed: $(STAMP)  ## Kill a batch of POINTS=500 on a paid service KILLS=10 times; what was paid twice.
	@$(BIN)/python -m tests.stress.killed_batch --points $(POINTS) --kills $(KILLS) --seed $(SEED)

soak: $(STAMP)  ## Record for SECONDS=60; whether memory, descriptors, threads grow.
	@$(BIN)/python -m tests.stress.soak --seconds $(SECONDS)

clean:  ## Remove the environment and caches; records stay.
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
