# Runs in mount and process namespaces of its own: makes the container's root, then becomes its program.
#   container ROOT HOSTS USER GROUP ro|rw FOLDER [SOURCE TARGET ro|rw]... -- PROGRAM ARGUMENT...
# The root is empty but for the machine's programs and settings, what is mounted, and a /tmp. Everything ends with the program.
set -eu
root=$1 hosts=$2 user=$3 group=$4 mode=$5 folder=$6
shift 6

mount -t tmpfs -o mode=0755 container "$root"
for name in usr etc dev sys; do
    mkdir "$root/$name"
    mount --rbind "/$name" "$root/$name"
done
for name in bin sbin lib lib64; do
    if [ -L "/$name" ]; then cp -P "/$name" "$root/$name"
    elif [ -d "/$name" ]; then mkdir "$root/$name"; mount --rbind "/$name" "$root/$name"; fi
done
mkdir "$root/proc" "$root/var" "$root/tmp"
chmod 1777 "$root/tmp"
# As on every Debian, and in images made of it.
mkdir "$root/run"
ln -s /run "$root/var/run"
mount -t proc proc "$root/proc"
mount --bind "$hosts" "$root/etc/hosts"

while [ "$1" != -- ]; do
    source=$1 target=$root$2
    # A link as /var/run is followed inside the root, not outside.
    case $2 in /var/run/*) target=$root${2#/var} ;; esac
    if [ -d "$source" ]; then mkdir -p "$target"; else mkdir -p "${target%/*}"; : >"$target"; fi
    mount --bind "$source" "$target"
    [ "$3" = rw ] || mount -o remount,bind,ro "$target"
    shift 3
done
shift
[ "$mode" = rw ] || mount -o remount,bind,ro "$root"

exec chroot "$root" sh -c 'cd "$1"; shift; exec "$@"' container "$folder" \
    setpriv --reuid "$user" --regid "$group" --clear-groups --no-new-privs --pdeathsig KILL -- "$@"
