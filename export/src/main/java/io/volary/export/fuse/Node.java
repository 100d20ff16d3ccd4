package io.volary.export.fuse;

/**
 * A file or directory that the kernel knows, by a number. Its place may change by a rename; guarded by {@link NodeTable}.
 */
final class Node {
    /** What there is in the tree. */
    enum Kind {
        /** The mounted directory itself: volumes and small files. */
        ROOT,
        VOLUME,
        /** A small file beside the volumes. */
        PLAIN,
        /** {@code .snapshots}, which has a directory for each volume. */
        SNAPSHOTS,
        SNAPSHOTS_OF,
        SNAPSHOT;

        boolean isDirectory() {
            return this == ROOT || this == SNAPSHOTS || this == SNAPSHOTS_OF;
        }
    }

    /**
     * Where a node is.
     *
     * @param volume the volume, or the volume whose snapshot this is; empty for what belongs to none
     * @param name the name in its directory
     */
    record Place(Kind kind, String volume, String name) {
        static final Place ROOT = new Place(Kind.ROOT, "", "");
        static final Place SNAPSHOTS = new Place(Kind.SNAPSHOTS, "", ".snapshots");

        static Place volume(String name) {
            return new Place(Kind.VOLUME, name, name);
        }

        static Place plain(String name) {
            return new Place(Kind.PLAIN, "", name);
        }

        static Place snapshotsOf(String volume) {
            return new Place(Kind.SNAPSHOTS_OF, volume, volume);
        }

        static Place snapshot(String volume, String name) {
            return new Place(Kind.SNAPSHOT, volume, name);
        }
    }

    final long number;
    Place place;
    long lookups;

    Node(long number, Place place) {
        this.number = number;
        this.place = place;
    }
}
