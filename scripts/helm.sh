#!/usr/bin/env bash
# Makes sure that helm exists for the tests of the charts.
#
# Taken from, in this order (crates/testkit/src/helm.rs looks in the same places):
#   1. $METRICWRIGHT_HELM, the path of a helm;
#   2. the cache: ${METRICWRIGHT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/metricwright}/helm/VERSION/helm;
#   3. built once into that cache from Go modules pinned by crates/testkit/helm/go.sum.
# Running it again costs nothing: it prints one line.
set -euo pipefail

VERSION=3.22.0

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache="${METRICWRIGHT_CACHE:-${XDG_CACHE_HOME:-${HOME:?set HOME or METRICWRIGHT_CACHE}/.cache}/metricwright}/helm"
bin="$cache/$VERSION"

say() { printf '%s\n' "$*" >&2; }
fail() { say "helm: $*"; exit 1; }
ready() { printf 'helm ready: %s\n' "$1"; exit 0; }

# Builds under a temporary name and renames it, so that an aborted build is never taken for a complete one.
build() {
    command -v go >/dev/null || fail "Go ≥ 1.26 is needed to build helm: install it, or set METRICWRIGHT_HELM to a helm ≥ 3.14"
    local log="$bin/build.log" began=$SECONDS
    say "helm: building $VERSION. This takes about 3 minutes, once; kept in $bin"
    rm -rf "$bin"/.build.* # of a run that was killed: the lock is ours
    work=$(mktemp -d "$bin/.build.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    cp "$root"/crates/testkit/helm/{go.mod,go.sum} "$work/"
    if ! (cd "$work" && CGO_ENABLED=0 GOFLAGS="" go build -mod=readonly -trimpath \
        -ldflags "-s -w -X helm.sh/helm/v3/internal/version.version=v$VERSION" \
        -o "$work/helm" helm.sh/helm/v3/cmd/helm) >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        fail "the build failed after $((SECONDS - began)) s, see above (whole log: $log)"
    fi
    mv "$work/helm" "$bin/helm"
    rm -f "$log"
    say "helm: built in $((SECONDS - began)) s"
}

if [ -n "${METRICWRIGHT_HELM:-}" ]; then
    [ -x "$METRICWRIGHT_HELM" ] || fail "METRICWRIGHT_HELM=$METRICWRIGHT_HELM is no program"
    ready "$METRICWRIGHT_HELM"
fi
if [ ! -x "$bin/helm" ]; then
    mkdir -p "$bin"
    exec 9>"$cache/$VERSION.lock"
    if ! flock -n 9; then say "helm: another run is building, waiting for it"; flock 9; fi
    [ -x "$bin/helm" ] || build
fi
ready "$bin/helm"
