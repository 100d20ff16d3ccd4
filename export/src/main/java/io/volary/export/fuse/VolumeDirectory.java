package io.volary.export.fuse;

import io.volary.export.Client;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The volumes of a vPool, as those see them who use them as files. The calls may block; any thread but the loops'. What is
 * refused is a {@link FileRefusal}. Sizes are in bytes; those of files need not be multiples of anything.
 */
public interface VolumeDirectory {
    /**
     * How large a volume is.
     *
     * @param mappedBytes what reading it would find written
     */
    record Status(long bytes, long mappedBytes) {}

    /** A snapshot of a volume. */
    record Snapshot(String name, long bytes, Instant created) {}

    /**
     * The space of the vPool.
     *
     * @param freeBytes what volumes can still take
     */
    record Space(long totalBytes, long freeBytes) {}

    /** Whether a volume can have this name. */
    boolean isVolumeName(String name);

    /** The volumes there are, sorted. */
    List<String> names();

    /** Null if there is no such volume. */
    @Nullable
    Status status(String volume);

    /** Oldest first. */
    List<Snapshot> snapshots(String volume);

    /**
     * The volume or, if that is not null, its snapshot; null if there is none.
     */
    @Nullable
    VolumeFile open(String volume, @Nullable String snapshot);

    /** Makes a volume of size 0. */
    void create(String volume);

    /**
     * Changes the size. A volume gets shorter only while nobody is attached but {@code own} clients.
     */
    void truncate(String volume, long bytes, Predicate<Client> own);

    /** Tells other clients that a volume has become longer. */
    void grown(String volume);

    /** Deletes a volume; refused while a client holds it or there are snapshots. */
    void delete(String volume);

    /** Gives a volume a name that none has; refused while others are attached than {@code own} clients. */
    void rename(String volume, String newName, Predicate<Client> own);

    /**
     * Gives a volume the name of another one, which is deleted: refused as both of that are, and then nothing has happened. Who
     * dies in between leaves the name to the one or to the other.
     */
    void replace(String volume, String newName, Predicate<Client> own);

    /**
     * Makes what is in {@code file} a volume, instead of one that has the name; the file stays. Takes as long as copying
     * does.
     */
    void take(Path file, String volume);

    /**
     * Makes what is in the volume {@code file}, which is not there yet, instead of a volume; refused as {@link #delete} is. Takes
     * as long as copying does.
     */
    void give(String volume, Path file);

    /** What is known of a volume, for people: names of facts and their values. */
    SortedMap<String, String> facts(String volume);

    Space space();
}
