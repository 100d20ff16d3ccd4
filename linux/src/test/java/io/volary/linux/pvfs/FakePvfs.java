package io.volary.linux.pvfs;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Plays {@code libpvfs2.so}: upcall stubs over files in a local directory. Written from what the library's interface is, and not with the
 * binding's own layouts, so that it finds a wrong one. Transfers end out of order, and touch their memory only then.
 */
public final class FakePvfs implements SymbolLookup {
    static final int ENOENT = 2;
    static final int EIO = 4;
    static final int EEXIST = 11;
    static final int EINVAL = 15;
    static final int ENOSPC = 18;
    static final int ENOPROTOOPT = 44;
    static final int ECONNREFUSED = 54;
    static final int EACCES = 58;
    static final int FILE_SYSTEM = 7;

    private static final int ERROR_BIT = 1 << 30;
    private static final int CREDENTIAL_SECONDS = 3600;
    private static final long END = 0x7fff_fffdL;
    private static final long START = 0x7fff_fffeL;
    private static final Map<Integer, Integer> ERRNOS =
            Map.of(2, 2, 4, 5, 11, 17, 15, 22, 18, 28, 26, 39, 54, 111, 58, 13, 44, 92);
    private static final MemoryLayout REFERENCE = MemoryLayout.structLayout(JAVA_LONG, JAVA_LONG);
    private static final MemoryLayout ATTRIBUTES =
            MemoryLayout.structLayout(MemoryLayout.sequenceLayout(17, JAVA_LONG));

    /** What a function fails with. */
    static final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final int code;

        Failure(int code) {
            this.code = code;
        }
    }

    @FunctionalInterface
    private interface Body {
        Object play(Object... arguments) throws IOException;
    }

    private record Transfer(
            long operation,
            boolean read,
            long handle,
            long offset,
            MemorySegment memory,
            MemorySegment done,
            MemorySegment tag) {}

    private final Map<String, MemorySegment> symbols = new HashMap<>();
    private final FakeFiles files;
    private final FakeFaults faults;
    private final LongSupplier clockSeconds;
    private final Random random = new Random(1);
    private final List<Transfer> transfers = new ArrayList<>();
    private final Map<Long, Integer> requests = new TreeMap<>();
    private final MemorySegment group = Arena.global().allocateFrom(JAVA_INT, 43);
    private long lastOperation = 100;

    /** What was called, in order. */
    final List<String> calls = new ArrayList<>();

    /** The attributes of the last file made. */
    long[] lastAttributes = {};

    /** How many transfers were under way at most. */
    int mostTransfers;

    /** While true, no transfer ends. */
    boolean holdsTransfers;

    /** How many pieces of memory were returned that must be freed, less those freed. */
    int unfreed;

    public FakePvfs(Path directory) {
        this(directory, () -> System.currentTimeMillis() / 1000);
    }

    FakePvfs(Path directory, LongSupplier clockSeconds) {
        this.clockSeconds = clockSeconds;
        files = new FakeFiles(directory);
        faults = new FakeFaults(directory);
        MemorySegment byteRequest = Arena.global().allocateFrom(JAVA_LONG, 1);
        requests.put(1L, 1);
        symbols.put("PVFS_BYTE", byteRequest);
        defineBasics();
        defineNames();
        defineTransfers();
    }

    /** A library that is started with this behind it. */
    public static PvfsLibrary library(Path directory) {
        return new PvfsLibrary(new FakePvfs(directory));
    }

    FakeFaults faults() {
        return faults;
    }

    @Override
    public Optional<MemorySegment> find(String name) {
        return Optional.ofNullable(symbols.get(name));
    }

    private void define(String name, Body body, MemoryLayout... parameters) {
        define(name, FunctionDescriptor.of(JAVA_INT, parameters), body);
    }

    private void define(String name, FunctionDescriptor signature, Body body) {
        Body guarded = arguments -> guard(name, body, arguments);
        MethodType type = signature.toMethodType();
        try {
            MethodHandle play = MethodHandles.lookup()
                    .findVirtual(Body.class, "play", MethodType.methodType(Object.class, Object[].class))
                    .bindTo(guarded)
                    .asCollector(Object[].class, type.parameterCount())
                    .asType(type);
            symbols.put(name, Linker.nativeLinker().upcallStub(play, signature, Arena.global()));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(name, e);
        }
    }

    /** Nothing may be thrown into native code. */
    private Object guard(String name, Body body, Object... arguments) {
        try {
            calls.add(name);
            faults.take(name);
            return body.play(arguments);
        } catch (Failure e) {
            return -(e.code | ERROR_BIT);
        } catch (Throwable e) {
            e.printStackTrace();
            return -(EIO | ERROR_BIT);
        }
    }

    private void defineBasics() {
        define("PVFS_sys_initialize", _ -> 0, JAVA_LONG);
        define("PVFS_sys_set_info", _ -> 0, JAVA_INT, JAVA_INT);
        define(
                "PVFS_util_gen_mntent",
                FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS),
                _ -> Arena.global().allocate(80, 8));
        define("PVFS_sys_fs_add", a -> add((MemorySegment) a[0]), ADDRESS);
        define("PVFS_util_gen_credential_defaults", a -> issue((MemorySegment) a[0]), ADDRESS);
        define("PVFS_util_refresh_credential", a -> refresh((MemorySegment) a[0]), ADDRESS);
        define(
                "PVFS_get_errno_mapping",
                a -> ERRNOS.getOrDefault(Math.abs((int) a[0]) & ~ERROR_BIT & 0x7f, (int) a[0]),
                JAVA_INT);
        define("PINT_free2", FunctionDescriptor.ofVoid(ADDRESS), _ -> {
            unfreed--;
            return 0;
        });
    }

    private static int add(MemorySegment mount) {
        mount.reinterpret(80).set(JAVA_INT, 40, FILE_SYSTEM);
        return 0;
    }

    private int issue(MemorySegment credential) {
        MemorySegment memory = credential.reinterpret(64);
        memory.set(JAVA_INT, 0, 42);
        memory.set(JAVA_INT, 4, 1);
        memory.set(ADDRESS, 8, group);
        memory.set(JAVA_LONG, 24, clockSeconds.getAsLong() + CREDENTIAL_SECONDS);
        return 0;
    }

    private int refresh(MemorySegment credential) {
        long runsOut = credential.reinterpret(64).get(JAVA_LONG, 24);
        return clockSeconds.getAsLong() <= runsOut - 3 ? 0 : issue(credential);
    }

    private void checkCredential(Object credential) {
        if (((MemorySegment) credential).reinterpret(64).get(JAVA_LONG, 24) < clockSeconds.getAsLong()) {
            throw new Failure(EACCES);
        }
    }

    private void defineNames() {
        define("PVFS_sys_lookup", this::lookup, JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
        define(
                "PVFS_sys_create",
                a -> create(false, a[0], a[1], a[2], a[3], a[5]),
                ADDRESS,
                REFERENCE,
                ATTRIBUTES,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS);
        define(
                "PVFS_sys_mkdir",
                a -> create(true, a[0], a[1], a[2], a[3], a[4]),
                ADDRESS,
                REFERENCE,
                ATTRIBUTES,
                ADDRESS,
                ADDRESS,
                ADDRESS);
        define("PVFS_sys_remove", this::remove, ADDRESS, REFERENCE, ADDRESS, ADDRESS);
        define("PVFS_sys_rename", this::rename, ADDRESS, REFERENCE, ADDRESS, REFERENCE, ADDRESS, ADDRESS);
        define("PVFS_sys_readdir", this::readDirectory, REFERENCE, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
        define("PVFS_sys_getattr", this::attributes, REFERENCE, JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
        define(
                "PVFS_sys_truncate",
                a -> {
                    checkCredential(a[2]);
                    files.truncate(handle(a[0]), (long) a[1]);
                    return 0;
                },
                REFERENCE,
                JAVA_LONG,
                ADDRESS,
                ADDRESS);
        define(
                "PVFS_sys_flush",
                a -> {
                    checkCredential(a[1]);
                    files.size(handle(a[0]));
                    return 0;
                },
                REFERENCE,
                ADDRESS,
                ADDRESS);
    }

    private int lookup(Object... a) throws IOException {
        checkCredential(a[2]);
        respond(a[3], files.lookup(text(a[1])));
        return 0;
    }

    private int create(boolean directory, Object name, Object parent, Object attributes, Object who, Object response)
            throws IOException {
        checkCredential(who);
        lastAttributes = ((MemorySegment) attributes).toArray(JAVA_LONG);
        respond(response, files.create(handle(parent), text(name), directory));
        return 0;
    }

    private int remove(Object... a) throws IOException {
        checkCredential(a[2]);
        files.remove(handle(a[1]), text(a[0]));
        return 0;
    }

    private int rename(Object... a) throws IOException {
        checkCredential(a[4]);
        if (handle(a[1]) != handle(a[3])) {
            throw new Failure(EINVAL);
        }
        files.rename(handle(a[1]), text(a[0]), text(a[2]), () -> {
            try {
                faults.take("between-names");
            } catch (IOException e) {
                throw new Failure(EIO);
            }
        });
        return 0;
    }

    private int readDirectory(Object... a) throws IOException {
        checkCredential(a[3]);
        long directory = handle(a[0]);
        List<String> names = files.names(directory);
        int from = (long) a[1] == START ? 0 : Math.toIntExact((long) a[1]);
        int to = Math.min(names.size(), from + (int) a[2]);
        MemorySegment entries = Arena.global().allocate(272L * (to - from) + 8, 8);
        for (int i = from; i < to; i++) {
            MemorySegment entry = entries.asSlice(272L * (i - from), 272);
            entry.setString(0, names.get(i), StandardCharsets.UTF_8);
            entry.set(JAVA_LONG, 264, files.entry(directory, names.get(i)));
        }
        unfreed++;
        MemorySegment response = ((MemorySegment) a[4]).reinterpret(32);
        response.set(JAVA_LONG, 0, to == names.size() ? END : to);
        response.set(ADDRESS, 8, entries);
        response.set(JAVA_INT, 16, to - from);
        return 0;
    }

    private int attributes(Object... a) throws IOException {
        checkCredential(a[2]);
        MemorySegment response = ((MemorySegment) a[3]).reinterpret(136);
        response.set(JAVA_LONG, 40, files.size(handle(a[0])));
        response.set(JAVA_INT, 104, files.isDirectory(handle(a[0])) ? 4 : 1);
        return 0;
    }

    private void defineTransfers() {
        define("PVFS_Request_contiguous", this::contiguous, JAVA_INT, ADDRESS, ADDRESS);
        define("PVFS_Request_free", this::freeRequest, ADDRESS);
        define(
                "PVFS_isys_io",
                this::startTransfer,
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
        define("PVFS_sys_testany", this::poll, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_INT);
    }

    private int contiguous(Object... a) {
        if (((MemorySegment) a[1]).address() != 1) {
            throw new Failure(EINVAL);
        }
        long request = ++lastOperation;
        requests.put(request, (int) a[0]);
        ((MemorySegment) a[2]).reinterpret(8).set(JAVA_LONG, 0, request);
        return 0;
    }

    private int freeRequest(Object... a) {
        if (requests.remove(((MemorySegment) a[0]).reinterpret(8).get(JAVA_LONG, 0)) == null) {
            throw new Failure(EINVAL);
        }
        return 0;
    }

    private int startTransfer(Object... a) {
        checkCredential(a[5]);
        Integer bytes = requests.get(((MemorySegment) a[4]).address());
        if (bytes == null || ((MemorySegment) a[1]).address() != 1) {
            throw new Failure(EINVAL);
        }
        long operation = ++lastOperation;
        transfers.add(new Transfer(
                operation,
                (int) a[7] == 1,
                handle(a[0]),
                (long) a[2],
                ((MemorySegment) a[3]).reinterpret(bytes),
                ((MemorySegment) a[6]).reinterpret(8),
                (MemorySegment) a[10]));
        mostTransfers = Math.max(mostTransfers, transfers.size());
        ((MemorySegment) a[8]).reinterpret(8).set(JAVA_LONG, 0, operation);
        return 0;
    }

    private int poll(Object... a) throws IOException {
        MemorySegment count = ((MemorySegment) a[1]).reinterpret(4);
        int most = count.get(JAVA_INT, 0);
        int told = 0;
        while (!holdsTransfers && told < most && told < 3 && !transfers.isEmpty()) {
            Transfer transfer = transfers.remove(random.nextInt(transfers.size()));
            ((MemorySegment) a[0]).reinterpret(8L * most).setAtIndex(JAVA_LONG, told, transfer.operation);
            ((MemorySegment) a[2]).reinterpret(8L * most).setAtIndex(ADDRESS, told, transfer.tag);
            ((MemorySegment) a[3]).reinterpret(4L * most).setAtIndex(JAVA_INT, told, end(transfer));
            told++;
        }
        count.set(JAVA_INT, 0, told);
        return 0;
    }

    private int end(Transfer transfer) throws IOException {
        try {
            int done = files.transfer(transfer.read, transfer.handle, transfer.offset, transfer.memory.asByteBuffer());
            transfer.done.set(JAVA_LONG, 0, done);
            return 0;
        } catch (Failure e) {
            return -(e.code | ERROR_BIT);
        }
    }

    private static void respond(Object response, long handle) {
        MemorySegment memory = ((MemorySegment) response).reinterpret(32);
        memory.set(JAVA_LONG, 0, handle);
        memory.set(JAVA_INT, 8, FILE_SYSTEM);
    }

    private static long handle(Object reference) {
        MemorySegment value = (MemorySegment) reference;
        if (value.get(JAVA_INT, 8) != FILE_SYSTEM) {
            throw new Failure(EINVAL);
        }
        return value.get(JAVA_LONG, 0);
    }

    private static String text(Object pointer) {
        MemorySegment memory = ((MemorySegment) pointer).reinterpret(4096);
        int length = 0;
        while (memory.get(JAVA_BYTE, length) != 0) {
            length++;
        }
        return new String(memory.asSlice(0, length).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
    }
}
