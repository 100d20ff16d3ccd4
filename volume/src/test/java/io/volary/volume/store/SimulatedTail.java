package io.volary.volume.store;

import io.volary.linux.PageMemory;
import io.volary.volume.log.LeftTail;
import io.volary.volume.log.TailMemory;
import io.volary.volume.log.TailSlot;
import io.volary.volume.log.TailWindows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Memory that survives the death of a simulated process, and not that of its machine. */
public final class SimulatedTail implements AutoCloseable {
    private final List<Life> left = new ArrayList<>();
    private Life current = new Life();
    private boolean always;

    /** What one process has. */
    private static final class Life {
        private final Arena arena = Arena.ofShared();
        private final List<MemorySegment> slots = new ArrayList<>();

        MemorySegment slot() {
            MemorySegment slot = PageMemory.allocate(arena, TailSlot.BYTES);
            slots.add(slot);
            return slot;
        }
    }

    /** Processes have as much of it as they may use; else some have less, or none. */
    public void always() {
        always = true;
    }

    /** What the living process has of it. */
    public TailMemory memory(RandomGenerator random) {
        int drawn = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(TailWindows.MAX);
        int most = always ? TailWindows.MAX : drawn;
        return new TailMemory() {
            private final Life life = current;

            @Override
            public @Nullable MemorySegment slot() {
                return life.slots.size() < most ? life.slot() : null;
            }
        };
    }

    /** What dead processes have left. */
    public LeftTail left() {
        return new LeftTail(left.stream().flatMap(life -> life.slots.stream()).toList());
    }

    /** All that was left is where it belongs. */
    public void forgetLeft() {
        left.forEach(life -> life.arena.close());
        left.clear();
    }

    void killProcess() {
        left.add(current);
        current = new Life();
    }

    /** Nobody uses the machine any more. */
    @Override
    public void close() {
        forgetLeft();
        current.arena.close();
    }
}
