package io.volary.volume.map;

import java.util.Arrays;

/** A growing list of ints. */
final class IntList {
    private int[] values = new int[64];
    private int size;

    void add(int value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
        }
        values[size++] = value;
    }

    int at(int index) {
        return values[index];
    }

    int size() {
        return size;
    }
}
