package io.volary.volume.map;

/** The entry that a map hangs on: its top node, or nothing yet. A volume has one, a snapshot another. */
public final class MapRoot {
    long place;
    long seal;

    public MapRoot(long place, long seal) {
        this.place = place;
        this.seal = seal;
    }

    public long place() {
        return place;
    }

    public long seal() {
        return seal;
    }
}
