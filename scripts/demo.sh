#!/usr/bin/env bash
# The whole loop on examples/retail, and what to look at next.
set -euo pipefail
bin=$1 as_of=$2
cd "$(dirname "$0")/.."
"$bin" up examples/retail --as-of "$as_of" --once
echo
"$bin" get metrics --dir examples/retail
echo
"$bin" get incidents --dir examples/retail
cat <<NEXT

What to look at next:
  $bin get incidents --dir examples/retail -o yaml        what is wrong where, and since when
  $bin query gross-margin --dir examples/retail --by store.region --grain Month --from 2025-08 --as-of $as_of
  $bin query revenue --dir examples/retail --by store.region --sql --as-of $as_of
  $bin get metric gross-margin --dir examples/retail -o yaml --resolved
  $bin check examples/retail                              change a formula first, and see what it says
  make demo                                               again: nothing is computed twice
NEXT
