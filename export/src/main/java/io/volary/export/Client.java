package io.volary.export;

import org.jspecify.annotations.Nullable;

/**
 * Somebody who is attached to a volume through an export.
 *
 * @param export the protocol: {@code nbd}, {@code vhost-user-blk}, {@code file}
 * @param identity what makes two connections one client: a process or a remote address
 * @param peer how people are told who it is, such as {@code pid 4711 (qemu-system-x86)}
 * @param snapshot the snapshot it reads, or null for the volume itself
 */
public record Client(
        String export,
        String identity,
        String peer,
        @Nullable String snapshot) {}
