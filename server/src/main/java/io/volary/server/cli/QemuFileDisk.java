package io.volary.server.cli;

import io.volary.server.view.VolumeReference;
import java.util.List;

/** The QEMU arguments that attach a disk as a file of the mounted vPool. */
record QemuFileDisk(String file, VolumeReference disk) {
    List<String> arguments() {
        var drive = "file=" + file.replace(",", ",,") + ",if=virtio,format=raw,cache=none,aio=native";
        return List.of("-drive", drive + (disk.snapshot() == null ? ",discard=unmap" : ",readonly=on"));
    }
}
