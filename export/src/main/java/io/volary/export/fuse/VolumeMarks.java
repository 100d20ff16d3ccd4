package io.volary.export.fuse;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What users have given a volume's file, or the mounted directory, beside its data: times, owner and permissions. The engine
 * knows none of these, so they hold as long as the mount, whoever serves it. Any
 * thread.
 */
final class VolumeMarks {
    private static final String NONE = "-";

    private volatile long modifiedMillis;
    private volatile @Nullable Instant modified;
    private volatile @Nullable Instant accessed;
    private volatile @Nullable Instant changed;
    private volatile int mode;
    private volatile int uid;
    private volatile int gid;

    VolumeMarks(MountAccess access, int mode, Instant time) {
        modifiedMillis = time.toEpochMilli();
        this.mode = mode;
        uid = access.uid();
        gid = access.gid();
    }

    /** As {@link #text} wrote them. */
    VolumeMarks(String text) {
        String[] words = text.split(" ", -1);
        mode = Integer.parseInt(words[0]);
        uid = Integer.parseInt(words[1]);
        gid = Integer.parseInt(words[2]);
        modifiedMillis = Long.parseLong(words[3]);
        modified = time(words[4]);
        accessed = time(words[5]);
        changed = time(words[6]);
    }

    private static @Nullable Instant time(String word) {
        return word.equals(NONE) ? null : Instant.parse(word);
    }

    /** All of them as words, for {@link MountState}. */
    String text() {
        return mode + " " + uid + " " + gid + " " + modifiedMillis + " " + word(modified) + " " + word(accessed) + " "
                + word(changed);
    }

    private static String word(@Nullable Instant time) {
        return time == null ? NONE : time.toString();
    }

    /** Its data is being changed: once per write, so nothing is allocated. */
    void modified() {
        modifiedMillis = System.currentTimeMillis();
        if (modified != null) {
            modified = null;
            changed = null;
        }
    }

    private Instant modifiedTime() {
        Instant given = modified;
        return given == null ? Instant.ofEpochMilli(modifiedMillis) : given;
    }

    private Instant accessedTime() {
        Instant given = accessed;
        return given == null ? modifiedTime() : given;
    }

    private Instant changedTime() {
        Instant given = changed;
        return given == null ? modifiedTime() : given;
    }

    void times(@Nullable Instant newAccessed, @Nullable Instant newModified) {
        accessed = newAccessed == null ? accessed : newAccessed;
        modified = newModified == null ? modified : newModified;
        changed = Instant.now();
    }

    /** Changes permissions and owner, where that is not -1. */
    void access(int newMode, int newUid, int newGid) {
        mode = newMode == -1 ? mode : newMode & Attributes.PERMISSIONS;
        uid = newUid == -1 ? uid : newUid;
        gid = newGid == -1 ? gid : newGid;
        changed = Instant.now();
    }

    /** The attributes of a file of so many bytes, or of a directory. */
    Attributes attributes(int type, long bytes, long allocatedBytes) {
        return new Attributes(
                bytes, allocatedBytes, type | mode, uid, gid, accessedTime(), modifiedTime(), changedTime());
    }
}
