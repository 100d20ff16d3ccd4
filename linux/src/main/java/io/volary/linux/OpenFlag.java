package io.volary.linux;

/** How to open a file; see open(2). */
public enum OpenFlag {
    READ_ONLY(0),
    READ_WRITE(2),
    /** Makes the file if it is not there. */
    CREATE(0x40),
    /** Makes the file, and fails with EEXIST if it is there. */
    CREATE_EXCLUSIVE(0x40 | 0x80),
    /** O_DIRECT: past the page cache, with aligned memory, offsets and lengths. */
    DIRECT(Architecture.choose(0x4000, 0x10000)),
    /** Nothing is done with the file but to look at what it is; needs no permission for it. */
    PATH_ONLY(0x200000),
    /** Fails with ELOOP on a symbolic link. */
    NO_FOLLOW(Architecture.choose(0x20000, 0x8000)),
    /** Fails with ENOTDIR on anything else. */
    DIRECTORY(Architecture.choose(0x10000, 0x4000));

    private static final int O_CLOEXEC = 0x80000;

    private final int bits;

    OpenFlag(int bits) {
        this.bits = bits;
    }

    static int bits(OpenFlag... flags) {
        int bits = O_CLOEXEC;
        for (OpenFlag flag : flags) {
            bits |= flag.bits;
        }
        return bits;
    }
}
