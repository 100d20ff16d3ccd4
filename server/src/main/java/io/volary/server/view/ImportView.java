package io.volary.server.view;

/** A hidden volume that waits for its data: {@code export} is the NBD export name to write it to. */
public record ImportView(String name, String export) {}
