#!/usr/bin/env bash
# The way in: builds, tries and tests Leastwise. Without arguments it explains its verbs.
# Needs rustup and node 20; says what else is missing, why, and installs it.
set -euo pipefail
cd "$(dirname "$0")"
# rustup puts itself there; a shell opened before that does not know.
PATH="$PATH:$HOME/.cargo/bin"

usage() {
  cat <<'TEXT'
usage: ./build.sh VERB

  run     build everything, show findings for made-up samples, and serve the page on 127.0.0.1
          (run --once, or LEASTWISE_ONCE=1: without serving, for unattended use)
  test    everything that must hold: format, lints, tests, what the wasm module may reach, real browsers
  bench   how fast and in how much memory, beside other scanners (installed into a temporary folder); rewrites
          docs/performance.md (--quick: a tenth of the data, nothing is rewritten; --check: instructions a byte, counted by
          valgrind, against benches/instructions.json; --accept writes that; --parts: scanner, readers and reports one by one,
          with Criterion)
  build   the command (target/release/leastwise), the page (dist/page, and dist/leastwise.html: all of it in one file),
          the extension (dist/extension-*), the package for node (dist/npm) and the documentation (dist/site)
  packages
          what the stores take, with the source for their reviewers (dist/packages); `npm run build-for-amo` does the same
  verify  all of that again, from the source package in another folder, and compared byte for byte
  engines the recipes of docs/engines.md and docs/hooks.md under Apache Spark (a worker is killed on the way), DuckDB, Polars and
          pre-commit; takes Java, Python, and half a gigabyte of Python packages into target/engines

LEASTWISE_PORT chooses the port of the page (default 8100). CHROMIUM and FIREFOX name the browsers for the tests.
TEXT
}

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'build.sh: %s\n' "$*" >&2; exit 2; }
have() { command -v "$1" >/dev/null 2>&1; }

# apt-get, as root or by sudo without asking for a password.
apt() {
  have apt-get || fail "$1 is missing and this is no Debian or Ubuntu: please install it and run this again"
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    have sudo && sudo -n true 2>/dev/null || fail "$1 is missing: please run 'apt-get install $1' as root and run this again"
    as_root=(sudo -n)
  fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq || true
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# The compiler of rust-toolchain.toml with its wasm target, and a linker.
need_rust() {
  have rustup || fail "rustup is missing: https://rustup.rs says how to install it"
  if ! have cc; then
    say "Installing gcc: Rust links the command with it"
    apt gcc libc6-dev
  fi
  local channel
  channel=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
  if ! RUSTUP_AUTO_INSTALL=0 rustup run "$channel" rustc --version >/dev/null 2>&1; then
    say "Installing Rust $channel: the one compiler this project is built with (rust-toolchain.toml)"
    rustup toolchain install "$channel" --profile minimal --component clippy --component rustfmt --no-self-update
  fi
  if [ ! -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ]; then
    say "Installing Rust's wasm32-unknown-unknown target: the page and the extension run as WebAssembly"
    rustup target add --toolchain "$channel" wasm32-unknown-unknown
  fi
}

need_lints() {
  cargo clippy --version >/dev/null 2>&1 && cargo fmt --version >/dev/null 2>&1 && return
  say "Installing clippy and rustfmt: the tests check lints and format"
  rustup component add clippy rustfmt
}

# The npm packages of a folder's lock file, and why.
need_packages() {
  local lock=$1/package-lock.json installed=$1/node_modules/.package-lock.json
  if [ ! -f "$installed" ] || [ "$lock" -nt "$installed" ]; then
    say "Installing the npm packages of $lock: $2"
    (cd "$1" && npm ci --no-audit --no-fund --loglevel=error)
    touch "$installed"
  fi
}

need_browser() {
  have node || fail "node is missing: the browser tests need node 20 or newer"
  [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || fail "node $(node --version) is too old: the browser tests need 20 or newer"
  need_packages tests/browser "they drive the browsers, check accessibility, and lint the package for Firefox"
  if [ -z "${CHROMIUM:-}" ] && ! have chromium && ! have chromium-browser && ! have google-chrome && ! have google-chrome-stable; then
    say "Installing Chromium from the distribution: the extension and the page are tested in a real browser"
    apt chromium || apt chromium-browser
  fi
  if [ -z "${FIREFOX:-}" ] && ! have firefox-esr && ! have firefox; then
    say "Installing Firefox from the distribution: the extension is tested in it too"
    apt firefox-esr || apt firefox
  fi
}

dist() {
  say "Building the page and the extension"
  cargo run --quiet --locked --package xtask -- build
}

native() {
  say "Building the command, with the page in it"
  cargo build --release --locked --features page
}

build() {
  need_rust
  # The page first: the command serves it.
  dist
  native
}

run() {
  build
  say "Findings in made-up samples: leastwise demo"
  "${CARGO_TARGET_DIR:-target}/release/leastwise" demo
  cat <<TEXT

== Try it
  Command    ${CARGO_TARGET_DIR:-target}/release/leastwise check FILE
  Extension  Chromium, Chrome or Edge: open chrome://extensions, switch on "Developer mode", choose "Load unpacked" and
             the folder $PWD/dist/extension-chromium
             Firefox: open about:debugging#/runtime/this-firefox, choose "Load Temporary Add-on" and the file
             $PWD/dist/extension-firefox/manifest.json
             Then open an access tokens page of your GitLab and click the extension's button.
TEXT
  if [ "${1:-}" = --once ] || [ -n "${LEASTWISE_ONCE:-}" ]; then
    echo "  Page       dist/page; ./build.sh run without --once serves it on 127.0.0.1"
    return
  fi
  echo "  Page       dist/page, served now on 127.0.0.1; Ctrl-C ends it:"
  cargo run --quiet --locked --package xtask -- serve "${LEASTWISE_PORT:-8100}" ||
    cargo run --quiet --locked --package xtask -- serve 0
}

# Runs a step, keeps its output for counting, and remembers failures instead of stopping: one run shows them all.
failed_steps=()
log=
step() {
  local what=$1
  shift
  say "$what"
  "$@" 2>&1 | tee -a "$log" || failed_steps+=("$what")
}

test_all() {
  need_rust
  need_lints
  need_browser
  need_packages tests/node "the package for node is tried with TypeScript and with a bundler"
  log=$(mktemp)
  # The property tests try the same cases each time, so that no change is refused for a find that is not its own.
  # To look for new ones: PROPTEST_CASES=20000 cargo test.
  export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-20261120}"
  step "Format" cargo fmt --all --check
  step "Lints" cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
  step "Lints of the browser's part" cargo clippy --quiet --locked --lib --target wasm32-unknown-unknown -- -D warnings
  for module in popup screen worker background core; do
    step "Lints of the module: $module" cargo clippy --quiet --locked --lib --target wasm32-unknown-unknown --features "$module" -- -D warnings
  done
  step "Tests" cargo test --locked --workspace --no-fail-fast
  step "Page, extension, and what they may reach" dist
  step "Browser tests" node --test --test-concurrency=1 --test-reporter=spec tests/browser/*.test.mjs
  step "The package for node, and the CI templates" node --test --test-reporter=spec tests/node/*.test.mjs
  # `test result: ok. 3 passed; 1 failed;` of cargo, `ℹ pass 3` and `ℹ fail 1` of node.
  local passed failed
  passed=$(sed -nE 's/^test result:.* ([0-9]+) passed;.*/\1/p; s/^[^a-z]*pass ([0-9]+)$/\1/p' "$log" | awk '{n += $1} END {print n + 0}')
  failed=$(sed -nE 's/^test result:.* ([0-9]+) failed;.*/\1/p; s/^[^a-z]*fail ([0-9]+)$/\1/p' "$log" | awk '{n += $1} END {print n + 0}')
  rm -f "$log"
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
  if [ ${#failed_steps[@]} -gt 0 ]; then
    printf 'failed step: %s\n' "${failed_steps[@]}"
    exit 1
  fi
}

bench() {
  need_rust
  have node || fail "node is missing: the benchmarks are written for it"
  if [ "${1:-}" = --parts ]; then
    cargo bench --quiet --locked --package leastwise-measure --bench parts
    return
  fi
  local built=${CARGO_TARGET_DIR:-target}
  cargo build --quiet --release --locked --package leastwise-measure --bin throughput
  if [ "${1:-}" = --check ] || [ "${1:-}" = --accept ]; then
    if ! have valgrind; then
      echo "build.sh: valgrind is missing (apt-get install valgrind): instructions were not counted, the check is skipped" >&2
      return
    fi
    node benches/instructions.mjs "$built/release/throughput" "${1:-}"
    return
  fi
  cargo build --quiet --release --locked --package leastwise --package leastwise-measure --bin leastwise --bin throughput
  say "Building the scanner for the browser"
  RUSTFLAGS="-Ctarget-feature=+simd128" cargo build --quiet --locked --profile wasm --target wasm32-unknown-unknown \
    --package leastwise-measure --lib
  node benches/bench.mjs "$built/release/leastwise" "$built/release/throughput" \
    "$built/wasm32-unknown-unknown/wasm/scan_wasm.wasm" "${1:-}"
}

# Not a part of `test`: half a gigabyte of packages for what changes rarely.
engines() {
  need_rust
  if ! have java; then
    say "Installing Java from the distribution: Apache Spark runs on it"
    apt default-jre-headless
  fi
  have python3 || { say "Installing Python from the distribution"; apt python3; }
  python3 -c 'import ensurepip' 2>/dev/null || { say "Installing Python's venv from the distribution"; apt python3-venv; }
  native
  local target here
  target=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)
  here="$target/engines"
  if ! "$here/python/bin/python" -c 'import duckdb, polars, pre_commit, pyspark' 2>/dev/null; then
    say "Installing PySpark, DuckDB, Polars and pre-commit from PyPI into $here"
    python3 -m venv "$here/python"
    "$here/python/bin/pip" install --quiet --disable-pip-version-check --requirement tests/engines/requirements.txt
  fi
  rm -rf "$here/work"
  say "Records under Apache Spark"
  "$here/python/bin/python" tests/engines/spark.py "$target/release/leastwise" "$here/work"
  say "Findings in DuckDB and Polars"
  "$here/python/bin/python" tests/engines/findings.py "$here/work"
  say "The hook under pre-commit, as built from the last commit and as installed"
  PRE_COMMIT_HOME="$here/pre-commit" PATH="$target/release:$PATH" \
    "$here/python/bin/python" tests/engines/hook.py "$here/work/hook" leastwise leastwise-system
}

# Not a part of `test`: it builds everything twice.
verify() {
  need_rust
  dist
  say "Building it once more, from its source package in another folder"
  cargo run --quiet --locked --package xtask -- verify
}

# What a store's reviewer needs: the packages, without the command and without browsers.
packages() {
  need_rust
  dist
  (cd dist && grep '  packages/' SHA256SUMS)
}

case "${1:-}" in
  run) run "${2:-}" ;;
  test) test_all ;;
  build) build ;;
  engines) engines ;;
  bench) bench "${2:-}" ;;
  packages) packages ;;
  verify) verify ;;
  "" | -h | --help | help) usage ;;
  *) usage >&2; exit 2 ;;
esac
