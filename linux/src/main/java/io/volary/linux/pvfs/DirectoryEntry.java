package io.volary.linux.pvfs;

/** A name in a directory, and the handle of what it stands for. */
public record DirectoryEntry(String name, long handle) {}
