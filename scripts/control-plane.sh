#!/usr/bin/env bash
# Makes sure that the programs of the test control plane exist: etcd, kube-apiserver, kube-controller-manager, kubectl.
#
# Taken from, in this order (crates/testkit/src/control_plane/binaries.rs looks in the same places):
#   1. $KUBEBUILDER_ASSETS, if all are there (etcd may be on PATH);
#   2. the cache: ${METRICWRIGHT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/metricwright}/control-plane/VERSION;
#   3. built once into that cache from Go modules pinned by crates/testkit/control-plane/go.sum; etcd from Debian's etcd-server.
# Running it again costs nothing: it prints one line.
set -euo pipefail

VERSION=1.37.2
KUBERNETES=(kube-apiserver kube-controller-manager kubectl)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache="${METRICWRIGHT_CACHE:-${XDG_CACHE_HOME:-${HOME:?set HOME or METRICWRIGHT_CACHE}/.cache}/metricwright}/control-plane"
bin="$cache/$VERSION"

say() { printf '%s\n' "$*" >&2; }
fail() { say "control plane: $*"; exit 1; }

# Names of the Kubernetes programs that folder $1 lacks.
missing_in() {
    local name
    for name in "${KUBERNETES[@]}"; do [ -x "$1/$name" ] || printf '%s ' "$name"; done
}

has_etcd() { [ -x "$1/etcd" ] || command -v etcd >/dev/null; }

ready() { printf 'control plane ready: Kubernetes %s in %s\n' "$VERSION" "$1"; }

install_etcd() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        fail "etcd is missing. Install it (Debian: sudo apt-get install etcd-server) or put an etcd ≥ 3.4 into $bin, then run this again"
    fi
    say "control plane: installing Debian's etcd-server"
    local log="$bin/apt.log"
    if ! { apt-get install -y --no-install-recommends etcd-server ||
        { apt-get update && apt-get install -y --no-install-recommends etcd-server; }; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        fail "apt-get could not install etcd-server, see above; or put an etcd ≥ 3.4 into $bin"
    fi
    rm -f "$log"
    has_etcd "$bin" || fail "etcd-server is installed but there is no etcd on PATH; put an etcd ≥ 3.4 into $bin"
}

# Builds program $1 under a temporary name and renames it, so that an aborted build is never taken for a complete one.
# Without C, so that the result runs beside any libc; go.sum decides what is built, not the flags of whoever calls.
build_one() {
    local name=$1 log="$bin/build-$1.log" began=$SECONDS
    say "  building $name …"
    if ! (cd "$work" && CGO_ENABLED=0 GOFLAGS="" go build -mod=readonly -trimpath \
        -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v$VERSION" \
        -o "$work/$name" "k8s.io/kubernetes/cmd/$name") >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        fail "building $name failed after $((SECONDS - began)) s, see above (whole log: $log)"
    fi
    mv "$work/$name" "$bin/$name"
    rm -f "$log"
    say "  $name built in $((SECONDS - began)) s"
}

build_missing() {
    local names name
    read -ra names <<<"$(missing_in "$bin")"
    [ ${#names[@]} -gt 0 ] || return 0
    command -v go >/dev/null || fail "Go ≥ 1.26 is needed to build ${names[*]}: install it, or set KUBEBUILDER_ASSETS to a folder that holds them"
    say "control plane: building ${names[*]} $VERSION. This takes 10 to 15 minutes, once; kept in $bin"
    rm -rf "$bin"/.build.* # of a run that was killed: the lock is ours
    work=$(mktemp -d "$bin/.build.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    cp "$root"/crates/testkit/control-plane/{go.mod,go.sum} "$work/"
    for name in "${names[@]}"; do build_one "$name"; done
}

if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
    lacking=$(missing_in "$KUBEBUILDER_ASSETS")
    if [ -z "$lacking" ] && has_etcd "$KUBEBUILDER_ASSETS"; then ready "$KUBEBUILDER_ASSETS"; exit 0; fi
    say "control plane: KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS lacks ${lacking:-etcd }— using $bin instead"
fi

if [ -n "$(missing_in "$bin")" ] || ! has_etcd "$bin"; then
    mkdir -p "$bin"
    exec 9>"$cache/$VERSION.lock"
    if ! flock -n 9; then say "control plane: another run is building, waiting for it"; flock 9; fi
    has_etcd "$bin" || install_etcd
    build_missing
fi
ready "$bin"
