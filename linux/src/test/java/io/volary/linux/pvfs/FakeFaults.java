package io.volary.linux.pvfs;

import io.volary.linux.pvfs.FakePvfs.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What goes wrong next, once each; told from any process by a file in the fake library's directory. */
public final class FakeFaults {
    /** Kinds of mishap. */
    public enum Mishap {
        /** As a failed assertion does. */
        ABORT,
        /** The call does not come back. */
        HANG,
        REFUSED,
        /** What adding a file system says when its server is down. */
        NO_PROTOCOL,
        NO_SPACE,
        /** The process ends as if it had been killed. */
        KILLED
    }

    private final Path directory;

    public FakeFaults(Path library) {
        directory = library.resolve("faults");
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets the next call of {@code function}, in whichever process, end so. */
    public void next(String function, Mishap mishap) {
        try {
            Path written = Files.writeString(directory.resolve("." + function), mishap.name());
            Files.move(written, directory.resolve(function));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the mishap that {@link #next} ordered is still to come. */
    public boolean isPending(String function) {
        return Files.exists(directory.resolve(function));
    }

    void take(String function) throws IOException {
        Path file = directory.resolve(function);
        if (!Files.exists(file)) {
            return;
        }
        try {
            Mishap mishap = Mishap.valueOf(Files.readString(file));
            Files.delete(file);
            happen(mishap);
        } catch (NoSuchFileException _) {
            // Another process was faster.
        }
    }

    private static void happen(Mishap mishap) {
        switch (mishap) {
            case ABORT -> abort();
            case HANG -> hang();
            case REFUSED -> throw new Failure(FakePvfs.ECONNREFUSED);
            case NO_PROTOCOL -> throw new Failure(FakePvfs.ENOPROTOOPT);
            case NO_SPACE -> throw new Failure(FakePvfs.ENOSPC);
            case KILLED -> Runtime.getRuntime().halt(137);
        }
    }

    private static void abort() {
        Linker linker = Linker.nativeLinker();
        try {
            linker.downcallHandle(linker.defaultLookup().findOrThrow("abort"), FunctionDescriptor.ofVoid())
                    .invokeExact();
        } catch (Throwable impossible) {
            throw new LinkageError("abort", impossible);
        }
    }

    private static void hang() {
        while (true) {
            try {
                Thread.sleep(1000);
            } catch (InterruptedException _) {
                // It hangs.
            }
        }
    }
}
