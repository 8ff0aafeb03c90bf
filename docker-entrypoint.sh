#!/bin/sh
# Makes the relay's folder its own, then becomes the relay as an unprivileged user: a fresh volume belongs to root.
set -eu
if [ "$(id -u)" = 0 ]; then
  chown "${RELAY_USER:=node}" "${RELAY_DATA:=/data}"
  # What a relay that once ran as root has left behind.
  chown "$RELAY_USER" "$RELAY_DATA"/*.jws "$RELAY_DATA"/*.jsonl 2>/dev/null || :
  export RELAY_DATA
  exec setpriv --reuid="$RELAY_USER" --regid="$RELAY_USER" --init-groups "$@"
fi
exec "$@"
