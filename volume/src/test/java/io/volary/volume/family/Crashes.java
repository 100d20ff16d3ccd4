package io.volary.volume.family;

import java.util.random.RandomGenerator;

/** What interrupts a {@link ModelRun}. */
enum Crashes {
    NONE,
    /** The process dies: what was acknowledged is there. */
    KILL,
    /** The machine dies: what was flushed is there, and of the rest a prefix. */
    POWER,
    /** Now one, now the other, one in the middle of the recovery from the other too. */
    MIXED,
    /** The disk refuses something and may forget what it did not refuse; then one or the other. */
    FAULTS,
    /** The disk is full now and then; in between one or the other. */
    FULL,
    /** Now and then some bytes rot, and are put right again: meanwhile nothing else is read for what was written. */
    ROT;

    boolean crashes() {
        return this != NONE && this != ROT;
    }

    /** Whether it is the machine that dies this time. */
    boolean cutsPower(RandomGenerator random) {
        return switch (this) {
            case NONE, KILL, ROT -> false;
            case POWER -> true;
            case MIXED, FAULTS, FULL -> random.nextBoolean();
        };
    }

    /** Each kind has seeds of its own. */
    long firstSeed() {
        return 1_000_000L * (name().charAt(0) - 'A');
    }
}
