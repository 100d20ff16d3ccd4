package io.volary.linux.pvfs;

import io.volary.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * OrangeFS's client library in this process, where there is one at most. It asserts what it believes, and ends the process when
 * it is wrong, so it is for a process that can be spared. The thread that makes this object is the one that may call it and all that comes
 * from it.
 */
public final class PvfsLibrary {
    private static final int NAME_CACHE_MILLIS = 1;
    private static final int ATTRIBUTE_CACHE_MILLIS = 2;

    /** Linux's ENOPROTOOPT. */
    private static final int NO_PROTOCOL = 92;

    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private final PvfsFunctions functions;
    private final LongSupplier clockSeconds;

    /**
     * Starts the library. What it remembers of names and attributes is switched off: other clients change them.
     *
     * @throws UnsatisfiedLinkError if {@code symbols} are of something else
     * @throws PvfsException if it does not start
     */
    public PvfsLibrary(SymbolLookup symbols) {
        this(symbols, () -> System.nanoTime() / NANOS_PER_SECOND);
    }

    PvfsLibrary(SymbolLookup symbols, LongSupplier clockSeconds) {
        this.clockSeconds = clockSeconds;
        functions = new PvfsFunctions(symbols);
        check(functions.initialize(), "PVFS_sys_initialize", "");
        check(functions.setInformation(NAME_CACHE_MILLIS, 0), "PVFS_sys_set_info", "");
        check(functions.setInformation(ATTRIBUTE_CACHE_MILLIS, 0), "PVFS_sys_set_info", "");
    }

    /**
     * Loads and starts the library.
     *
     * @param file a path with a slash in it, or a name that the loader looks for where it does
     * @throws IllegalArgumentException if there is no such library
     */
    public static PvfsLibrary load(String file) {
        Arena forEver = Arena.global();
        SymbolLookup symbols = file.contains("/")
                ? SymbolLookup.libraryLookup(Path.of(file), forEver)
                : SymbolLookup.libraryLookup(file, forEver);
        return new PvfsLibrary(symbols);
    }

    /**
     * Gets to know a file system. While its server is down this fails within milliseconds, and can be tried again.
     *
     * @param server such as {@code tcp://host:3334}
     * @throws PvfsException if it cannot be reached or has no such file system
     */
    public PvfsFileSystem mount(String server, String fileSystem) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mount = functions.newMount(
                    arena.allocateFrom(server, StandardCharsets.UTF_8),
                    arena.allocateFrom(fileSystem, StandardCharsets.UTF_8));
            if (mount.address() == 0) {
                throw new PvfsException("PVFS_util_gen_mntent", server, Errno.ENOMEM);
            }
            checkAdded(functions.addFileSystem(mount), server + " " + fileSystem);
            int number = MountDescriptor.fileSystem(mount.reinterpret(MountDescriptor.BYTES));
            return new PvfsFileSystem(functions, new PvfsCredential(functions, clockSeconds), number);
        }
    }

    /** That no server can be reached, the library calls a lack of protocols. */
    private void checkAdded(int result, String subject) {
        if (result < 0) {
            int errno = functions.errno(result);
            throw new PvfsException("PVFS_sys_fs_add", subject, errno == NO_PROTOCOL ? Errno.ECONNREFUSED : errno);
        }
    }

    private void check(int result, String operation, String subject) {
        if (result < 0) {
            throw new PvfsException(operation, subject, functions.errno(result));
        }
    }
}
