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
  0 done, or nothing to do    12 migration failed      64 wrong usage
  3 not confirmed, or busy    13 verification failed  130 stopped by a signal
 10 pre-flight failed
 11 backup failed
EOF
}

wrong() { printf 'error: %s\n' "$1" >&2; usage >&2; exit 64; }

env=production yes='' dry='' skip='' child='' stopped=''
brief=--brief preflight=() plan=() up=()
while [ $# -gt 0 ]; do
    case $1 in
        --env | --to | --commit | --skip-backup | --on-failure) [ $# -gt 1 ] || wrong "$1 needs a value" ;;
    esac
    case $1 in
        --env) env=$2; shift ;;
        --to) preflight+=(--to "$2") plan+=(--to "$2") up+=(--to "$2"); shift ;;
        --commit) preflight+=(--commit "$2"); shift ;;
        --skip-backup) skip=$2 preflight+=(--skip-backup "$2"); shift ;;
        --on-failure) up+=(--on-failure "$2"); shift ;;
        --dry-run) dry=--dry-run brief='' ;;
        --yes) yes=--yes ;;
        --help | -h) usage; exit 0 ;;
        *) wrong "what is $1?" ;;
    esac
    shift
done

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 64
migratekit=.venv/bin/migratekit
[ -x "$migratekit" ] || migratekit=$(command -v migratekit) || wrong "migratekit is not installed: run make install"

# A signal lets the running file finish: the verb at work gets it, and we wait. A terminal tells the verb by itself.
trap 'stopped=INT; [ -t 0 ] || forward INT' INT
trap 'stopped=TERM; forward TERM' TERM
# shellcheck disable=SC2329 # called by the traps
forward() { [ -z "$child" ] || kill -s "$1" "$child" 2>/dev/null; }

# Runs a verb; its failure ends the release with the stage's exit code.
stage() {
    local code=$1 result
    shift
    [ -z "$stopped" ] || finish 130
    "$migratekit" --env "$env" ${yes:+"$yes"} "$@" <&0 &
    child=$!
    while wait "$child"; result=$?; kill -0 "$child" 2>/dev/null; do :; done
    child=''
    [ -z "$stopped" ] && [ "$result" -ne 130 ] || finish 130
    [ "$result" -eq 0 ] || finish "$code"
}

finish() {
    [ -z "${MIGRATEKIT_RELEASE:-}" ] || "$migratekit" --env "$env" report --end "$1" "$MIGRATEKIT_RELEASE"
    exit "$1"
}

mkdir -p logs && exec 9>"logs/.$env.lock" || exit 64
MIGRATEKIT_RELEASE=$("$migratekit" --env "$env" ${yes:+"$yes"} release start --lock-fd 9 ${dry:+"$dry"} \
    ${skip:+--skip-backup "$skip"}) || { code=$?; [ $code -eq 2 ] && exit 64; exit $code; }
export MIGRATEKIT_RELEASE MIGRATEKIT_LOG="logs/$MIGRATEKIT_RELEASE.log"

stage 10 preflight "${preflight[@]}"
stage 10 plan ${brief:+"$brief"} "${plan[@]}"
[ -z "$dry" ] || finish 0
"$migratekit" --env "$env" status --quiet && finish 0  # nothing is pending
[ -n "$yes" ] || stage 3 release confirm "${plan[@]}"
yes=--yes
[ -n "$skip" ] || stage 11 backup create
stage 12 up "${up[@]}"
stage 13 verify
finish 0
