package io.volary.volume.map;

/** Hears of map nodes in the log that no volume needs any more. */
@FunctionalInterface
public interface NodeDeaths {
    void nodeDied(long place);
}
