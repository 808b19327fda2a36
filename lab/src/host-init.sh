#!/bin/bash
# The first process of a pretend host: runs in its namespaces, makes its own view of the file system, starts its
# daemons, and then only reaps. When it is killed, the kernel kills everything else in its process namespace.
#
# usage: host-init.sh FOLDER NAME
set -eu
folder=$1
name=$2

hostname "$name"
mount --make-rprivate /

# Sockets, process ids and locks of this machine's daemons are not the host's.
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/libvirt /run/lock /run/sshd
chmod 1777 /run/lock

for path in /var/lib/libvirt /var/log/libvirt /var/cache/libvirt /etc/libvirt /etc/ssh /var/lib/orangery; do
  # A folder that this machine lacks is made there too, empty: something must be there to lay ours over.
  mkdir -p "$folder/root$path" "$path"
  mount --bind "$folder/root$path" "$path"
done
for path in /etc/hostname /etc/hosts /etc/passwd /etc/group /etc/shadow; do
  mount --bind "$folder/root$path" "$path"
done

"$folder/start-libvirt.sh"
/usr/sbin/sshd -f /etc/ssh/sshd_config -E /var/log/libvirt/sshd.log
# It goes into the background before it listens, and writes its id after that.
for _ in {1..500}; do
  [ -s /run/sshd.pid ] && break
  sleep 0.02
done
[ -s /run/sshd.pid ] || { tail /var/log/libvirt/sshd.log >&2; exit 1; }
echo ready

# A builtin that waits, so that bash goes on to reap what the daemons leave to it.
sleep infinity &
wait $!
