#!/usr/bin/env bash
# Makes sure that the database servers are installed that tests start for themselves: PostgreSQL 15 and MariaDB, of Debian's
# packages. Debian's own servers are left as they were: one that did not run does not run afterwards.
# Running it again costs nothing: it prints one line.
set -euo pipefail

postgres=/usr/lib/postgresql/15/bin/postgres
mariadb=/usr/sbin/mariadbd

say() { printf '%s\n' "$*" >&2; }
fail() { say "databases: $*"; exit 1; }

packages=()
[ -x "$postgres" ] || packages+=(postgresql-15)
[ -x "$mariadb" ] || packages+=(mariadb-server)

if [ ${#packages[@]} -gt 0 ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        fail "${packages[*]} missing. Install them (Debian: sudo apt-get install ${packages[*]}), then run this again"
    fi
    say "databases: installing Debian's ${packages[*]}"
    log=$(mktemp)
    # Packages start their servers unless this says no; whoever has set it already has a reason.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    install() { DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"; }
    if ! { install || { apt-get update && install; }; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        fail "apt-get could not install ${packages[*]}, see above"
    fi
    rm -f "$log"
fi
for program in "$postgres" "$mariadb" /usr/bin/mariadb-install-db; do
    [ -x "$program" ] || fail "$program is not there, though its package is installed"
done
printf 'databases ready: %s, %s\n' "$("$postgres" --version)" "$("$mariadb" --version | sed 's/ for .*//')"
