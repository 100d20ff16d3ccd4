package io.volary.linux.pvfs;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.volary.linux.Errno;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * The library's functions that are used, with its own names and results: 0, or the negative of the library's own error. All pointers have
 * been checked when they come here, and nothing outlives a call but what {@link #startTransfer} is given.
 */
final class PvfsFunctions {
    private static final MemoryLayout REFERENCE = PvfsReference.LAYOUT;
    private static final MemoryLayout ATTRIBUTES = AttributesDescriptor.LAYOUT;

    private static final int NON_ERRNO_BIT = 1 << 29;
    private static final int CODE_MASK = 0x7f;
    private static final int CANCELLED = 1;
    private static final int LARGEST_CODE = 60;
    private static final int MAX_ERRNO = 4095;

    private final SymbolLookup library;
    private final MethodHandle initialize;
    private final MethodHandle setInformation;
    private final MethodHandle newMount;
    private final MethodHandle addFileSystem;
    private final MethodHandle newCredential;
    private final MethodHandle refreshCredential;
    private final MethodHandle lookup;
    private final MethodHandle create;
    private final MethodHandle makeDirectory;
    private final MethodHandle remove;
    private final MethodHandle rename;
    private final MethodHandle readDirectory;
    private final MethodHandle attributes;
    private final MethodHandle truncate;
    private final MethodHandle flush;
    private final MethodHandle startTransfer;
    private final MethodHandle poll;
    private final MethodHandle newRequest;
    private final MethodHandle freeRequest;
    private final MethodHandle errno;
    private final MethodHandle free;

    /** @throws UnsatisfiedLinkError names what is missing, if this is not the library */
    PvfsFunctions(SymbolLookup library) {
        this.library = library;
        initialize = bind("PVFS_sys_initialize", JAVA_LONG);
        setInformation = bind("PVFS_sys_set_info", JAVA_INT, JAVA_INT);
        newMount = Linker.nativeLinker()
                .downcallHandle(symbol("PVFS_util_gen_mntent"), FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));
        addFileSystem = bind("PVFS_sys_fs_add", ADDRESS);
        newCredential = bind("PVFS_util_gen_credential_defaults", ADDRESS);
        refreshCredential = bind("PVFS_util_refresh_credential", ADDRESS);
        lookup = bind("PVFS_sys_lookup", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
        create = bind("PVFS_sys_create", ADDRESS, REFERENCE, ATTRIBUTES, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
        makeDirectory = bind("PVFS_sys_mkdir", ADDRESS, REFERENCE, ATTRIBUTES, ADDRESS, ADDRESS, ADDRESS);
        remove = bind("PVFS_sys_remove", ADDRESS, REFERENCE, ADDRESS, ADDRESS);
        rename = bind("PVFS_sys_rename", ADDRESS, REFERENCE, ADDRESS, REFERENCE, ADDRESS, ADDRESS);
        readDirectory = bind("PVFS_sys_readdir", REFERENCE, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
        attributes = bind("PVFS_sys_getattr", REFERENCE, JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
        truncate = bind("PVFS_sys_truncate", REFERENCE, JAVA_LONG, ADDRESS, ADDRESS);
        flush = bind("PVFS_sys_flush", REFERENCE, ADDRESS, ADDRESS);
        startTransfer = bind(
                "PVFS_isys_io",
                REFERENCE,
                ADDRESS,
                JAVA_LONG,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                JAVA_INT,
                ADDRESS,
                ADDRESS,
                ADDRESS);
        poll = bind("PVFS_sys_testany", ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_INT);
        newRequest = bind("PVFS_Request_contiguous", JAVA_INT, ADDRESS, ADDRESS);
        freeRequest = bind("PVFS_Request_free", ADDRESS);
        errno = bind("PVFS_get_errno_mapping", JAVA_INT);
        free = Linker.nativeLinker().downcallHandle(symbol("PINT_free2"), FunctionDescriptor.ofVoid(ADDRESS));
    }

    private MethodHandle bind(String name, MemoryLayout... parameters) {
        return Linker.nativeLinker().downcallHandle(symbol(name), FunctionDescriptor.of(JAVA_INT, parameters));
    }

    private MemorySegment symbol(String name) {
        return library.find(name)
                .orElseThrow(() -> new UnsatisfiedLinkError(name + " is missing: this is not OrangeFS's libpvfs2.so"));
    }

    /** The value of the library's variable {@code PVFS_BYTE}; after {@link #initialize}. */
    MemorySegment byteRequest() {
        return symbol("PVFS_BYTE").reinterpret(ADDRESS.byteSize()).get(ADDRESS, 0);
    }

    int initialize() {
        return call(initialize, 0L);
    }

    int setInformation(int option, int value) {
        return call(setInformation, option, value);
    }

    MemorySegment newMount(MemorySegment server, MemorySegment fileSystem) {
        try {
            return (MemorySegment) newMount.invokeExact(server, fileSystem);
        } catch (Throwable impossible) {
            throw impossible(impossible);
        }
    }

    int addFileSystem(MemorySegment mount) {
        return call(addFileSystem, mount);
    }

    int newCredential(MemorySegment credential) {
        return call(newCredential, credential);
    }

    int refreshCredential(MemorySegment credential) {
        return call(refreshCredential, credential);
    }

    int lookup(int fileSystem, MemorySegment path, MemorySegment credential, MemorySegment response) {
        return call(lookup, fileSystem, path, credential, response, 0, MemorySegment.NULL);
    }

    int create(
            MemorySegment name,
            MemorySegment parent,
            MemorySegment attributes,
            MemorySegment credential,
            MemorySegment response) {
        MemorySegment none = MemorySegment.NULL;
        return call(create, name, parent, attributes, credential, none, response, none, none);
    }

    int makeDirectory(
            MemorySegment name,
            MemorySegment parent,
            MemorySegment attributes,
            MemorySegment credential,
            MemorySegment response) {
        return call(makeDirectory, name, parent, attributes, credential, response, MemorySegment.NULL);
    }

    int remove(MemorySegment name, MemorySegment parent, MemorySegment credential) {
        return call(remove, name, parent, credential, MemorySegment.NULL);
    }

    int rename(
            MemorySegment from,
            MemorySegment fromParent,
            MemorySegment to,
            MemorySegment toParent,
            MemorySegment credential) {
        return call(rename, from, fromParent, to, toParent, credential, MemorySegment.NULL);
    }

    int readDirectory(
            MemorySegment directory, long position, int count, MemorySegment credential, MemorySegment response) {
        return call(readDirectory, directory, position, count, credential, response, MemorySegment.NULL);
    }

    int attributes(MemorySegment reference, int mask, MemorySegment credential, MemorySegment response) {
        return call(attributes, reference, mask, credential, response, MemorySegment.NULL);
    }

    int truncate(MemorySegment reference, long bytes, MemorySegment credential) {
        return call(truncate, reference, bytes, credential, MemorySegment.NULL);
    }

    int flush(MemorySegment reference, MemorySegment credential) {
        return call(flush, reference, credential, MemorySegment.NULL);
    }

    /** Everything stays where it is until {@link #poll} has told of the end, but for the reference, which goes by value. */
    int startTransfer(
            MemorySegment reference,
            MemorySegment fileRequest,
            long offset,
            MemorySegment memory,
            MemorySegment memoryRequest,
            MemorySegment credential,
            MemorySegment transferred,
            int type,
            MemorySegment operation,
            MemorySegment tag) {
        try {
            return (int) startTransfer.invokeExact(
                    reference,
                    fileRequest,
                    offset,
                    memory,
                    memoryRequest,
                    credential,
                    transferred,
                    type,
                    operation,
                    MemorySegment.NULL,
                    tag);
        } catch (Throwable impossible) {
            throw impossible(impossible);
        }
    }

    int poll(
            MemorySegment operations,
            MemorySegment count,
            MemorySegment tags,
            MemorySegment errors,
            int timeoutMillis) {
        try {
            return (int) poll.invokeExact(operations, count, tags, errors, timeoutMillis);
        } catch (Throwable impossible) {
            throw impossible(impossible);
        }
    }

    int newRequest(int bytes, MemorySegment byteRequest, MemorySegment request) {
        return call(newRequest, bytes, byteRequest, request);
    }

    int freeRequest(MemorySegment request) {
        return call(freeRequest, request);
    }

    void free(MemorySegment returned) {
        try {
            free.invokeExact(returned);
        } catch (Throwable impossible) {
            throw impossible(impossible);
        }
    }

    /** Linux's number for the library's {@code error}; EIO for what has none. */
    int errno(int error) {
        int code = Math.abs(error);
        if ((code & NON_ERRNO_BIT) != 0) {
            return (code & CODE_MASK) == CANCELLED ? Errno.ECANCELED : Errno.EIO;
        }
        // The library looks it up in a table without looking at the table's length.
        int errno = (code & CODE_MASK) > LARGEST_CODE ? Errno.EIO : Math.abs(call(this.errno, error));
        return errno <= 0 || errno > MAX_ERRNO ? Errno.EIO : errno;
    }

    private static int call(MethodHandle function, Object... arguments) {
        try {
            return (int) function.invokeWithArguments(arguments);
        } catch (Throwable impossible) {
            throw impossible(impossible);
        }
    }

    private static LinkageError impossible(Throwable cause) {
        return new LinkageError("libpvfs2.so could not be called", cause);
    }
}
