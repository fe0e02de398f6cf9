#!/bin/bash
exec python3 /usr/share/jitsi-videobridge/jvb.py
