package io.volary.server.view;

/** A way to reach a volume: {@code vhost-user-blk}, {@code nbd} or {@code file}, and where. */
public record ExportView(String type, String address) {}
