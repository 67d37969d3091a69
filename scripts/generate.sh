#!/usr/bin/env bash
# Writes every generated file. `scripts/check-generated.sh` fails when they differ.
set -euo pipefail
bin=$(realpath "${1:-${CARGO_TARGET_DIR:-target}/debug/metricwright}")
cd "$(dirname "$0")/.."
out=${2:-.}
mkdir -p "$out/crds" "$out/deploy/rbac" "$out/deploy/admission" "$out/docs/kinds"
"$bin" crds --out "$out/crds"
"$bin" reference diagnostics > "$out/docs/diagnostics.md"
"$bin" reference rbac > "$out/deploy/rbac/role.yaml"
"$bin" reference namespaced-rbac > "$out/deploy/rbac/namespaced-role.yaml"
"$bin" reference user-roles > "$out/deploy/rbac/user-roles.yaml"
"$bin" reference webhook > "$out/deploy/admission/webhook.yaml"
"$bin" reference policies > "$out/deploy/admission/policies.yaml"
"$bin" reference cli > "$out/docs/cli.md"
for kind in data-source dataset metric alert-rule channel incident; do
  "$bin" reference "$kind" > "$out/docs/kinds/$kind.md"
done
