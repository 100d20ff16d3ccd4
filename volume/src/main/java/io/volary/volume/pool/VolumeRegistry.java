package io.volary.volume.pool;

import io.volary.volume.VolumeException;
import io.volary.volume.VolumeException.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The volumes of a vPool by their names, and who else has a name: volumes that cannot be used, or that are just being made. Any thread. */
final class VolumeRegistry {
    private final Map<String, Volume> volumes = new TreeMap<>();
    private final DamagedVolumes damaged = new DamagedVolumes();
    private final Set<String> reserved = new HashSet<>();

    /** All volumes, by name. */
    synchronized List<Volume> all() {
        return List.copyOf(volumes.values());
    }

    /** The volumes of a clone family, by name. */
    synchronized List<String> names(FamilyHome home) {
        return volumes.values().stream()
                .filter(volume ->
                        volume instanceof FamilyVolume family && family.home().equals(home))
                .map(Volume::name)
                .toList();
    }

    /** The volume of that name, also one that is being imported. @throws VolumeException NOT_FOUND, CORRUPT */
    synchronized Volume find(String name) {
        Volume volume = volumes.get(name);
        if (volume == null) {
            damaged.refuseUnusable(name);
            throw new VolumeException(
                    Kind.NOT_FOUND, "there is no volume " + name + "; volary list shows those there are");
        }
        return volume;
    }

    synchronized boolean contains(String name) {
        return volumes.containsKey(name);
    }

    /** One that is found when the vPool opens. */
    synchronized void add(String name, Volume volume) {
        volumes.put(name, volume);
    }

    /** One that has been found can only be read. */
    synchronized void addReadOnly(String name, String why) {
        damaged.addReadOnly(name, why);
    }

    /** One that cannot be used keeps its name, so that it is there when it has been mended. */
    synchronized void addUnusable(String name, @Nullable String why) {
        damaged.addUnusable(name, String.valueOf(why));
    }

    synchronized void remove(String name) {
        volumes.remove(name);
        damaged.remove(name);
    }

    /** All volumes, which are gone from here. */
    synchronized List<Volume> removeAll() {
        var all = new ArrayList<>(volumes.values());
        volumes.clear();
        return all;
    }

    boolean isReadOnly(String name) {
        return damaged.isReadOnly(name);
    }

    /** The volumes that can only be read, or not be used at all, with why, by name. */
    SortedMap<String, String> damaged() {
        return damaged.all();
    }

    /** Makes a volume under a name that nobody else takes meanwhile. @throws VolumeException EXISTS */
    Volume withName(String name, Supplier<Volume> maker) {
        synchronized (this) {
            if (volumes.containsKey(name) || damaged.isUnusable(name) || !reserved.add(name)) {
                throw new VolumeException(Kind.EXISTS, "there is a volume " + name + " already: choose another name");
            }
        }
        try {
            Volume made = maker.get();
            synchronized (this) {
                volumes.put(name, made);
            }
            return made;
        } finally {
            synchronized (this) {
                reserved.remove(name);
            }
        }
    }
}
