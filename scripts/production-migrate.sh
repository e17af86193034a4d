#!/usr/bin/env bash
# A release, step by step; each step is one call of migratekit, which decides, and this script stops where it fails.
set -uo pipefail
umask 077

usage() {
    cat <<'EOF'
usage: scripts/production-migrate.sh [--env NAME] [--dry-run] [--yes] [--to V] [--commit SHA]
                                     [--skip-backup REASON] [--on-failure stop|rollback]

Pre-flight, plan, confirmation, backup, migration, verification, report.

  --env NAME            environment, environments/NAME.yaml (production)
  --dry-run             pre-flight and plan only; nothing is changed
  --yes                 ask nothing; needed where there is no terminal
  --to V                up to this version
  --commit SHA          the commit that the release should be
  --skip-backup REASON  make no backup, and say why
  --on-failure WHAT     a failure stops the release (stop), or its other migrations are undone too (rollback)

exit codes:
  0 done, or nothing to do             12 migration failed
  3 not confirmed, busy or forbidden   13 verification failed
 10 pre-flight failed                  64 wrong usage
 11 backup failed                     130 stopped by a signal
EOF
}

wrong() { printf 'error: %s\n' "$1" >&2; usage >&2; exit 64; }

env=production yes='' skip='' child='' result=0 signals=0 passed=0
dry='' brief=--brief start=() preflight=() plan=() up=()
while [ $# -gt 0 ]; do
    case $1 in  # an empty value is a variable that nobody set
        --env | --to | --commit | --skip-backup | --on-failure) [ -n "${2:-}" ] || wrong "$1 needs a value" ;;
    esac
    case $1 in
        --env) env=$2; shift ;;
        --to) start+=(--to "$2") preflight+=(--to "$2") plan+=(--to "$2") up+=(--to "$2"); shift ;;
        --commit) preflight+=(--commit "$2"); shift ;;
        --skip-backup) skip=$2 start+=(--skip-backup "$2") preflight+=(--skip-backup "$2"); shift ;;
        --on-failure) start+=(--on-failure "$2") up+=(--on-failure "$2"); shift ;;
        --dry-run) dry=--dry-run brief='' start+=(--dry-run) ;;
        --yes) yes=--yes ;;
        --help | -h) usage; exit 0 ;;
        *) wrong "what is $1?" ;;
    esac
    shift
done

CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." || exit 64
migratekit=.venv/bin/migratekit
[ -x "$migratekit" ] || migratekit=$(command -v migratekit) || wrong "migratekit is neither in .venv nor on the PATH"

# A signal lets the running file finish: the verb at work gets each one, once, from us.
trap 'signals=$((signals + 1)); pass_on' INT TERM
trap '' HUP  # a terminal that goes away must not end a file half-way
pass_on() {
    while [ -n "$child" ] && [ "$passed" -lt "$signals" ]; do
        passed=$((passed + 1)) && kill -s TERM "$child" 2>/dev/null
    done
}

# Runs a verb in a process group of its own, so that what a terminal sends reaches it once, by us.
run() {
    set -m
    "$migratekit" --env "$env" ${yes:+"$yes"} "$@" </dev/null &
    child=$!; set +m; pass_on
    while seen=$signals; wait "$child"; result=$?; [ "$signals" -ne "$seen" ]; do :; done
    child=''
}

# Ends the release if the last verb failed, with the stage's exit code, or if a signal came.
check() {
    case $result in 130 | 143) finish 130 ;; 0) [ "$signals" -eq 0 ] || finish 130 ;; *) finish "$1" ;; esac
}

stage() { [ "$signals" -eq 0 ] || finish 130; run "${@:2}"; check "$1"; }

finish() {
    trap : INT TERM  # whatever becomes of the report, the exit code stays
    "$migratekit" --env "$env" report --end "$1" "$MIGRATEKIT_RELEASE" </dev/null
    exit "$1"
}

mkdir -p logs && exec 9>"logs/.$env.lock" || exit 10
MIGRATEKIT_RELEASE=$("$migratekit" --env "$env" ${yes:+"$yes"} release start --lock-fd 9 "${start[@]}")
case $? in 0) ;; 2) exit 64 ;; 3) exit 3 ;; 130) exit 130 ;; *) exit 10 ;; esac
export MIGRATEKIT_RELEASE MIGRATEKIT_LOG="logs/$MIGRATEKIT_RELEASE.log"

stage 10 preflight "${preflight[@]}"
stage 10 plan ${brief:+"$brief"} "${plan[@]}"
[ -z "$dry" ] || finish 0
run release pending "${plan[@]}"
case $result in 0) finish 0 ;; 6) ;; *) check 10 ;; esac
[ -n "$yes" ] || { "$migratekit" --env "$env" release confirm "${plan[@]}"; result=$?; check 3; yes=--yes; }
[ -n "$skip" ] || stage 11 backup create
stage 12 up "${up[@]}"
stage 13 verify
finish 0
