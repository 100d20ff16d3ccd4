package io.volary.volume.family;

import java.util.List;
import java.util.random.RandomGenerator;

/** The disks of a {@link DiskModel} by their names, and names and stamps that nothing has had before. */
final class ModelNames {
    private final RandomGenerator random;
    private int given;
    private int stamps;

    ModelNames(RandomGenerator random) {
        this.random = random;
    }

    /** A snapshot of a volume. */
    record Snapshot(String volume, String name) {
        static Snapshot of(String disk) {
            int at = disk.indexOf('@');
            return new Snapshot(disk.substring(0, at), disk.substring(at + 1));
        }

        /** What the model calls it. */
        String disk() {
            return volume + "@" + name;
        }
    }

    String next(String prefix) {
        return prefix + ++given;
    }

    int stamp() {
        return ++stamps;
    }

    List<String> volumes(DiskModel model) {
        return model.disks().keySet().stream()
                .filter(name -> !name.contains("@"))
                .toList();
    }

    String anyVolume(DiskModel model) {
        return any(volumes(model));
    }

    List<Snapshot> snapshots(DiskModel model, String volume) {
        return model.disks().keySet().stream()
                .filter(name -> name.startsWith(volume + "@"))
                .map(Snapshot::of)
                .toList();
    }

    <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }
}
