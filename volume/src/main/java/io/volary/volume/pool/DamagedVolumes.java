package io.volary.volume.pool;

import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The volumes of a vPool that can only be read, or not be used at all, and why. Any thread. */
final class DamagedVolumes {
    private final Map<String, String> unusable = new HashMap<>();
    private final Map<String, String> readOnly = new HashMap<>();

    synchronized void addUnusable(String name, String why) {
        unusable.put(name, why);
    }

    synchronized void addReadOnly(String name, String why) {
        readOnly.put(name, why);
    }

    /** A volume that can only be read is deleted. */
    synchronized void remove(String name) {
        readOnly.remove(name);
    }

    synchronized boolean isReadOnly(String name) {
        return readOnly.containsKey(name);
    }

    synchronized boolean isUnusable(String name) {
        return unusable.containsKey(name);
    }

    /** @throws VolumeException CORRUPT if the volume cannot be used */
    synchronized void refuseUnusable(String name) {
        if (isUnusable(name)) {
            throw new VolumeException(Kind.CORRUPT, "volume " + name + " cannot be used: " + unusable.get(name));
        }
    }

    /** What is wrong with each, by name. */
    synchronized SortedMap<String, String> all() {
        var all = new TreeMap<String, String>();
        readOnly.forEach((name, why) -> all.put(name, "can only be read: " + why));
        unusable.forEach((name, why) -> all.put(name, "cannot be used: " + why));
        return all;
    }
}
