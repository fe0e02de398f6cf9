#!/bin/sh
# Runs once inside a new root file system: nothing that starts by itself and only costs time, no
# keys or names that all hosts would share, and of perl only perl-base.
set -eu
systemctl mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service \
  fstrim.timer dpkg-db-backup.timer man-db.timer systemd-timesyncd.service \
  console-getty.service getty@tty1.service systemd-networkd.service systemd-resolved.service \
  systemd-udevd.service ldconfig.service systemd-journal-catalog-update.service \
  systemd-update-done.service >/dev/null 2>&1
rm -f /etc/ssh/ssh_host_* /etc/machine-id /var/lib/dbus/machine-id
rm -f /etc/nginx/sites-enabled/default /usr/sbin/policy-rc.d
: >/etc/machine-id
full_perl=$(dpkg-query -W -f '${Package}\n' |
  grep -E '^(perl|libperl5.*|perl-modules-.*)$' || true)
if [ -n "$full_perl" ]; then
  # shellcheck disable=SC2086
  dpkg --purge --force-depends $full_perl
fi
if perl -MTime::HiRes -e 1 2>/dev/null; then
  echo "there is more of perl than perl-base" >&2
  exit 1
fi
