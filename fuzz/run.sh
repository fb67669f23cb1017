#!/usr/bin/env bash
# Fuzzes a target for some seconds: fuzz/run.sh TARGET [SECONDS]. Starts from the seeds, the tests' fixtures and the examples of
# the rules; what it learns is kept in fuzz/corpus. Needs a nightly compiler and cargo-fuzz; docs/fuzzing.md says more.
set -euo pipefail
cd "$(dirname "$0")"
target=${1:?usage: fuzz/run.sh TARGET [SECONDS]}
seconds=${2:-60}
corpus=corpus/$target
mkdir -p "$corpus"
more=("seeds/$target")
case $target in
  ci_config | shell | plans)
    # The examples of the rules' pages, a file each.
    awk -v to="$corpus" '/^```yaml ci-config/ {on = 1; file = sprintf("%s/example-%04d", to, ++count); printf "" > file; next} /^```/ {on = 0} on {print > file}' ../docs/rules/*.md
    ;;
  job_log) more+=(../tests/fixtures/logs) ;;
  page) more+=(../tests/fixtures/pages) ;;
  inventory_* | report) more+=(../tests/fixtures/exports) ;;
esac
# No sanitizer: our own code has no unsafe block, and without one three times as many inputs are tried. A slow input is a find.
exec cargo +nightly fuzz run --sanitizer none "$target" -- "$corpus" "${more[@]}" -dict=words.dict -max_total_time="$seconds" \
  -max_len=16384 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1
