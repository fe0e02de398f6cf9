#!/bin/sh
# The first process of a host without systemd: mounts what a kernel gives, starts the init scripts,
# and reaps. Arguments: the host's tree, its name.
set -eu
cd "$1"
hostname "$2"
mount -t proc proc proc
mount -t tmpfs -o mode=755 dev dev
for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  name=${node%%:*} numbers=${node#*:}
  mknod -m 666 "dev/$name" c "${numbers%:*}" "${numbers#*:}"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
mount -t tmpfs -o mode=755 run run
mkdir -p run/lock run/sshd
chmod 1777 run/lock
pivot_root . mnt
# shellcheck disable=SC2016
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  LUA_INIT=@/usr/local/share/lab/lazy.lua sh -c '
  umount -l /mnt
  for name in ssh prosody jicofo jitsi-videobridge2 nginx; do
    [ ! -x "/etc/init.d/$name" ] || "/etc/init.d/$name" start
  done
  exec perl -e "while (1) { sleep 1 if wait() == -1 }"'
