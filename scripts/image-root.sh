#!/usr/bin/env bash
# Puts together the root of the image: the program, the libraries that it is linked to, certificate authorities, time zones, and nothing
# else: no shell, no package manager. The Dockerfile runs it, and a test, so that what the image lacks is found without a container engine.
set -euo pipefail
program=${1:?PROGRAM} root=${2:?FOLDER}
mkdir -p "$root"/{etc/ssl/certs,usr/share,tmp}
chmod 1777 "$root/tmp"
cp "$program" "$root/metricwright"
ldd "$program" | awk '$2 == "=>" && $3 ~ /^\// {print $3} $1 ~ /^\// {print $1}' | while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
done
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
cp -r /usr/share/zoneinfo "$root/usr/share/"
echo 'nonroot:x:65532:65532:nonroot:/:/nonexistent' >"$root/etc/passwd"
echo 'nonroot:x:65532:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
