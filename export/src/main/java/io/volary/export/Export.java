package io.volary.export;

import io.volary.block.BlockDevice;
import io.volary.linux.EventLoop;

/**
 * One disk that is offered under a name.
 *
 * @param name what clients ask for: {@code volume} or {@code volume@snapshot}
 * @param description one line for people
 * @param device the disk; its queues are used on {@code loop} only
 * @param attachments who is attached to the volume that the disk belongs to
 */
public record Export(String name, String description, BlockDevice device, EventLoop loop, Attachments attachments) {}
