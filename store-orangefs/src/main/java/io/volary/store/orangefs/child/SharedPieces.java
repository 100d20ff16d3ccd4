package io.volary.store.orangefs.child;

/** The memory that a child shares with who started it: a number of pieces, each for the content of one READ or WRITE. */
public final class SharedPieces {
    public static final int PIECE_BYTES = 512 << 10;
    public static final int COUNT = 32;
    public static final int BYTES = PIECE_BYTES * COUNT;

    private SharedPieces() {}
}
