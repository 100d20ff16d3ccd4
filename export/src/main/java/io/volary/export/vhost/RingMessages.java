package io.volary.export.vhost;

import io.volary.export.vhost.memory.ViolationException;
import io.volary.linux.EventFd;
import io.volary.linux.IoEngine;
import org.jspecify.annotations.Nullable;

/** The messages about single rings, and about what is in flight on all of them. */
final class RingMessages {
    /** The ring's number and a value, 4 bytes each. */
    private static final int STATE_BYTES = 8;

    /** The ring's number and flags, 4 bytes each; descriptors, used ring, available ring, log; 8 bytes each. */
    private static final int ADDRESS_BYTES = 40;

    private static final int FLAG_LOG = 1;

    private static final int RING_MASK = 0xff;
    private static final int NO_DESCRIPTOR = 1 << 8;

    private final Connection connection;
    private final Rings rings;
    private final MessageChannel channel;
    private final IoEngine io;

    RingMessages(Connection connection, Rings rings, MessageChannel channel) {
        this.connection = connection;
        this.rings = rings;
        this.channel = channel;
        io = connection.export().loop().io();
    }

    Outcome size(Message message) {
        message.withPayload(STATE_BYTES);
        rings.settingsAtRest(message.int32(0)).size(message.int32(4));
        return Outcome.DONE;
    }

    Outcome base(Message message) {
        message.withPayload(STATE_BYTES);
        rings.settingsAtRest(message.int32(0)).base(message.int32(4));
        return Outcome.DONE;
    }

    Outcome addresses(Message message) {
        message.withPayload(ADDRESS_BYTES);
        int index = message.int32(0);
        RingSettings ring = rings.settings(index);
        ring.addresses(message.int64(8), message.int64(24), message.int64(16));
        ring.log((message.int32(4) & FLAG_LOG) != 0, message.int64(32));
        rings.moved(index);
        return Outcome.DONE;
    }

    Outcome enable(Message message) {
        message.withPayload(STATE_BYTES);
        rings.settings(message.int32(0)).enable(message.int32(4) != 0);
        rings.startAll();
        return Outcome.DONE;
    }

    Outcome kick(Message message) {
        int index = index(message);
        EventFd event = event(message);
        RingSettings ring = rings.settings(index);
        ring.start(event == null ? null : new KickWatch(io, event, () -> rings.kicked(index)));
        if (!Features.has(connection.features(), Features.PROTOCOL_FEATURES)) {
            ring.enable(true);
        }
        rings.startAll();
        return Outcome.DONE;
    }

    Outcome call(Message message) {
        EventFd call = event(message);
        rings.settings(index(message)).call(call);
        if (call != null) {
            call.signal(); // a daemon that died may have ended requests, and not said so
        }
        return Outcome.DONE;
    }

    /** Where errors would be signalled. Here they end the connection, which tells more. */
    Outcome error(Message message) {
        rings.settings(index(message));
        return Outcome.DONE;
    }

    private static int index(Message message) {
        return (int) message.withPayload(Long.BYTES).int64(0) & RING_MASK;
    }

    private static @Nullable EventFd event(Message message) {
        boolean none = (message.int64(0) & NO_DESCRIPTOR) != 0;
        return none ? null : message.takeEvent();
    }

    /** Stops a ring; the answer is where it would go on. */
    Outcome stop(Message message) {
        int index = message.withPayload(STATE_BYTES).int32(0);
        rings.beginStop(index);
        connection.whenDrained(index, () -> {
            message.int32(4, rings.stop(index));
            connection.release();
            message.reply(STATE_BYTES);
            channel.send(message);
        });
        return Outcome.POSTPONED;
    }

    Outcome createInflight(Message message) {
        try (var memory = InflightMemory.create(message)) {
            message.reply(message.size());
            channel.send(message, memory.fd());
        }
        return Outcome.POSTPONED;
    }

    Outcome takeInflight(Message message, boolean packed) {
        if (!rings.noneRuns()) {
            throw new ViolationException("an inflight region for rings that run already");
        }
        try (var file = message.takeDescriptor()) {
            var inflight = new InflightMemory(message, packed, file);
            connection.setInflight(inflight);
            connection.expectRecovery(inflight.unfinished(packed));
        }
        return Outcome.DONE;
    }
}
