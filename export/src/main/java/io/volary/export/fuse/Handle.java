package io.volary.export.fuse;

import org.jspecify.annotations.Nullable;

/** What somebody has open. */
sealed interface Handle permits VolumeHandle, PlainHandle, DirectoryHandle, LostHandle {
    /** The loop that answers what is asked of it; null if that blocks, and has to be done elsewhere. */
    @Nullable
    FuseLoop loop();
}
