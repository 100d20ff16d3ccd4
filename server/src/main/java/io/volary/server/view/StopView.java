package io.volary.server.view;

/** What a daemon that stops leaves behind: its process, until that ends, and how many clients were attached. */
public record StopView(long pid, int clients) {}
