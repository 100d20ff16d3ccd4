package io.volary.export.vhost;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.volary.export.vhost.ring.DriverRing;
import io.volary.export.vhost.ring.DriverRing.Piece;
import io.volary.export.vhost.ring.GuestRam;
import io.volary.linux.EventFd;
import io.volary.linux.SharedDescriptor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A guest with its front-end: memory, rings, and requests, each of which has a place of its own in memory. */
final class Guest implements AutoCloseable {
    static final int RING_SIZE = 64;

    private static final int RAM_BYTES = 16 << 20;
    private static final long RING_BYTES = 0x20000;
    private static final long SLOTS = 1 << 20;
    private static final long SLOT_BYTES = 65_536 + 4096;
    private static final long TABLE = 512;
    private static final long STATUS = 1024;
    private static final long DATA = 4096;
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long FEATURES = Features.VERSION_1 | Features.PROTOCOL_FEATURES | Features.FLUSH;

    /** How a guest's rings are. */
    record Kind(boolean packed, boolean indirect, boolean eventIndex) {
        long features() {
            return FEATURES
                    | (packed ? Features.PACKED : 0)
                    | (indirect ? Features.INDIRECT : 0)
                    | (eventIndex ? Features.EVENT_INDEX : 0);
        }
    }

    private final GuestRam ram = new GuestRam(RAM_BYTES);
    private final Kind kind;
    private final List<Ring> rings = new ArrayList<>();
    private RawFrontEnd frontEnd;
    private @Nullable SharedDescriptor inflight;
    private long[] inflightPayload = {};

    /** One ring, its events, and the requests on it by chain. */
    final class Ring {
        private final int index;
        private final DriverRing driver;
        private final EventFd kick = EventFd.create();
        private final EventFd call = EventFd.create();
        private final Map<Integer, Integer> slots = new HashMap<>();
        private final List<Integer> free = new ArrayList<>();
        private int kicks;
        private long logAddress = -1;

        private Ring(int index) {
            this.index = index;
            driver = DriverRing.create(ram.memory(), kind.packed, RING_SIZE, index * RING_BYTES, kind.eventIndex);
            for (int i = 0; i < 32; i++) {
                free.add(index * 32 + i);
            }
        }

        /** Offers a request; returns its slot, or -1 if there is no room. */
        int offer(int type, long sector, int outBytes, int inBytes) {
            if (free.isEmpty()) {
                return -1;
            }
            int slot = free.getLast();
            long at = slot(slot);
            ram.memory().set(JAVA_INT, at, type);
            ram.memory().set(JAVA_LONG, at + 8, sector);
            ram.memory().set(JAVA_BYTE, at + STATUS, (byte) 77);
            List<Piece> pieces = new ArrayList<>();
            pieces.add(new Piece(at, 16, false));
            if (outBytes > 0) {
                int first = Math.max(1, outBytes / 3);
                pieces.add(new Piece(at + DATA, first, false));
                if (outBytes > first) {
                    pieces.add(new Piece(at + DATA + first, outBytes - first, false));
                }
            }
            if (inBytes > 0) {
                pieces.add(new Piece(at + DATA, inBytes, true));
            }
            pieces.add(new Piece(at + STATUS, 1, true));
            return offer(slot, pieces, kind.indirect ? at + TABLE : -1);
        }

        private int offer(int slot, List<Piece> pieces, long table) {
            int id = driver.offer(pieces, table);
            if (id < 0) {
                return -1;
            }
            free.removeLast();
            slots.put(id, slot);
            if (driver.mustKick()) {
                kick.signal();
                kicks++;
            }
            return slot;
        }

        int kicks() {
            return kicks;
        }

        /** The slot of a request that has ended, or -1. */
        int take() {
            int id = driver.take();
            if (id < 0) {
                return -1;
            }
            Integer slot = slots.remove(id);
            if (slot == null) {
                throw new AssertionError("a request has ended twice");
            }
            free.add(slot);
            return slot;
        }

        int await() {
            long deadline = System.nanoTime() + LIMIT_NANOS;
            while (System.nanoTime() < deadline) {
                int slot = take();
                if (slot >= 0) {
                    return slot;
                }
                Thread.onSpinWait();
            }
            throw new AssertionError("no request ends");
        }

        long written() {
            return driver.written();
        }

        int outstanding() {
            return slots.size();
        }

        EventFd call() {
            return call;
        }

        DriverRing driver() {
            return driver;
        }
    }

    Guest(Path socket, Kind kind, int queues) {
        this.kind = kind;
        for (int i = 0; i < queues; i++) {
            rings.add(new Ring(i));
        }
        frontEnd = new RawFrontEnd(socket);
    }

    /** The slot's place in the guest's memory. */
    static long slot(int slot) {
        return SLOTS + slot * SLOT_BYTES;
    }

    MemorySegment data(int slot) {
        return ram.memory().asSlice(slot(slot) + DATA, 65_536);
    }

    int status(int slot) {
        return ram.memory().get(JAVA_BYTE, slot(slot) + STATUS);
    }

    GuestRam ram() {
        return ram;
    }

    Ring ring(int index) {
        return rings.get(index);
    }

    RawFrontEnd frontEnd() {
        return frontEnd;
    }

    Guest negotiate() {
        return negotiate(kind.features());
    }

    Guest negotiate(long features) {
        frontEnd.send(MessageType.SET_OWNER);
        frontEnd.ask(MessageType.GET_FEATURES);
        frontEnd.send(MessageType.SET_FEATURES, features);
        frontEnd.ask(MessageType.GET_PROTOCOL_FEATURES);
        frontEnd.send(MessageType.SET_PROTOCOL_FEATURES, Features.PROTOCOL);
        return this;
    }

    /** The inflight region, after {@link #trackInflight}. */
    SharedDescriptor inflight() {
        return Objects.requireNonNull(inflight);
    }

    /** Asks for an inflight region, as QEMU 10 does for smaller rings than it has, or brings the one that it has. */
    Guest trackInflight() {
        if (inflight == null) {
            frontEnd.send(MessageType.GET_INFLIGHT, 0, 0, rings.size() | (RING_SIZE / 8L) << 16);
            inflightPayload = frontEnd.answer(MessageType.GET_INFLIGHT);
            inflight = frontEnd.received().removeLast();
        }
        frontEnd.send(MessageType.SET_INFLIGHT, 0, inflightPayload, inflight.fd());
        return this;
    }

    Guest start() {
        frontEnd.share(ram);
        rings.forEach(ring -> start(ring, ring.driver.firstBase()));
        return this;
    }

    /** @param base as an earlier GET_VRING_BASE has said, or the first one */
    void start(Ring ring, int base) {
        frontEnd.send(MessageType.SET_VRING_NUM, ring.index | (long) RING_SIZE << 32);
        frontEnd.send(MessageType.SET_VRING_BASE, ring.index | (long) base << 32);
        sendAddresses(ring);
        frontEnd.send(MessageType.SET_VRING_KICK, 0, new long[] {ring.index}, ring.kick.fd());
        frontEnd.send(MessageType.SET_VRING_CALL, 0, new long[] {ring.index}, ring.call.fd());
        frontEnd.send(MessageType.SET_VRING_ENABLE, ring.index | 1L << 32);
    }

    private void sendAddresses(Ring ring) {
        frontEnd.send(
                MessageType.SET_VRING_ADDR,
                ring.index | (ring.logAddress == -1 ? 0 : 1L << 32),
                ring.driver.descriptorsAddress(),
                ring.driver.deviceAddress(),
                ring.driver.driverAddress(),
                ring.logAddress);
    }

    /** Wants what the device writes to a ring marked, the used ring or event suppression at a guest address; not if it is -1. */
    void log(Ring ring, long address) {
        ring.logAddress = address;
        sendAddresses(ring);
    }

    /** Begins or ends to have the data and the rings marked, as QEMU does when a migration begins or ends. */
    void log(boolean on) {
        frontEnd.send(MessageType.SET_FEATURES, kind.features() | (on ? Features.LOG_ALL : 0));
        for (Ring ring : rings) {
            log(ring, on ? ring.driver.deviceAddress() - GuestRam.USER + GuestRam.GUEST : -1);
        }
        frontEnd.isAlive();
    }

    /** Stops a ring and returns where it stands. */
    int stop(Ring ring) {
        return (int) (frontEnd.ask(MessageType.GET_VRING_BASE, ring.index) >>> 32);
    }

    /** Connects anew, to a back-end that has come back. */
    void reconnect(Path socket) {
        reconnect(socket, () -> {});
    }

    /** @param beforeStart what else is said before the rings start */
    void reconnect(Path socket, Runnable beforeStart) {
        frontEnd.close();
        frontEnd = new RawFrontEnd(socket);
        negotiate().trackInflight();
        frontEnd.share(ram);
        beforeStart.run();
        // As QEMU does it: of a split ring it knows where the used ring stands, of a packed one only where it began.
        for (Ring ring : rings) {
            long usedIndex = ring.driver.deviceAddress() - GuestRam.USER + 2;
            int used = Short.toUnsignedInt(ram.memory().get(java.lang.foreign.ValueLayout.JAVA_SHORT, usedIndex));
            start(ring, kind.packed ? ring.driver.firstBase() : used);
        }
    }

    /** The slot that the next request will have; -1 if there is none. */
    int nextSlot(int ring) {
        List<Integer> free = rings.get(ring).free;
        return free.isEmpty() ? -1 : free.getLast();
    }

    void kick(int ring) {
        rings.get(ring).kick.signal();
    }

    /** Runs one request to its end; returns its slot. */
    int run(int type, long sector, int outBytes, int inBytes) {
        Ring ring = rings.getFirst();
        int slot = ring.offer(type, sector, outBytes, inBytes);
        int ended = ring.await();
        if (slot != ended) {
            throw new AssertionError("another request has ended");
        }
        return slot;
    }

    @Override
    public void close() {
        frontEnd.close();
        rings.forEach(ring -> {
            ring.kick.close();
            ring.call.close();
        });
        if (inflight != null) {
            inflight.close();
        }
        ram.close();
    }
}
