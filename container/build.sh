#!/usr/bin/env bash
# Makes target/container/leastwise: the command as one static binary for Linux, for the images of container/Containerfile
# and for machines without a compiler. Needs rustup; installs Rust's musl target when it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
machine="$(uname -m)-unknown-linux-musl"
if [ ! -d "$(rustc --print sysroot)/lib/rustlib/$machine" ]; then
  echo "Installing Rust's $machine target: a binary for it needs nothing of the machine it runs on" >&2
  rustup target add "$machine"
fi
cargo build --release --locked --target "$machine"
to="${CARGO_TARGET_DIR:-target}/container"
mkdir -p "$to"
cp "${CARGO_TARGET_DIR:-target}/$machine/release/leastwise" "$to/leastwise"
echo "$to/leastwise"
