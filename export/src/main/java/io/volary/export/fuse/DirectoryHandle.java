package io.volary.export.fuse;

import io.volary.export.fuse.Node.Place;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An open directory, with what was in it when it was opened: so that places in it stay what they are. */
record DirectoryHandle(long node, List<Place> entries) implements Handle {
    @Override
    public @Nullable FuseLoop loop() {
        return null;
    }
}
