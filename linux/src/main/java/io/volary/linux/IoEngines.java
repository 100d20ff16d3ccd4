package io.volary.linux;

import java.lang.foreign.Arena;

/** Opens {@link IoEngine}s. */
public final class IoEngines {
    private static final System.Logger LOG = System.getLogger(IoEngines.class.getName());
    private static final long PROBE_NANOS = 1_000_000_000;

    private IoEngines() {}

    /**
     * A new engine, which belongs to the thread that first polls or awaits with it.
     *
     * @throws LinuxException if {@code kind} is {@link IoEngineKind#IO_URING} and the kernel has none, or a container or
     *     the sysctl {@code kernel.io_uring_disabled} denies it
     */
    public static IoEngine open(IoEngineKind kind) {
        return switch (kind) {
            case IO_URING -> openUring();
            case PLAIN -> new PlainEngine();
            case AUTO -> openBest();
        };
    }

    private static IoEngine openBest() {
        try {
            return openUring();
        } catch (LinuxException denied) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "using plain system calls, since io_uring is denied: {0}",
                    denied.getMessage());
            return new PlainEngine();
        }
    }

    private static IoEngine openUring() {
        probe();
        return new UringEngine(Uring.open());
    }

    /** Some sandboxes let a ring be set up and then refuse to run it. The probe has its own, as a ring keeps its thread. */
    private static void probe() {
        try (Uring ring = Uring.open()) {
            ring.enable();
            ring.submissions().add(Arena.ofAuto().allocate(UringEntry.BYTES), 0); // all zero: NOP
            ring.enterAndWait(PROBE_NANOS);
            if (ring.completions().size() != 1 || ring.completions().result() != 0) {
                throw new LinuxException("io_uring_enter", "with a NOP", Errno.ENOSYS);
            }
        }
    }
}
