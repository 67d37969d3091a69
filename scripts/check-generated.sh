#!/usr/bin/env bash
# Fails when a generated file is not what the code generates.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-${CARGO_TARGET_DIR:-target}/debug/metricwright}
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
scripts/generate.sh "$bin" "$fresh"
fail=0
while IFS= read -r -d '' file; do
  relative=${file#"$fresh"/}
  if ! diff -u "$relative" "$file"; then
    echo "$relative is not what the code generates: run \`make generate\` and commit the result"
    fail=1
  fi
done < <(find "$fresh" -type f -print0)
[ "$fail" -eq 0 ] && echo "generated files are up to date"
exit "$fail"
