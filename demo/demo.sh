#!/bin/sh
# The whole story on this machine: a bootable disk goes into a throw-away vPool, boots in unmodified QEMU, is
# snapshot while it runs and cloned, and the clone boots beside it. Prints each command that a reader would type.
set -eu

here=$(dirname -- "$(readlink -f -- "$0")")
: "${VOLARY_LAUNCHER:=$(dirname -- "$here")/volary}"
. "$here/story.sh"
. "$here/packages.sh"
. "$here/guest.sh"

cleanup() {
    status=$?
    trap - EXIT INT TERM
    stop_guests
    "$VOLARY_LAUNCHER" --pool "$work/vpool" stop >/dev/null 2>&1 || true
    rm -rf "$work"
    exit "$status"
}

[ "$(uname -m)" = x86_64 ] || fail "the demo boots an x86-64 guest from Debian's packages for this machine, which is $(uname -m)"
ensure_packages qemu-system-x86 mtools syslinux syslinux-common fdisk cpio e2fsprogs

work=$(mktemp -d /tmp/volary-demo.XXXXXX)
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
PATH=$PATH:/usr/sbin:/sbin
export VOLARY_POOL="$work/vpool"
cd "$work"

title "A bootable disk, from the distribution's kernel and busybox"
. "$here/disk.sh"
build_disk

title "The disk becomes a volume"
show "export VOLARY_POOL=$VOLARY_POOL"
volary start
volary import disk.img vm
volary list

title "It boots in unmodified QEMU"
choose_accelerator
boot vm
guest vm 'echo written before the snapshot > /note; sync'

title "A snapshot while the guest runs, and a clone of it"
volary snapshot vm@before
guest vm 'echo written after the snapshot > /note; sync'
volary clone vm@before twin

title "The clone boots beside it"
boot twin
guest twin 'cat /note'
expect twin 'written before the snapshot'
guest twin 'echo written by the twin > /note; sync'
guest vm 'cat /note'
expect vm 'written after the snapshot'
volary list
volary snapshots vm

title "Everything stops"
power_off twin
power_off vm
volary stop
say "the demo has shown what it should: the clone saw the snapshot, and each guest only its own writes"
