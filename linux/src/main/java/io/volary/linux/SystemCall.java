package io.volary.linux;

/** The system calls that are used, by their numbers on each {@link Architecture}. */
enum SystemCall {
    // (x86-64, aarch64)
    ACCEPT4(288, 242),
    BIND(49, 200),
    CLOSE(3, 57),
    CONNECT(42, 203),
    EPOLL_CREATE1(291, 20),
    EPOLL_CTL(233, 21),
    EPOLL_PWAIT(281, 22),
    EVENTFD2(290, 19),
    FALLOCATE(285, 47),
    FCHMODAT(268, 53),
    FCNTL(72, 25),
    FDATASYNC(75, 83),
    FSYNC(74, 82),
    SYNCFS(306, 267),
    FTRUNCATE(77, 46),
    FUTEX(202, 98),
    GETPEERNAME(52, 205),
    GETSOCKNAME(51, 204),
    GETSOCKOPT(55, 209),
    IOCTL(16, 29),
    IO_URING_ENTER(426, 426),
    IO_URING_REGISTER(427, 427),
    IO_URING_SETUP(425, 425),
    KILL(62, 129),
    LISTEN(50, 201),
    LSEEK(8, 62),
    MEMFD_CREATE(319, 279),
    MKNODAT(259, 33),
    MMAP(9, 222),
    MOUNT(165, 40),
    MUNMAP(11, 215),
    OPENAT(257, 56),
    PREAD64(17, 67),
    PWRITE64(18, 68),
    READ(0, 63),
    RECVFROM(45, 207),
    RECVMSG(47, 212),
    RENAMEAT2(316, 276),
    SENDMSG(46, 211),
    SENDTO(44, 206),
    SETSOCKOPT(54, 208),
    SHUTDOWN(48, 210),
    SOCKET(41, 198),
    SOCKETPAIR(53, 199),
    STATFS(137, 43),
    STATX(332, 291),
    UMOUNT2(166, 39),
    UNLINKAT(263, 35),
    WAIT4(61, 260),
    WRITE(1, 64);

    private final long number;

    SystemCall(int x86, int arm) {
        number = Architecture.choose(x86, arm);
    }

    long number() {
        return number;
    }

    /** The result, or the negative of an {@link Errno}; so do the others. */
    long call(long a) {
        return call(a, 0, 0, 0, 0, 0);
    }

    long call(long a, long b) {
        return call(a, b, 0, 0, 0, 0);
    }

    long call(long a, long b, long c) {
        return call(a, b, c, 0, 0, 0);
    }

    long call(long a, long b, long c, long d) {
        return call(a, b, c, d, 0, 0);
    }

    long call(long a, long b, long c, long d, long e) {
        return call(a, b, c, d, e, 0);
    }

    long call(long a, long b, long c, long d, long e, long f) {
        return Kernel.call(number, a, b, c, d, e, f);
    }
}
