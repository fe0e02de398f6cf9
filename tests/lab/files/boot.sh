#!/bin/sh
# Runs in mount and network namespaces of its own, so that all it mounts ends with it. Makes the
# host's tree, waits for a line on standard input while files are put in place, and becomes the host.
set -eu

for group in $LAB_CGROUPS; do
  echo $$ >"$group/cgroup.procs"
done

root=$LAB_FOLDER/root

# Put a tmpfs over a folder of the host, with what was there; $2 is what is free in it, in kB.
tmpfs_over() {
  mkdir -p "$root$1" "$LAB_FOLDER/new"
  mount -t tmpfs -o mode=755 lab "$LAB_FOLDER/new"
  cp -a "$root$1/." "$LAB_FOLDER/new/"
  used=$(df --output=used -k "$LAB_FOLDER/new" | tail -n 1)
  mount -o "remount,size=$((used + $2))k" "$LAB_FOLDER/new"
  mount --move "$LAB_FOLDER/new" "$root$1"
  rmdir "$LAB_FOLDER/new"
}

if [ -n "$LAB_IMAGE" ]; then
  mount -o loop "$LAB_IMAGE" "$LAB_FOLDER"
else
  mount -t tmpfs -o mode=755 lab "$LAB_FOLDER"
fi
mkdir -p "$LAB_FOLDER/upper" "$LAB_FOLDER/work" "$root"
mount -t overlay lab \
  -o "lowerdir=$LAB_BASE,upperdir=$LAB_FOLDER/upper,workdir=$LAB_FOLDER/work" "$root"

echo ready
read -r _

for small in $LAB_TMPFS; do
  tmpfs_over "${small%=*}" "${small#*=}"
done
exec >"$LAB_CONSOLE" 2>&1 </dev/null

if [ "$LAB_SYSTEMD" = yes ]; then
  exec systemd-nspawn --quiet --directory="$root" --boot --register=no --keep-unit \
    --machine="$LAB_NAME" --hostname="$LAB_HOSTNAME" --settings=no --link-journal=no \
    --resolv-conf=off --timezone=off --private-users=no --console=pipe \
    --network-namespace-path="/proc/$$/ns/net"
fi
exec unshare --pid --fork --kill-child --uts --ipc sh "$LAB_PLAIN_INIT" "$root" "$LAB_HOSTNAME"
