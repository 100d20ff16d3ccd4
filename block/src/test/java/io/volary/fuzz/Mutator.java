package io.volary.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Makes of an input another one, by a few changes of the kinds in which inputs differ. */
final class Mutator {
    /** Headers are in front, and most of what is decided is decided there. */
    private static final int FRONT_BYTES = 64;

    private static final int MAX_DELTA = 16;
    private static final int MAX_RUN_BYTES = 32;

    private final SplittableRandom random;
    private final Corpus corpus;
    private final long[] numbers;
    private final byte[][] words;
    private final byte[] work;
    private final ByteBuffer view;
    private int length;

    Mutator(SplittableRandom random, Corpus corpus, Dictionary dictionary, int maxBytes) {
        this.random = random;
        this.corpus = corpus;
        this.numbers = dictionary.numbers();
        this.words = dictionary.words().toArray(byte[][]::new);
        this.work = new byte[maxBytes];
        this.view = ByteBuffer.wrap(work);
    }

    byte[] next() {
        byte[] base = corpus.any(random);
        length = Math.min(base.length, work.length);
        System.arraycopy(base, 0, work, 0, length);
        int changes = 1 + Integer.numberOfTrailingZeros(random.nextInt() | 1 << 5);
        for (int i = 0; i < changes; i++) {
            change();
        }
        return Arrays.copyOf(work, length);
    }

    private void change() {
        switch (random.nextInt(length == 0 ? 4 : 14)) {
            case 0 -> insertRun();
            case 1 -> insertNumber();
            case 2 -> insertWord();
            case 3 -> insertPart(corpus.any(random));
            case 4 -> work[at()] ^= (byte) (1 << random.nextInt(8));
            case 5 -> work[at()] = (byte) random.nextInt();
            case 6 -> work[at()] += (byte) random.nextInt(-MAX_DELTA, MAX_DELTA + 1);
            case 7 -> addToNumber();
            case 8, 9 -> setNumber();
            case 10 -> setWord();
            case 11 -> copyPart(corpus.any(random));
            case 12 -> delete();
            default -> resize();
        }
    }

    /** A place in the input. */
    private int at() {
        return random.nextInt(random.nextBoolean() ? length : Math.min(length, FRONT_BYTES));
    }

    private int gap() {
        return random.nextInt(length + 1);
    }

    private byte[] number() {
        long value = numbers[random.nextInt(numbers.length)];
        int bytes = 1 << random.nextInt(4);
        ByteBuffer number = ByteBuffer.allocate(Long.BYTES);
        boolean little = random.nextBoolean();
        number.order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN).putLong(value);
        return little
                ? Arrays.copyOf(number.array(), bytes)
                : Arrays.copyOfRange(number.array(), Long.BYTES - bytes, Long.BYTES);
    }

    private void setNumber() {
        set(at(), number());
    }

    private void insertNumber() {
        insert(gap(), number(), 0, Long.BYTES);
    }

    private void setWord() {
        if (words.length > 0) {
            set(at(), words[random.nextInt(words.length)]);
        }
    }

    private void insertWord() {
        if (words.length > 0) {
            byte[] word = words[random.nextInt(words.length)];
            insert(gap(), word, 0, word.length);
        }
    }

    private void addToNumber() {
        int at = at();
        long delta = random.nextLong(-MAX_DELTA, MAX_DELTA + 1);
        view.order(random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        if (at + Long.BYTES <= length && random.nextBoolean()) {
            view.putLong(at, view.getLong(at) + delta);
        } else if (at + Integer.BYTES <= length) {
            view.putInt(at, view.getInt(at) + (int) delta);
        } else if (at + Short.BYTES <= length) {
            view.putShort(at, (short) (view.getShort(at) + delta));
        }
    }

    private void insertRun() {
        byte[] run = new byte[random.nextInt(1, MAX_RUN_BYTES)];
        Arrays.fill(run, (byte) random.nextInt());
        insert(gap(), run, 0, run.length);
    }

    private void copyPart(byte[] other) {
        int from = random.nextInt(other.length + 1);
        int bytes = random.nextInt(other.length - from + 1);
        set(at(), Arrays.copyOfRange(other, from, from + bytes));
    }

    private void insertPart(byte[] other) {
        int from = random.nextInt(other.length + 1);
        insert(gap(), other, from, random.nextInt(other.length - from + 1));
    }

    private void delete() {
        int from = at();
        int bytes = random.nextInt(1, Math.min(length - from, MAX_RUN_BYTES) + 1);
        System.arraycopy(work, from + bytes, work, from, length - from - bytes);
        length -= bytes;
    }

    private void resize() {
        if (random.nextBoolean()) {
            length = gap();
        } else {
            int from = at();
            insert(gap(), Arrays.copyOfRange(work, from, length), 0, length - from);
        }
    }

    private void set(int at, byte[] bytes) {
        System.arraycopy(bytes, 0, work, at, Math.min(bytes.length, length - at));
    }

    private void insert(int at, byte[] bytes, int from, int count) {
        int room = Math.min(Math.min(count, bytes.length - from), work.length - length);
        System.arraycopy(work, at, work, at + room, length - at);
        System.arraycopy(bytes, from, work, at, room);
        length += room;
    }
}
