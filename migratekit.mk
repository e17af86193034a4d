# The targets of migratekit: put `include migratekit.mk` at the top of a Makefile; `make migrate-help` lists them.
# Targets and variables that the Makefile has itself come behind it and win. GNU make 3.81 or newer.
# `MIGRATEKIT = …` in front of it names another command, as in `MIGRATEKIT = uv run migratekit`.

ifneq ($(origin MIGRATEKIT),file)
MIGRATEKIT = $(firstword $(wildcard .venv/bin/migratekit) migratekit)
endif
ifneq ($(origin MIGRATEKIT_READY),file)
MIGRATEKIT_READY = migratekit-ready
endif

# What users give counts only from the command line, and reaches the recipes as plain text: make would
# otherwise run a $(shell ...) in it while exporting it. Variables of the Makefile keep their values.
define migratekit_given
ifeq ($$(origin $(1)),command line)
override $(1) := $$(value $(1))
override GIVEN_$(1) := $$(value $(1))
else
override GIVEN_$(1) :=
endif
export GIVEN_$(1)
endef
$(foreach name,ENV NAME STEPS VERSION KIND COLS SET KEEP FILE RUN TABLE COUNT SEED MODELS,$(eval $(call migratekit_given,$(name))))

migratekit_do = $(MIGRATEKIT) $${GIVEN_ENV:+--env "$$GIVEN_ENV"}
migratekit_files := $(lastword $(MAKEFILE_LIST))
define migratekit_list
awk 'BEGIN { FS = ":.*## " } /^##@ / { printf "\n%s\n", substr($$0, 5) } \
  /^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(migratekit_files)
printf '\nENV=NAME picks environments/NAME.yaml (development).\n'
endef
# Whatever `make` alone does in the Makefile, it goes on doing.
migratekit_goal := $(.DEFAULT_GOAL)

.PHONY: migratekit-ready migrate-help
migrate-help: ## List the targets
	@$(migratekit_list)
migratekit-ready:
	@command -v $(firstword $(MIGRATEKIT)) >/dev/null || { echo 'migratekit is neither in .venv nor on the PATH:' \
	  'python3 -m venv .venv && .venv/bin/pip install "migratekit[embedded]"' >&2; exit 1; }

##@ Migrations
.PHONY: migrate-create migrate-up migrate-down migrate-goto migrate-redo migrate-status migrate-version
.PHONY: migrate-plan migrate-history migrate-validate migrate-verify migrate-repair migrate-baseline migrate-force migrate-drop
.PHONY: migrate-templates migrate-headers migrate-kept migrate-preflight migrate-backup migrate-restore migrate-report
.PHONY: migrate-branch migrate-rehearse
.PHONY: migrate-seed migrate-adopt migrate-wait migrate-drift migrate-dump migrate-docs migrate-diff migrate-renumber migrate-squash
migrate-create: $(MIGRATEKIT_READY) ## NAME=create_x_table   Make a new migration; COLS="name:text!" KIND=k KEEP=yes
	@$(migratekit_do) create $${GIVEN_KIND:+--kind "$$GIVEN_KIND"} $${GIVEN_COLS:+--columns "$$GIVEN_COLS"} \
	  $${GIVEN_SET:+--set "$$GIVEN_SET"} $${GIVEN_KEEP:+--set "keep=$$GIVEN_KEEP"} -- "$$GIVEN_NAME"
migrate-diff: $(MIGRATEKIT_READY) ## NAME=x MODELS=m:Base  Make the files that bring the schema to models, or to FILE=schema.sql
	@$(migratekit_do) diff $${GIVEN_MODELS:+--models="$$GIVEN_MODELS"} $${GIVEN_FILE:+--schema="$$GIVEN_FILE"} -- "$$GIVEN_NAME"
migrate-templates: $(MIGRATEKIT_READY) ##                       List the kinds of migrations and what they write
	@$(migratekit_do) templates
migrate-headers: $(MIGRATEKIT_READY) ##                       Put headers in front of files that have none
	@$(migratekit_do) headers
migrate-renumber: $(MIGRATEKIT_READY) ## VERSION=003           Give a pending migration the next free number
	@$(migratekit_do) renumber -- "$$GIVEN_VERSION"
migrate-up: $(MIGRATEKIT_READY) ## [STEPS=N]             Apply all pending migrations, or N
	@$(migratekit_do) up $${GIVEN_STEPS:+-- "$$GIVEN_STEPS"}
migrate-down: $(MIGRATEKIT_READY) ## [STEPS=1]             Undo the last migration, or N
	@$(migratekit_do) down -- "$${GIVEN_STEPS:-1}"
migrate-goto: $(MIGRATEKIT_READY) ## VERSION=003           Go up or down to a version
	@$(migratekit_do) goto -- "$$GIVEN_VERSION"
migrate-redo: $(MIGRATEKIT_READY) ##                       Undo the last migration and apply it again
	@$(migratekit_do) redo
migrate-wait: $(MIGRATEKIT_READY) ## [VERSION=003]         Wait until another run has applied it, or all
	@$(migratekit_do) wait-for-version $${GIVEN_VERSION:+-- "$$GIVEN_VERSION"}
migrate-plan: $(MIGRATEKIT_READY) ##                       Show what would run, without running it
	@$(migratekit_do) plan
migrate-status: $(MIGRATEKIT_READY) ##                       Show how every migration stands
	@$(migratekit_do) status
migrate-history: $(MIGRATEKIT_READY) ##                       Show what was applied when, by whom, and what failed
	@$(migratekit_do) history
migrate-version: $(MIGRATEKIT_READY) ##                       Show the database's version
	@$(migratekit_do) version
migrate-validate: $(MIGRATEKIT_READY) ##                       Check files, history and database
	@$(migratekit_do) validate
migrate-preflight: $(MIGRATEKIT_READY) ##                       Look for what could go wrong in a release
	@$(migratekit_do) preflight
migrate-verify: $(MIGRATEKIT_READY) ##                       Check the database after a migration
	@$(migratekit_do) verify
migrate-drift: $(MIGRATEKIT_READY) ## [VERSION=003]         Show how the database differs from what its files make
	@$(migratekit_do) drift $${GIVEN_VERSION:+--to="$$GIVEN_VERSION"}
migrate-dump: $(MIGRATEKIT_READY) ## [FILE=schema.sql]     Write the schema as SQL
	@$(migratekit_do) dump $${GIVEN_FILE:+--file="$$GIVEN_FILE"}
migrate-docs: $(MIGRATEKIT_READY) ## [FILE=docs/schema.md] Write the schema as a page with diagrams
	@$(migratekit_do) docs $${GIVEN_FILE:+--file="$$GIVEN_FILE"}
migrate-report: $(MIGRATEKIT_READY) ## [RUN=name]            Write the page of the newest record, or of this run
	@$(migratekit_do) report $${GIVEN_RUN:+-- "$$GIVEN_RUN"}
migrate-repair: $(MIGRATEKIT_READY) ##                       See what a half-way migration left, and mend it
	@$(migratekit_do) repair
migrate-baseline: $(MIGRATEKIT_READY) ## VERSION=003           Declare what an existing database has already
	@$(migratekit_do) baseline -- "$$GIVEN_VERSION"
migrate-squash: $(MIGRATEKIT_READY) ## VERSION=014           Make one baseline of all migrations up to it
	@$(migratekit_do) squash -- "$$GIVEN_VERSION"
migrate-adopt: $(MIGRATEKIT_READY) ##                       Take over the history that another tool kept
	@$(migratekit_do) adopt
migrate-force: $(MIGRATEKIT_READY) ## VERSION=001           Set the version without running anything
	@$(migratekit_do) force -- "$$GIVEN_VERSION"
migrate-kept: $(MIGRATEKIT_READY) ##                       List the rows that down files kept
	@$(migratekit_do) kept list
migrate-backup: $(MIGRATEKIT_READY) ##                       Make a backup of the database, and verify it
	@$(migratekit_do) backup
migrate-restore: $(MIGRATEKIT_READY) ## [FILE=name]           Put the latest backup, or this one, in the database's place
	@$(migratekit_do) restore $${GIVEN_FILE:+-- "$$GIVEN_FILE"}
migrate-branch: $(MIGRATEKIT_READY) ## [NAME=try]            Copy the database to a branch, or list the branches
	@if [ -n "$$GIVEN_NAME" ]; then $(migratekit_do) branch create -- "$$GIVEN_NAME"; else $(migratekit_do) branch list; fi
migrate-rehearse: $(MIGRATEKIT_READY) ## [STEPS=N]             Apply all pending migrations, or N, to a copy alone
	@$(migratekit_do) up --on-branch $${GIVEN_STEPS:+-- "$$GIVEN_STEPS"}
migrate-seed: $(MIGRATEKIT_READY) ## [COUNT=100] [TABLE=name] Fill tables with sample data; SEED=n for the same ones
	@$(migratekit_do) seed $${GIVEN_COUNT:+--count "$$GIVEN_COUNT"} $${GIVEN_TABLE:+--table "$$GIVEN_TABLE"} \
	  $${GIVEN_SEED:+--seed "$$GIVEN_SEED"}
migrate-drop: $(MIGRATEKIT_READY) ##                       Drop everything in the database's schema
	@$(migratekit_do) drop

##@ Database of your own (the embedded PostgreSQL)
.PHONY: db-start db-stop db-reset db-shell
db-start: $(MIGRATEKIT_READY) ##                       Start it
	@$(migratekit_do) db start
db-stop: $(MIGRATEKIT_READY) ##                       Stop it
	@$(migratekit_do) db stop
db-reset: $(MIGRATEKIT_READY) ##                       Make its database new and empty
	@$(migratekit_do) db reset
db-shell: $(MIGRATEKIT_READY) ##                       Enter the database with psql
	@$(migratekit_do) db shell

.DEFAULT_GOAL := $(migratekit_goal)
