package io.volary.export.vhost;

import static io.volary.export.vhost.MessageType.*;

import io.volary.export.vhost.memory.ViolationException;

/** Does what the messages of a front-end say, and answers them. */
final class MessageHandler {
    private final Connection connection;
    private final Rings rings;
    private final MessageChannel channel;
    private final MemoryMessages memory;
    private final RingMessages ring;
    private final ConfigMessages config;
    private long features;
    private long protocolFeatures;

    MessageHandler(Connection connection, Rings rings, MessageChannel channel) {
        this.connection = connection;
        this.rings = rings;
        this.channel = channel;
        memory = new MemoryMessages(connection.memory(), rings);
        ring = new RingMessages(connection, rings, channel);
        config = new ConfigMessages(connection.blockDevice());
    }

    long features() {
        return features;
    }

    /** Without a flush, or without a cache that it would be for, a write has to be durable when it ends. */
    boolean writesAreDurable() {
        return !config.writeback() || !Features.has(features, Features.FLUSH);
    }

    void configChanged() {
        config.changed();
    }

    void close() {
        config.close();
    }

    void handle(Message message) {
        try (message) {
            switch (dispatch(message)) {
                case DONE -> acknowledge(message, needsAcknowledgement(message));
                case ANSWERED -> channel.send(message);
                case POSTPONED -> {}
            }
        }
    }

    private boolean needsAcknowledgement(Message message) {
        return message.needsReply() && Features.has(protocolFeatures, Features.PROTOCOL_REPLY_ACK);
    }

    private void acknowledge(Message message, boolean needed) {
        if (needed) {
            message.reply(0L);
            channel.send(message);
        }
    }

    private Outcome dispatch(Message message) {
        boolean packed = Features.has(features, Features.PACKED);
        return switch (message.request()) {
            case GET_FEATURES -> answer(message, Features.of(connection.blockDevice()));
            case SET_FEATURES -> acceptFeatures(message);
            case SET_OWNER -> Outcome.DONE;
            case RESET_OWNER, RESET_DEVICE -> reset(message);
            case GET_PROTOCOL_FEATURES -> answer(message, Features.PROTOCOL);
            case SET_PROTOCOL_FEATURES -> acceptProtocolFeatures(message);
            case GET_QUEUE_NUM -> answer(message, Rings.MAX_QUEUES);
            case SET_MEM_TABLE -> memory.replaceAll(message);
            case GET_MAX_MEM_SLOTS -> memory.slots(message);
            case ADD_MEM_REGION -> memory.add(message);
            case REMOVE_MEM_REGION -> memory.remove(message);
            case SET_LOG_BASE -> memory.log(message, Features.has(protocolFeatures, Features.PROTOCOL_LOG));
            case SET_LOG_FD -> memory.logListener(message);
            case SET_VRING_NUM -> ring.size(message);
            case SET_VRING_ADDR -> ring.addresses(message);
            case SET_VRING_BASE -> ring.base(message);
            case GET_VRING_BASE -> ring.stop(message);
            case SET_VRING_KICK -> ring.kick(message);
            case SET_VRING_CALL -> ring.call(message);
            case SET_VRING_ERR -> ring.error(message);
            case SET_VRING_ENABLE -> ring.enable(message);
            case GET_INFLIGHT -> ring.createInflight(message);
            case SET_INFLIGHT -> ring.takeInflight(message, packed);
            case GET_CONFIG -> config.read(message);
            case SET_CONFIG -> config.write(message);
            case SET_BACKEND_CHANNEL -> config.takeChannel(message);
            default -> throw new ViolationException("a message of the unknown type " + message.request());
        };
    }

    private static Outcome answer(Message message, long value) {
        message.reply(value);
        return Outcome.ANSWERED;
    }

    /** May come again while rings run, to begin or end a log; what concerns a ring counts when it starts. */
    private Outcome acceptFeatures(Message message) {
        features = accepted(message, Features.of(connection.blockDevice()));
        connection.memory().logData(Features.has(features, Features.LOG_ALL));
        return Outcome.DONE;
    }

    private Outcome acceptProtocolFeatures(Message message) {
        protocolFeatures = accepted(message, Features.PROTOCOL);
        return Outcome.DONE;
    }

    private static long accepted(Message message, long offered) {
        long wanted = message.withPayload(Long.BYTES).int64(0);
        if ((wanted & ~offered) != 0) {
            throw new ViolationException("features that were not offered: 0x" + Long.toHexString(wanted & ~offered));
        }
        return wanted;
    }

    private Outcome reset(Message message) {
        boolean acknowledged = needsAcknowledgement(message);
        rings.beginStopOfAll();
        connection.whenDrained(-1, () -> {
            rings.stopAll();
            connection.release();
            connection.setInflight(null);
            connection.memory().log().clear();
            features = 0;
            config.reset();
            acknowledge(message, acknowledged);
        });
        return Outcome.POSTPONED;
    }
}
