package io.volary.export;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The disks that a server offers, as they are at the moment of the call. May block for a moment; any thread. */
public interface ExportDirectory {
    /** The names to list, sorted. */
    List<String> names();

    /** The disk of that name, or null if there is none. */
    @Nullable
    Export find(String name);
}
