# Builds disk.img, which a BIOS boots by itself: partition 1 holds syslinux, kernel and initrd, partition 2 the guest's
# root. Needs no root and no loop device. The packages are only unpacked, never installed. Sourced by demo.sh.

cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/volary/demo
modules="virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk"

build_disk() {
    fetch_packages
    make_initrd
    make_root
    run truncate -s 160M disk.img
    run_line "printf '1M,64M,6,*\n65M,,83\n' | sfdisk -q disk.img"
    run dd if=/usr/lib/syslinux/mbr/mbr.bin of=disk.img conv=notrunc status=none
    run mformat -i disk.img@@1M -T 131072 -h 16 -s 63 -H 2048 ::
    run mcopy -i disk.img@@1M vmlinuz initrd.gz syslinux.cfg ::
    run syslinux --offset 1048576 --install disk.img
    run mke2fs -q -t ext4 -F -E offset=68157440 -d root disk.img 95M
}

fetch_packages() {
    if [ ! -e "$cache/complete" ]; then
        rm -rf "$cache"
        mkdir -p "$cache"
        (
            cd "$cache"
            apt-cache show linux-image-cloud-amd64 >/dev/null 2>&1 || [ "$(id -u)" != 0 ] || apt-get update -qq
            kernel=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/ *Depends: \(linux-image-.*\)/\1/p' | head -1)
            [ -n "$kernel" ] || fail "apt knows no package linux-image-cloud-amd64; run: apt-get update"
            run apt-get download -qq "$kernel" busybox-static 2>/dev/null
            touch complete
        ) || fail "the kernel or busybox could not be downloaded"
    fi
    for package in "$cache"/*.deb; do
        run dpkg-deb -x "$package" packages
    done
    run_line 'cp packages/boot/vmlinuz-* vmlinuz'
}

make_initrd() {
    mkdir -p initrd/bin initrd/dev initrd/proc initrd/sys initrd/root
    cp packages/bin/busybox initrd/bin
    for module in $modules; do
        find packages/lib/modules -name "$module.ko*" -exec cp {} initrd \;
    done
    cat >initrd/init <<END
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
# Which of them needs which differs between kernels, so those that fail get a second chance after the others.
for module in $modules $modules; do insmod /\$module.ko 2>/dev/null; done
while [ ! -e /dev/vda2 ]; do sleep 0.1; done
mount -t ext4 /dev/vda2 /root && exec switch_root /root /init
END
    chmod +x initrd/init
    run_line '(cd initrd && find . | cpio -o -H newc --quiet | gzip -1) > initrd.gz'
    cat >syslinux.cfg <<'END'
SERIAL 0 115200
DEFAULT linux
LABEL linux
  LINUX /vmlinuz
  INITRD /initrd.gz
  APPEND console=ttyS0 quiet panic=-1
END
}

make_root() {
    mkdir -p root/bin root/dev root/proc root/sys
    cp packages/bin/busybox root/bin
    cat >root/init <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
echo "the guest is ready"
PS1="# " exec setsid cttyhack sh
END
    chmod +x root/init
}
