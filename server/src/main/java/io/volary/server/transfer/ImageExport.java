package io.volary.server.transfer;

import io.volary.server.view.Reason;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes a volume or snapshot to a file or to standard output. A file is there whole or not at all. */
public final class ImageExport {
    private final Path nbdSocket;
    private final String export;

    /** @param export {@code V} or {@code V@S} */
    public ImageExport(Path nbdSocket, String export) {
        this.nbdSocket = nbdSocket;
        this.export = export;
    }

    /** Writes the raw bytes to standard output. */
    public void toStandardOutput() {
        try (var output = new FileOutputStream(FileDescriptor.out)) {
            copy(RawTarget.stream(output.getChannel()));
        } catch (IOException e) {
            throw failure("standard output", e);
        }
    }

    /** Writes a file under another name first; {@code force} lets it replace one that is there. */
    public void toFile(Path file, ImageFormat format, boolean force) {
        if (Files.exists(file) && !force) {
            throw new TransferException(
                    export + " is not exported: " + file + " is there already; add --force to replace it");
        }
        try {
            writeAndRename(file, format);
        } catch (IOException e) {
            throw failure(file.toString(), e);
        }
    }

    private void writeAndRename(Path file, ImageFormat format) throws IOException {
        var directory = file.toAbsolutePath().getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw new IOException("there is no directory " + directory);
        }
        var unfinished = directory.resolve(
                "." + file.getFileName() + "." + ProcessHandle.current().pid() + ".part");
        var cleaner = new Thread(() -> delete(unfinished), "clean-up");
        Runtime.getRuntime().addShutdownHook(cleaner);
        try {
            write(unfinished, format);
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            delete(unfinished);
        }
    }

    private void write(Path file, ImageFormat format) throws IOException {
        if (format != ImageFormat.RAW) {
            QemuImage.convertFrom(nbdSocket, export, format, file);
            return;
        }
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            long size = copy(RawTarget.sparse(channel));
            if (channel.size() < size) {
                channel.write(ByteBuffer.allocate(1), size - 1); // the end may be a hole
            }
            channel.force(true);
        }
    }

    private long copy(RawTarget target) throws IOException {
        try (var source = new NbdClient(nbdSocket, export);
                var progress = Progress.onTerminal()) {
            new RawCopy(source, target, progress).copy();
            return source.size();
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            System.err.println("volary: the unfinished " + file + " could not be removed: " + Reason.of(e));
        }
    }

    private TransferException failure(String target, IOException e) {
        return new TransferException("export of " + export + " to " + target + " failed: " + Reason.of(e), e);
    }
}
