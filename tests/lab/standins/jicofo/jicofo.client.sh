#!/bin/bash
# Since 2021: all settings are in jicofo.conf, wherever JAVA_SYS_PROPS says that it lies.
case "$JAVA_SYS_PROPS" in
  *-Dconfig.file=*) ;;
  *)
    if [ ! -f /etc/jitsi/jicofo/jicofo.conf ]; then
      echo "To run jicofo you need a configuration file; name it in JAVA_SYS_PROPS."
      exit 2
    fi
    export JAVA_SYS_PROPS="$JAVA_SYS_PROPS -Dconfig.file=/etc/jitsi/jicofo/jicofo.conf"
    ;;
esac
cd /usr/share/jicofo || exit 1
exec python3 -m standin "$@"
