package io.volary.fuzz;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What a case has logged as an error with its cause: code that goes on after what nobody thought of says so there. */
public final class Defects {
    private static final AtomicReference<@Nullable Throwable> FIRST = new AtomicReference<>();

    private Defects() {}

    public static void logged(Throwable cause) {
        FIRST.compareAndSet(null, cause);
    }

    /** The first since this was asked last, or null. */
    static @Nullable Throwable take() {
        return FIRST.getPlain() == null ? null : FIRST.getAndSet(null);
    }
}
