package io.volary.volume.family;

import io.volary.block.BlockStatus;
import io.volary.volume.format.ControlRecord;
import io.volary.volume.log.LogWriter;
import io.volary.volume.log.RecordSink;
import io.volary.volume.log.SyncWaiter;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * Control operations on their way into the log, in order; each is acknowledged when it is durable, or applied if that is enough.
 * On the loop.
 */
final class ControlQueue {
    /** While it cannot be told whose the family is, that is asked again so often. */
    static final long UNCERTAIN_NANOS = 20_000_000;

    private final Family family;
    private final ArrayDeque<Pending> waiting = new ArrayDeque<>();
    private int underWay;

    ControlQueue(Family family) {
        this.family = family;
    }

    void add(ControlRecord operation, boolean durable, Consumer<BlockStatus> done) {
        waiting.add(new Pending(operation.encode(), durable, done));
        underWay++;
    }

    boolean busy() {
        return underWay > 0;
    }

    void work() {
        LogWriter log = family.log();
        while (!waiting.isEmpty()) {
            Pending next = waiting.element();
            if (log.control(next.payload, next)) {
                waiting.remove();
            } else {
                BlockStatus refusal = log.controlRefusal();
                if (refusal == null) {
                    return;
                }
                waiting.remove();
                next.end(refusal);
            }
        }
    }

    private final class Pending implements RecordSink, SyncWaiter {
        private final byte[] payload;
        private final boolean durable;
        private final Consumer<BlockStatus> done;
        private long sequence;

        Pending(byte[] payload, boolean durable, Consumer<BlockStatus> done) {
            this.payload = payload;
            this.durable = durable;
            this.done = done;
        }

        @Override
        public void recordDone(BlockStatus status, long recordSequence) {
            if (status != BlockStatus.OK || !durable) {
                end(status);
                return;
            }
            sequence = recordSequence;
            family.log().sync(this);
        }

        @Override
        public long syncSequence() {
            return sequence;
        }

        @Override
        public void synced(BlockStatus status) {
            end(status);
        }

        /** As with requests: nothing is answered while it cannot be told whose the family is. */
        void end(BlockStatus status) {
            switch (family.tenure()) {
                case UNCERTAIN -> family.loop().after(UNCERTAIN_NANOS, () -> end(status));
                case LOST -> tell(status == BlockStatus.OK ? BlockStatus.FENCED : status);
                case HELD -> tell(status);
            }
        }

        private void tell(BlockStatus status) {
            underWay--;
            done.accept(status);
        }
    }
}
