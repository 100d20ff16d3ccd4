package io.volary.export.fuse;

import org.jspecify.annotations.Nullable;

/** Something that was opened at a server before, and is opened again when something is asked of it. */
record LostHandle(long number, MountState.Opened opened) implements Handle {
    @Override
    public @Nullable FuseLoop loop() {
        return null;
    }
}
