package io.volary.server.cli;

import java.io.IOException;
import java.util.List;

/** Another program, run in this one's place: same terminal, and no longer than this one. */
final class ForegroundProcess {
    private ForegroundProcess() {}

    /**
     * Runs {@code command} to its end and returns its exit status.
     *
     * @param otherwise what to say if it cannot be run
     */
    static int run(List<String> command, String otherwise) {
        try {
            var process = new ProcessBuilder(command).inheritIO().start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroy, "stop-child"));
            return process.waitFor();
        } catch (IOException e) {
            throw new CommandException(otherwise + ": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted");
        }
    }
}
