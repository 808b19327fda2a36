#!/bin/bash
# The only process of a test host: a libvirtd with folders and a network of its own. Its machines exist in libvirt's test
# driver alone, so that nothing else runs.
#
# usage: test-host.sh FOLDER
set -eu
folder=$1

mount --make-rprivate /
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/libvirt
for path in /var/lib/libvirt /var/log/libvirt /var/cache/libvirt /etc/libvirt; do
  mkdir -p "$folder/root$path" "$path"
  mount --bind "$folder/root$path" "$path"
done
exec /usr/sbin/libvirtd --config "$folder/libvirtd.conf" --pid-file /run/libvirtd.pid
