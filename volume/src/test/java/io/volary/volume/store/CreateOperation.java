package io.volary.volume.store;

import java.util.SortedMap;
import java.util.random.RandomGenerator;

/** The creation of an object of a {@link SimulatedDisk}: it has its name before it has its room. */
final class CreateOperation extends DiskOperation {
    private final SortedMap<Long, SimulatedObject> objects;
    private final long number;
    private final SimulatedObject made;

    CreateOperation(SortedMap<Long, SimulatedObject> objects, long number, SimulatedObject made) {
        super(DiskOperationKind.CREATE, number, result -> {});
        this.objects = objects;
        this.number = number;
        this.made = made;
    }

    @Override
    int effect(RandomGenerator random) {
        objects.put(number, made);
        return 0;
    }

    @Override
    void interrupted(RandomGenerator random) {
        if (random.nextBoolean()) {
            objects.put(number, random.nextBoolean() ? made : new SimulatedObject(number, 0));
        }
    }
}
