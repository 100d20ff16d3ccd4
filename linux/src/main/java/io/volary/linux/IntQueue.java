package io.volary.linux;

/** A first-in first-out queue of ints that grows and never boxes. */
final class IntQueue {
    private int[] values = new int[256];
    private int head;
    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void add(int value) {
        if (size == values.length) {
            grow();
        }
        values[(head + size++) & (values.length - 1)] = value;
    }

    /** The oldest value; the queue must not be empty. */
    int remove() {
        int value = values[head];
        head = (head + 1) & (values.length - 1);
        size--;
        return value;
    }

    private void grow() {
        int[] larger = new int[values.length * 2];
        for (int i = 0; i < size; i++) {
            larger[i] = values[(head + i) & (values.length - 1)];
        }
        values = larger;
        head = 0;
    }
}
