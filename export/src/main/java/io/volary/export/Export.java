package io.volary.export;

import io.volary.block.BlockDevice;
import io.volary.linux.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * One disk that is offered under a name.
 *
 * @param name what clients ask for: {@code volume}, {@code volume@snapshot}, or {@code volume@} for the volume read-only
 * @param description one line for people
 * @param device the disk; its queues are used on {@code loop} only
 * @param attachments who is attached to the volume that the disk belongs to
 */
public record Export(String name, String description, BlockDevice device, EventLoop loop, Attachments attachments) {
    /** The snapshot that the disk is, or null if it is a volume itself. */
    public @Nullable String snapshot() {
        int at = name.indexOf('@');
        return at < 0 || at == name.length() - 1 ? null : name.substring(at + 1);
    }
}
