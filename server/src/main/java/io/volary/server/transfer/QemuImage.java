package io.volary.server.transfer;

import io.volary.server.view.Json;
import io.volary.server.view.NbdUri;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** An image in a format that {@code qemu-img} knows, and {@code qemu-img} at work on it. */
final class QemuImage {
    private final Path file;
    private final ImageFormat format;
    private final long virtualBytes;

    private QemuImage(Path file, ImageFormat format, long virtualBytes) {
        this.file = file;
        this.format = format;
        this.virtualBytes = virtualBytes;
    }

    /** @throws IOException if it is damaged, or draws on other files */
    static QemuImage inspect(Path file, ImageFormat format) throws IOException {
        return parse(
                file,
                format,
                run(List.of("qemu-img", "info", "--output=json", "-f", format.qemuName(), absolute(file)), false));
    }

    /** What {@code qemu-img info} says of it. */
    static QemuImage parse(Path file, ImageFormat format, String output) throws IOException {
        try {
            var info = Json.MAPPER.readTree(output);
            refuseOtherFiles(info);
            long bytes = info.required("virtual-size").asLong();
            if (bytes < 0) {
                throw new IOException("qemu-img says that it has " + bytes + " bytes");
            }
            return new QemuImage(file, format, bytes);
        } catch (JacksonException e) {
            throw new IOException("qemu-img says nothing of use about it: " + e.getOriginalMessage());
        }
    }

    /** A strange image must not make us read whatever file it names. */
    private static void refuseOtherFiles(JsonNode info) throws IOException {
        var data = info.path("format-specific").path("data");
        if (info.has("backing-filename") || data.has("data-file")) {
            throw new IOException("it draws on another file; flatten it first: qemu-img convert");
        }
    }

    long virtualBytes() {
        return virtualBytes;
    }

    /** Writes the image to an NBD export of at least its size that reads as zeroes so far. */
    void convertTo(Path nbdSocket, String export) throws IOException {
        convert(
                format.qemuName(),
                absolute(file),
                "raw",
                NbdUri.unix(nbdSocket, export),
                List.of("-n", "--target-is-zero"));
    }

    /** Writes an NBD export to a new file. */
    static void convertFrom(Path nbdSocket, String export, ImageFormat format, Path target) throws IOException {
        convert("raw", NbdUri.unix(nbdSocket, export), format.qemuName(), absolute(target), List.of());
    }

    private static void convert(String from, String source, String to, String target, List<String> options)
            throws IOException {
        boolean terminal = System.getenv("VOLARY_TERMINAL") != null;
        // With its parent gone it would go on writing to a volume that is given up.
        var command = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", "qemu-img", "convert"));
        if (terminal) {
            command.add("-p");
        }
        command.addAll(options);
        command.addAll(List.of("-f", from, "-O", to, source, target));
        run(command, terminal);
    }

    /** So that a name with a colon is not taken for a protocol. */
    private static String absolute(Path file) {
        return file.toAbsolutePath().toString();
    }

    private static String run(List<String> command, boolean showOutput) throws IOException {
        var process = start(command, showOutput);
        try {
            var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            var errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException("qemu-img failed: " + errors.strip());
            }
            return output;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted");
        } finally {
            process.destroy();
        }
    }

    private static Process start(List<String> command, boolean showOutput) throws IOException {
        try {
            var builder = new ProcessBuilder(command);
            if (showOutput) {
                builder.redirectOutput(ProcessBuilder.Redirect.to(new java.io.File("/dev/stderr")));
            }
            return builder.start();
        } catch (IOException e) {
            throw new IOException("qemu-img cannot be run; it is in the package qemu-utils: " + e.getMessage(), e);
        }
    }
}
