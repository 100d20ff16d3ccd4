package io.volary.server.cli;

import io.volary.server.config.ConfigurationFile;
import io.volary.server.daemon.PoolDirectory;
import io.volary.server.rest.ApiClient;
import io.volary.server.view.Reason;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Starts {@code volary serve} in a session of its own, with its output in the vPool's log. */
final class BackgroundDaemon {
    private static final long PATIENCE_MILLIS = 120_000; // recovery replays the log before the daemon is ready
    private static final long POLL_MILLIS = 10;

    private final PoolDirectory directory;
    private final long logBytesBefore;
    private final Process process;

    private BackgroundDaemon(PoolDirectory directory, @Nullable Path mountPoint) throws IOException {
        this.directory = directory;
        directory.checkPlace();
        directory.prepare(ConfigurationFile.read(directory.configuration()).sockets());
        logBytesBefore = directory.log().toFile().length();
        process = new ProcessBuilder(command(directory.path(), mountPoint))
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.log().toFile()))
                .redirectErrorStream(true)
                .start();
    }

    /** @throws CommandException with what the daemon said last, if it does not become ready */
    static ApiClient start(PoolDirectory directory, @Nullable Path mountPoint) {
        try {
            return new BackgroundDaemon(directory, mountPoint).awaitReady();
        } catch (IOException e) {
            throw new CommandException("the daemon cannot be started: " + Reason.of(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted while the daemon was starting");
        }
    }

    private static List<String> command(Path pool, @Nullable Path mountPoint) {
        var launcher = System.getenv("VOLARY_LAUNCHER");
        if (launcher == null) {
            throw new CommandException("start works through the volary launcher, which has not been used");
        }
        var command = new ArrayList<>(List.of("setsid", launcher, "--pool", pool.toString(), "serve"));
        if (mountPoint != null) {
            command.addAll(List.of("--mount", mountPoint.toString()));
        }
        return command;
    }

    private ApiClient awaitReady() throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        while (System.nanoTime() < end) {
            var client = ApiClient.connect(directory.apiSocket());
            if (client != null) {
                return client;
            }
            if (!process.isAlive()) {
                throw new CommandException(reason());
            }
            Thread.sleep(POLL_MILLIS);
        }
        throw new CommandException("the daemon is not ready after " + PATIENCE_MILLIS / 1000
                + " s; it goes on trying, and says what it does in " + directory.log());
    }

    /** The daemon's own words, without the name that the caller puts before them again. */
    private String reason() throws IOException {
        var text = logSinceStart();
        var last = lastLine(text);
        if (last == null) {
            return "the daemon ended with status " + process.exitValue() + "; see " + directory.log();
        }
        return last.startsWith("volary: ") ? last.substring("volary: ".length()) : last;
    }

    private String logSinceStart() throws IOException {
        try (var log = Files.newInputStream(directory.log())) {
            log.skipNBytes(logBytesBefore);
            return new String(log.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static @Nullable String lastLine(String text) {
        return text.lines()
                .filter(line -> !line.isBlank())
                .reduce((_, line) -> line)
                .orElse(null);
    }
}
