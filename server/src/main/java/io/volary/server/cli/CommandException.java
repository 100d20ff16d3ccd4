package io.volary.server.cli;

/** A command is refused or has failed; the message is the line that people read. */
final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CommandException(String message) {
        super(message);
    }
}
