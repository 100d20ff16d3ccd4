package io.volary.store.s3;

/** Text from a server, which may be anything. */
final class Words {
    private static final int MAX_LENGTH = 200;

    private Words() {}

    /** On one line, and not too long. */
    static String ofServer(String text) {
        String line = text.replaceAll("[^\\x20-\\x7e]+", " ").strip();
        return line.length() <= MAX_LENGTH ? line : line.substring(0, MAX_LENGTH) + "...";
    }
}
