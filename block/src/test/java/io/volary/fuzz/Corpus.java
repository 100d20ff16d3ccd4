package io.volary.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** The inputs that each reached something new. */
final class Corpus {
    /** Of these last ones every other input is made: what is behind a new branch is most likely found from there. */
    private static final int NEWEST = 16;

    private final List<byte[]> inputs = new ArrayList<>();

    void add(byte[] input) {
        inputs.add(input);
    }

    byte[] any(SplittableRandom random) {
        int size = inputs.size();
        boolean newest = size > NEWEST && random.nextBoolean();
        return inputs.get(newest ? size - 1 - random.nextInt(NEWEST) : random.nextInt(size));
    }

    int size() {
        return inputs.size();
    }
}
