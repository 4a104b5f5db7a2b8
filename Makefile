# `make` says what there is. Settings: PORT, and for pip its own variables (PIP_INDEX_URL and so on).
PORT ?= 8000
PYTEST_ARGUMENTS ?= -n auto --maxschedchunk 2
PYTHON ?= $(shell .make/find-python)
BIN := .venv/bin
# Whatever is set outside: without the byte code that Python keeps, each start would compile house and packages again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup run test check

help: ## Say what there is
	@echo "Counterpart. Commands:"
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16
	@echo "Example: make run PORT=8123"

setup: .venv/installed ## Make .venv with what the portal needs

run: .venv/installed ## Show the portal with a made-up world, on port 8000
	@exec $(BIN)/python app.py demo --port $(PORT)

# There is a test process for each core; those that start threads of their own as well wait for each other, spinning.
test: export OMP_NUM_THREADS = 1
test: check ## Run the checks and every test
	@.make/provide-chromium
	$(BIN)/pytest $(PYTEST_ARGUMENTS)

check: .venv/tested ## Look at style and types, without running tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint web/templates --lint --quiet

# The stamps make the second run quick: pip is asked again only when the list of packages changed.
.venv/installed: pyproject.toml .make/install
	@.make/install "$(PYTHON)" .
	@touch $@

.venv/tested: pyproject.toml .make/install
	@.make/install "$(PYTHON)" '.[test]'
	@touch .venv/installed $@
