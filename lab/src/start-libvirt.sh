#!/bin/bash
# Starts those of the host's libvirt daemons that do not run. Each returns when its socket listens.
set -eu
for daemon in virtlogd virtlockd libvirtd; do
  pid=$(cat "/run/libvirt/$daemon.pid" 2>/dev/null || true)
  if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then continue; fi
  rm -f "/run/libvirt/$daemon.pid"
  "/usr/sbin/$daemon" --daemon --pid-file "/run/libvirt/$daemon.pid"
done
