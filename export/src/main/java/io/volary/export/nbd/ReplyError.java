package io.volary.export.nbd;

import io.volary.block.BlockStatus;
import java.nio.charset.StandardCharsets;

/** Why a request failed: the protocol's number ("Error values") and, in structured replies, a line for people. */
enum ReplyError {
    NONE(0, ""),
    READ_ONLY(1, "the export is read-only"),
    HELD(1, "another client holds the volume"),
    IO_ERROR(5, "the device failed; the server's log says more"),
    NO_MEMORY(12, "the server has no memory left"),
    UNKNOWN_COMMAND(22, "no such command"),
    BAD_FLAGS(22, "a command flag that does not apply"),
    EMPTY(22, "a length of zero"),
    NOT_ZERO(22, "offset and length of a flush must be zero"),
    UNALIGNED(22, "offset and length must be multiples of the minimum block size"),
    OUT_OF_RANGE(22, "beyond the end of the export"),
    PAYLOAD_TOO_LONG(22, "more than 32 MiB in one write"),
    NO_CONTEXT(22, "no metadata context was negotiated"),
    PAST_END(28, "a write beyond the end of the export"),
    NO_SPACE(28, "the server has no space left"),
    TOO_LONG(75, "more than 32 MiB in one read"),
    NOT_SUPPORTED(95, "the device cannot do that, or not fast"),
    FENCED(108, "another server has taken the volume over");

    private final int number;
    /** Encoded once: on the data path nothing is allocated. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final byte[] message;

    ReplyError(int number, String message) {
        this.number = number;
        this.message = message.getBytes(StandardCharsets.UTF_8);
    }

    static ReplyError of(BlockStatus status) {
        return switch (status) {
            case OK -> NONE;
            case IO_ERROR -> IO_ERROR;
            case NO_SPACE -> NO_SPACE;
            case INVALID_RANGE -> OUT_OF_RANGE;
            case READ_ONLY -> READ_ONLY;
            case UNSUPPORTED -> NOT_SUPPORTED;
            case FENCED -> FENCED;
        };
    }

    int number() {
        return number;
    }

    /** In UTF-8; not to be changed. */
    byte[] message() {
        return message;
    }
}
