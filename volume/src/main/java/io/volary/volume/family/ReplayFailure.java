package io.volary.volume.family;

import io.volary.volume.VolumeException;

/** Why a family could not be opened, and what to do. */
final class ReplayFailure {
    private ReplayFailure() {}

    static VolumeException damaged(String why) {
        return new VolumeException(
                VolumeException.Kind.CORRUPT,
                why
                        + ". The log is kept from there on. Look at the disk, then start again; or restore the volume from a copy, or keep"
                        + " the directory and ask for help");
    }

    /** What was replayed could not be brought to the disk. */
    static VolumeException notWritten(String why) {
        return new VolumeException(
                VolumeException.Kind.IO_ERROR,
                "what was replayed could not be written: " + why
                        + ". Look at the disk and its free space, then start again");
    }

    static VolumeException notSealed(RuntimeException failure) {
        return new VolumeException(
                VolumeException.Kind.IO_ERROR,
                "the log cannot be made durable: " + failure.getMessage() + ". Look at the disk, then start again",
                failure);
    }
}
