#!/usr/bin/env bash
# Writes every generated file. `scripts/check-generated.sh` fails when they differ.
set -euo pipefail
bin=$(realpath "${1:-${CARGO_TARGET_DIR:-target}/debug/metricwright}")
cd "$(dirname "$0")/.."
out=${2:-.}
chart="$out/charts/metricwright"
mkdir -p "$out/crds" "$out/deploy/rbac" "$out/deploy/admission" "$out/docs/kinds" "$out/charts/metricwright-crds/files" "$chart/files/admission"
"$bin" crds --out "$out/crds"
{
  printf 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n'
  (cd "$out/crds" && printf '  - %s\n' *.metricwright.dev.yaml)
} > "$out/crds/kustomization.yaml"
"$bin" crds --out "$out/charts/metricwright-crds/files"
"$bin" reference diagnostics > "$out/docs/diagnostics.md"
"$bin" reference rbac > "$out/deploy/rbac/role.yaml"
"$bin" reference namespaced-rbac > "$out/deploy/rbac/namespaced-role.yaml"
"$bin" reference user-roles > "$out/deploy/rbac/user-roles.yaml"
"$bin" reference rights > "$out/docs/rights.md"
"$bin" reference webhook > "$out/deploy/admission/webhook.yaml"
"$bin" reference policies > "$out/deploy/admission/policies.yaml"
# A chart reads no file outside of it.
cp "$out"/deploy/rbac/{role,namespaced-role,user-roles}.yaml "$chart/files/"
cp "$out"/deploy/admission/{webhook,policies}.yaml "$chart/files/admission/"
"$bin" reference chart-values > "$chart/values.yaml"
"$bin" reference chart-readme > "$chart/README.md"
"$bin" reference cli > "$out/docs/cli.md"
for kind in calendar data-source dataset metric alert-rule channel incident; do
  "$bin" reference "$kind" > "$out/docs/kinds/$kind.md"
done
