#!/bin/bash
# Before 2021: Prosody's address and the secrets come from /etc/jitsi/jicofo/config.
cd /usr/share/jicofo || exit 1
exec python3 -m standin --component "$@"
