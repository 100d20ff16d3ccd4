package io.volary.volume.pool;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.volary.linux.EventLoop;
import io.volary.volume.SnapshotInfo;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A vPool as some version left it, packed into one file, with what is in it: for each volume and snapshot a line with its name, its
 * size and the CRC32C of its bytes.
 */
final class FormatFixture {
    private static final String CONTENT = "content.txt";
    private static final String POOL = "vpool";
    private static final int PIECE = 1 << 20;

    private FormatFixture() {}

    /** Packs a vPool's directory, which nobody changes meanwhile. */
    static void pack(Path pool, SortedMap<String, String> content, Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                var zip = new ZipOutputStream(out)) {
            zip.setLevel(9);
            zip.putNextEntry(new ZipEntry(CONTENT));
            for (var disk : content.entrySet()) {
                zip.write((disk.getKey() + " " + disk.getValue() + "\n").getBytes(UTF_8));
            }
            for (Path found : filesOf(pool)) {
                zip.putNextEntry(new ZipEntry(POOL + "/" + pool.relativize(found)));
                Files.copy(found, zip);
            }
        }
    }

    private static List<Path> filesOf(Path directory) throws IOException {
        try (var all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /** The files, and when each was changed. */
    static List<String> listing(Path directory) throws IOException {
        var listing = new ArrayList<String>();
        for (Path file : filesOf(directory)) {
            listing.add(file + " " + Files.size(file) + " " + Files.getLastModifiedTime(file));
        }
        return listing;
    }

    /** Unpacks into {@code directory}. @return the vPool's directory */
    static Path unpack(InputStream file, Path directory) throws IOException {
        try (var zip = new ZipInputStream(file)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path target = directory.resolve(entry.getName());
                Files.createDirectories(target.getParent());
                Files.copy(zip, target);
            }
        }
        return directory.resolve(POOL);
    }

    /** What the file that was unpacked into {@code directory} says of its content. */
    static SortedMap<String, String> expected(Path directory) throws IOException {
        var content = new TreeMap<String, String>();
        for (String line : Files.readAllLines(directory.resolve(CONTENT))) {
            String[] words = line.split(" ", 2);
            content.put(words[0], words[1]);
        }
        return content;
    }

    /** What is in all volumes and snapshots. */
    static SortedMap<String, String> content(VolumePool pool) {
        var content = new TreeMap<String, String>();
        for (Volume volume : pool.volumes()) {
            content.put(volume.name(), describe(volume, null));
            for (String snapshot : snapshots(volume)) {
                content.put(volume.name() + "@" + snapshot, describe(volume, snapshot));
            }
        }
        return content;
    }

    static List<String> snapshots(Volume volume) {
        return volume.snapshots().stream().map(SnapshotInfo::name).toList();
    }

    private static String describe(Volume volume, @Nullable String snapshot) {
        EventLoop loop = volume.loop();
        var file = snapshot == null ? volume.file() : volume.snapshotFile(snapshot);
        var crc = new CRC32C();
        for (long at = 0; at < file.size(); at += PIECE) {
            crc.update(VolumeIo.read(loop, file, at, (int) Math.min(PIECE, file.size() - at)));
        }
        return file.size() + " " + HexFormat.of().toHexDigits((int) crc.getValue());
    }
}
