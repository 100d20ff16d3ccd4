package io.volary.store.orangefs.child;

/** What the child can be asked, each about one call of the library. With its number in the protocol. */
public enum Operation {
    LOOKUP(1),
    CREATE(2),
    MAKE_DIRECTORY(3),
    REMOVE(4),
    RENAME(5),
    LIST(6),
    SIZE(7),
    FLUSH(8),
    READ(9),
    WRITE(10),
    TRUNCATE(11);

    private final int number;

    Operation(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    /** @throws IllegalArgumentException if there is none with that number */
    static Operation of(int number) {
        for (Operation operation : values()) {
            if (operation.number == number) {
                return operation;
            }
        }
        throw new IllegalArgumentException("operation " + number);
    }
}
