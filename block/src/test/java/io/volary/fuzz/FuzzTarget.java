package io.volary.fuzz;

import java.util.List;

/**
 * A parser, and what has to be true of it for any input. Public, with a constructor without parameters, annotated with {@link Parses},
 * and named in {@code META-INF/services}. One thread.
 */
public interface FuzzTarget extends AutoCloseable {
    /** Inputs to begin with: at least one that is accepted of each kind there is. */
    List<byte[]> seeds();

    /**
     * Has the input parsed. Whatever is thrown is a bug that was found.
     *
     * @param input is the target's to change
     */
    void run(byte[] input) throws Exception;

    @Override
    default void close() {}
}
