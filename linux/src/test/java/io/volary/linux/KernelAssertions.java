package io.volary.linux;

import java.lang.foreign.Linker;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Locale;

/** Prints a C source that compiles only where the kernel's headers say what this module's classes say. */
final class KernelAssertions {
    private static final String[] HEADERS = {
        "asm/unistd.h",
        "asm/errno.h",
        "asm/fcntl.h",
        "linux/mman.h",
        "linux/mount.h",
        "asm/socket.h",
        "asm/statfs.h",
        "linux/eventpoll.h",
        "linux/falloc.h",
        "linux/fcntl.h",
        "linux/fs.h",
        "linux/futex.h",
        "linux/in6.h",
        "linux/io_uring.h",
        "linux/stat.h",
        "linux/tcp.h",
        "linux/time.h",
        "linux/un.h"
    };

    private KernelAssertions() {}

    /** Speaks for the architecture that is given as the property {@code os.arch} has it. */
    public static void main(String[] arguments) throws ReflectiveOperationException {
        Linker.nativeLinker(); // still that of the machine; the classes here are loaded after this
        System.setProperty("os.arch", arguments[0]);
        for (String header : HEADERS) {
            System.out.println("#include <" + header + ">");
        }
        systemCalls();
        errors();
        files();
        bitmaps();
        sockets();
        epoll();
        uring();
    }

    private static void systemCalls() {
        for (SystemCall call : SystemCall.values()) {
            same("__NR_" + call.name().toLowerCase(Locale.ROOT), call.number());
        }
    }

    private static void errors() throws IllegalAccessException {
        for (Field field : Errno.class.getFields()) {
            if (Modifier.isStatic(field.getModifiers()) && field.getName().startsWith("E")) {
                same(field.getName(), field.getInt(null));
            }
        }
    }

    private static void files() throws ReflectiveOperationException {
        same("(O_RDWR | O_CLOEXEC)", OpenFlag.bits(OpenFlag.READ_WRITE));
        same("(O_CREAT | O_CLOEXEC)", OpenFlag.bits(OpenFlag.CREATE));
        same("(O_CREAT | O_EXCL | O_CLOEXEC)", OpenFlag.bits(OpenFlag.CREATE_EXCLUSIVE));
        same("(O_DIRECT | O_CLOEXEC)", OpenFlag.bits(OpenFlag.DIRECT));
        same("(O_DIRECTORY | O_CLOEXEC)", OpenFlag.bits(OpenFlag.DIRECTORY));
        same("(O_PATH | O_CLOEXEC)", OpenFlag.bits(OpenFlag.PATH_ONLY));
        same("FALLOC_FL_KEEP_SIZE", value(LinuxFile.class, "KEEP_SIZE"));
        same("FALLOC_FL_PUNCH_HOLE", value(LinuxFile.class, "PUNCH_HOLE"));
        same("MS_NOSUID", value(Mounts.class, "MS_NOSUID"));
        same("MS_NODEV", value(Mounts.class, "MS_NODEV"));
        same(
                "(O_RDWR | O_NONBLOCK | O_CLOEXEC)",
                2 | value(FuseDevice.class, "O_NONBLOCK") | value(FuseDevice.class, "O_CLOEXEC"));
        same("SEEK_DATA", value(LinuxFile.class, "SEEK_DATA"));
        same("SEEK_HOLE", value(LinuxFile.class, "SEEK_HOLE"));
        same("RENAME_NOREPLACE", value(LinuxFiles.class, "RENAME_NOREPLACE"));
        same("AT_FDCWD", Paths.AT_FDCWD);
        same("AT_EMPTY_PATH", value(FileStatus.class, "AT_EMPTY_PATH"));
        same("(STATX_SIZE | STATX_BLOCKS)", value(FileStatus.class, "MASK_SIZE_AND_BLOCKS"));
        same("sizeof(struct statx)", value(FileStatus.class, "STATX_BYTES"));
        offset("struct statx", "stx_size", value(FileStatus.class, "SIZE"));
        offset("struct statx", "stx_blocks", value(FileStatus.class, "BLOCKS"));
        same("sizeof(struct statfs)", value(FileSystemSpace.class, "STATFS_BYTES"));
        offset("struct statfs", "f_bsize", value(FileSystemSpace.class, "BLOCK_BYTES"));
        offset("struct statfs", "f_blocks", value(FileSystemSpace.class, "BLOCKS"));
        offset("struct statfs", "f_bavail", value(FileSystemSpace.class, "AVAILABLE_BLOCKS"));
        same("(PROT_READ | PROT_WRITE)", value(Mapping.class, "PROT_READ_WRITE"));
        same("MAP_SHARED", value(Mapping.class, "MAP_SHARED"));
        same("MAP_PRIVATE", value(Mapping.class, "MAP_PRIVATE"));
        same("MAP_ANONYMOUS", value(Mapping.class, "MAP_ANONYMOUS"));
        same("MAP_POPULATE", value(Mapping.class, "MAP_POPULATE"));
    }

    private static void bitmaps() throws ReflectiveOperationException {
        same("FUTEX_WAKE_OP_PRIVATE", value(SharedBitmap.class, "FUTEX_WAKE_OP_PRIVATE"));
        same("FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_EQ, 0)", value(SharedBitmap.class, "OR"));
        same("FUTEX_OP_OPARG_SHIFT * (1L << 28)", value(SharedBitmap.class, "OF_A_BIT"));
        same("FUTEX_OP(0, 0xfff, 0, 0)", value(SharedBitmap.class, "ALL_BITS"));
    }

    private static void sockets() throws ReflectiveOperationException {
        same("SOL_SOCKET", SocketCalls.SOL_SOCKET);
        same("SO_REUSEADDR", SocketCalls.SO_REUSEADDR);
        same("SO_KEEPALIVE", SocketCalls.SO_KEEPALIVE);
        same("SO_PEERCRED", SocketCalls.SO_PEERCRED);
        same("SO_RCVTIMEO", SocketCalls.SO_RCVTIMEO);
        same("SO_SNDTIMEO", SocketCalls.SO_SNDTIMEO);
        same("O_CLOEXEC", SocketCalls.SOCK_CLOEXEC);
        same("TCP_NODELAY", SocketCalls.TCP_NODELAY);
        same("TCP_KEEPIDLE", SocketCalls.TCP_KEEPIDLE);
        same("TCP_KEEPINTVL", SocketCalls.TCP_KEEPINTVL);
        same("TCP_KEEPCNT", SocketCalls.TCP_KEEPCNT);
        same("TCP_USER_TIMEOUT", SocketCalls.TCP_USER_TIMEOUT);
        offset("struct sockaddr_un", "sun_path", value(UnixAddress.class, "PATH"));
        same("sizeof(((struct sockaddr_un *)0)->sun_path) - 1", value(UnixAddress.class, "MAX_PATH_BYTES"));
        same("sizeof(struct sockaddr_in6)", InternetAddress.MAX_BYTES);
        offset("struct sockaddr_in6", "sin6_addr", value(InternetAddress.class, "ADDRESS6"));
        offset("struct sockaddr_in6", "sin6_scope_id", value(InternetAddress.class, "SCOPE6"));
    }

    private static void epoll() throws ReflectiveOperationException {
        same("sizeof(struct epoll_event)", value(Epoll.class, "EVENT_BYTES"));
        offset("struct epoll_event", "data", value(Epoll.class, "DATA"));
        same("EPOLLIN", Epoll.IN);
        same("EPOLLOUT", Epoll.OUT);
        same("(EPOLLERR | EPOLLHUP)", Epoll.ERROR_OR_HANG_UP);
        same("EPOLLONESHOT", Epoll.ONE_SHOT);
        same("EPOLL_CLOEXEC", value(Epoll.class, "EPOLL_CLOEXEC"));
        same("EPOLL_CTL_ADD", value(Epoll.class, "CTL_ADD"));
        same("EPOLL_CTL_MOD", value(Epoll.class, "CTL_MOD"));
        same("O_CLOEXEC", value(Wakeup.class, "EFD_CLOEXEC"));
    }

    private static void uring() throws ReflectiveOperationException {
        same("sizeof(struct io_uring_sqe)", UringEntry.BYTES);
        offset("struct io_uring_sqe", "off", value(UringEntry.class, "OFFSET"));
        offset("struct io_uring_sqe", "addr", value(UringEntry.class, "ADDRESS"));
        offset("struct io_uring_sqe", "len", value(UringEntry.class, "LENGTH"));
        offset("struct io_uring_sqe", "rw_flags", value(UringEntry.class, "OPERATION_FLAGS"));
        offset("struct io_uring_sqe", "user_data", value(UringEntry.class, "USER_DATA"));
        for (String opcode :
                new String[] {"NOP", "FSYNC", "POLL_ADD", "ASYNC_CANCEL", "READ", "WRITE", "SEND", "RECV"}) {
            same("IORING_OP_" + opcode, value(UringEntry.class, opcode));
        }
        same("IORING_FSYNC_DATASYNC", UringEntry.FSYNC_DATASYNC);
        same("sizeof(struct io_uring_cqe)", CompletionRing.ENTRY_BYTES);
        offset("struct io_uring_cqe", "res", value(CompletionRing.class, "RESULT"));
        same("sizeof(struct io_uring_params)", UringParameters.BYTES);
        String[][] parameters = {
            {"sq_entries", "SUBMISSION_ENTRIES"}, {"cq_entries", "COMPLETION_ENTRIES"}, {"flags", "FLAGS"},
            {"features", "FEATURES"}, {"sq_off", "SUBMISSION_RING"}, {"cq_off", "COMPLETION_RING"}
        };
        for (String[] parameter : parameters) {
            offset("struct io_uring_params", parameter[0], value(UringParameters.class, parameter[1]));
        }
        String[][] ring = {{"head", "HEAD"}, {"tail", "TAIL"}, {"flags", "RING_FLAGS"}, {"array", "ARRAY"}};
        for (String[] index : ring) {
            offset("struct io_sqring_offsets", index[0], value(UringParameters.class, index[1]));
        }
        offset("struct io_cqring_offsets", "cqes", value(UringParameters.class, "CQES"));
        String[] flags = {
            "CQSIZE", "R_DISABLED", "SUBMIT_ALL", "COOP_TASKRUN", "TASKRUN_FLAG", "SINGLE_ISSUER", "DEFER_TASKRUN"
        };
        for (String flag : flags) {
            same("IORING_SETUP_" + flag, value(Uring.class, flag));
        }
        same(
                "(IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG)",
                value(Uring.class, "NEEDED_FEATURES"));
        same("IORING_OFF_SQES", value(Uring.class, "ENTRIES_MAPPING"));
        same("IORING_REGISTER_ENABLE_RINGS", value(Uring.class, "REGISTER_ENABLE_RINGS"));
        same("IORING_ENTER_GETEVENTS", value(Uring.class, "ENTER_GETEVENTS"));
        same("IORING_ENTER_EXT_ARG", value(Uring.class, "ENTER_EXT_ARG"));
        same("sizeof(struct io_uring_getevents_arg)", value(Uring.class, "ARGUMENT_BYTES"));
        offset("struct io_uring_getevents_arg", "ts", value(Uring.class, "TIMESPEC_ADDRESS"));
        same("(IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN)", value(SubmissionRing.class, "KERNEL_HAS_WORK"));
    }

    private static long value(Class<?> owner, String name) throws ReflectiveOperationException {
        Field field = owner.getDeclaredField(name);
        field.setAccessible(true);
        return ((Number) field.get(null)).longValue();
    }

    private static void offset(String struct, String field, long value) {
        same("__builtin_offsetof(" + struct + ", " + field + ")", value);
    }

    private static void same(String expression, long value) {
        System.out.println("_Static_assert((long)(" + expression + ") == " + value + "L, \"" + value + "\");");
    }
}
