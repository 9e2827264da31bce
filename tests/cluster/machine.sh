#!/bin/sh
# The first process of a machine made of namespaces: $1 is the folder of its files,
# $2 the name of the cgroup that stands in for the root of each hierarchy.
set -eu
mount --make-rprivate /
mount -t proc proc /proc
# The original must be gone, not only covered: runc takes the first mount it finds.
for root in $(awk '$3 ~ /^cgroup/ {print $2}' /proc/mounts); do
  mkdir -p "$1/cgroup"
  mount --bind "$root/$2" "$1/cgroup"
  umount "$root"
  mount --move "$1/cgroup" "$root"
done
# Copies of what is mounted outside, by a cluster there perhaps, would only be held up.
for point in $(awk '$2 ~ "^/(run|var/lib|var/log)/" {print $2}' /proc/mounts | sort -r); do
  umount --lazy "$point" 2>/dev/null || true
done
# Whole folders, so that nothing done outside can reach into the machine: removing
# a mount point elsewhere would take the mount away from here.
for folder in /run /var/lib /var/log; do
  mkdir -p "$1$folder"
  mount --bind "$1$folder" "$folder"
done
mkdir -p /run/lock
ip link set lo up
touch "$1/booted"
# A first process must bury the dead, as init does.
while :; do sleep 3600 & wait $!; done
