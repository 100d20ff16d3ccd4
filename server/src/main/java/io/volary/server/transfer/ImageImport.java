package io.volary.server.transfer;

import io.volary.linux.LinuxFile;
import io.volary.linux.OpenFlag;
import io.volary.server.rest.ApiClient;
import io.volary.server.rest.ImportSession;
import io.volary.server.view.Reason;
import io.volary.server.view.Sizes;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Makes a volume from an image. The volume is hidden until it is complete and durable; failure leaves nothing. */
public final class ImageImport {
    private final ApiClient client;
    private final Path nbdSocket;
    private final String volume;

    public ImageImport(ApiClient client, Path nbdSocket, String volume) {
        this.client = client;
        this.nbdSocket = nbdSocket;
        this.volume = volume;
    }

    /** Imports a raw image from standard input, whose size is known only at its end. */
    public void fromStandardInput() {
        copyRaw(RawInput.stream(Channels.newChannel(System.in)), "standard input", Sizes.MAX_VOLUME_BYTES, 0);
    }

    /**
     * Imports a file.
     *
     * @param format its format, or null to tell from what it begins with
     */
    public void fromFile(Path file, @Nullable ImageFormat format) {
        try {
            checkSource(file);
            var actual = format == null ? ImageFormat.of(file) : format;
            if (actual == ImageFormat.RAW) {
                fromRawFile(file);
            } else {
                fromOtherFormat(file, actual);
            }
        } catch (IOException e) {
            throw failure(file.toString(), e);
        }
    }

    private void checkSource(Path file) {
        if (!Files.exists(file)) {
            throw new TransferException("volume " + volume + " cannot be imported: there is no file " + file);
        }
        if (Files.isDirectory(file) || !Files.isReadable(file)) {
            throw new TransferException("volume " + volume + " cannot be imported: " + file + " cannot be read");
        }
    }

    private void fromRawFile(Path file) throws IOException {
        try (var channel = FileChannel.open(file);
                var holes = LinuxFile.open(file, 0, OpenFlag.READ_ONLY)) {
            long bytes = channel.size();
            if (bytes == 0 || bytes > Sizes.MAX_VOLUME_BYTES) {
                throw new TransferException("volume " + volume + " cannot be imported: " + file + " has " + bytes
                        + " bytes, and a volume has 512 bytes to 64T");
            }
            copyRaw(RawInput.sparse(channel, holes), file.toString(), Sizes.roundUpToSector(bytes), bytes);
        }
    }

    private void copyRaw(RawInput source, String name, long capacity, long expected) {
        try (var session = ImportSession.begin(client, volume, capacity)) {
            long copied = copyRaw(source, session.export(), expected);
            if (expected != 0 && copied != expected) {
                throw new IOException("it ended after " + copied + " of " + expected + " bytes");
            }
            if (copied == 0) {
                throw new IOException("it is empty");
            }
            session.publish(Sizes.roundUpToSector(copied));
        } catch (IOException e) {
            throw failure(name, e);
        }
    }

    private long copyRaw(RawInput source, String export, long expected) throws IOException {
        try (var target = new NbdClient(nbdSocket, export);
                var progress = Progress.onTerminal()) {
            return new RawSource(source, target, progress).copy(expected);
        }
    }

    private void fromOtherFormat(Path file, ImageFormat format) throws IOException {
        var image = QemuImage.inspect(file, format);
        try (var session = ImportSession.begin(client, volume, Sizes.roundUpToSector(image.virtualBytes()))) {
            image.convertTo(nbdSocket, session.export());
            session.publish(Sizes.roundUpToSector(image.virtualBytes()));
        }
    }

    private TransferException failure(String source, IOException e) {
        return new TransferException(
                "import of " + source + " failed, and nothing of volume " + volume + " is left: " + Reason.of(e), e);
    }
}
