#!/usr/bin/env bash
# The core decides and never calls out: none of its crates may depend on what does IO, and arrows never point up.
set -euo pipefail
cd "$(dirname "$0")/.."
denied='^(tokio|kube-client|kube-runtime|sqlx.*|reqwest|hyper|axum|datafusion.*|object_store|notify|tracing-subscriber|mio|socket2)$'
fail=0
deps() { cargo tree --locked --offline -p "$1" -e normal --prefix none --format '{p}' 2>/dev/null | awk '{print $1}' | sort -u; }
for manifest in crates/core/*/Cargo.toml; do
  name=$(awk -F'"' '/^name = /{print $2; exit}' "$manifest")
  bad=$(deps "$name" | grep -E "$denied" || true)
  [ -z "$bad" ] || { echo "core crate $name reaches out through:" $bad; fail=1; }
  up=$(deps "$name" | grep -E '^metricwright-(source|files|store|channel|lab|service|testkit)$|^metricwright$' || true)
  [ -z "$up" ] || { echo "core crate $name points up to:" $up; fail=1; }
  # The clock, the environment and the file system are arguments, outside tests.
  calls=$(grep -rnE 'SystemTime::now|Timestamp::now|Zoned::now|Instant::now|std::env::|std::fs::|std::net::' "$(dirname "$manifest")/src" --include='*.rs' | grep -v 'cfg(test)' || true)
  [ -z "$calls" ] || { echo "core crate $name reads the world:"; echo "$calls"; fail=1; }
done
for manifest in crates/edge/*/Cargo.toml; do
  name=$(awk -F'"' '/^name = /{print $2; exit}' "$manifest")
  up=$(deps "$name" | grep -E '^metricwright-(service|testkit)$|^metricwright$' || true)
  [ -z "$up" ] || { echo "edge crate $name points up to:" $up; fail=1; }
done
for crate in metricwright-service metricwright-store metricwright-channel metricwright-source; do
  if grep -qE '^datafusion' "crates/${crate#metricwright-}/Cargo.toml" "crates/edge/${crate#metricwright-}/Cargo.toml" 2>/dev/null; then
    echo "$crate names DataFusion, which stands only in edge/files"; fail=1
  fi
done
[ "$fail" -eq 0 ] && echo "core is pure, and no arrow points up"
exit "$fail"
