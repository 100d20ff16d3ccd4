package io.volary.export.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.export.fuse.Node.Place;
import org.junit.jupiter.api.Test;

class NodeTableTest {
    private final NodeTable table = new NodeTable(MountJournal.create(true));

    @Test
    void aNodeIsKnownUntilItIsForgotten() {
        long node = table.told(Place.volume("v"));
        assertThat(table.told(Place.volume("v"))).isEqualTo(node);
        assertThat(table.place(node)).isEqualTo(Place.volume("v"));
        table.forget(node, 1);
        assertThat(table.place(node)).isEqualTo(Place.volume("v"));
        table.forget(node, 1);
        assertThatThrownBy(() -> table.place(node)).isInstanceOf(FileRefusal.class);
        assertThat(table.told(Place.volume("v"))).isNotEqualTo(node);
    }

    @Test
    void aNodeMoves() {
        long node = table.told(Place.plain(".v.1"));
        long replaced = table.told(Place.volume("v"));
        table.moved(Place.plain(".v.1"), Place.volume("v"));
        assertThat(table.place(node)).isEqualTo(Place.volume("v"));
        assertThat(table.told(Place.volume("v"))).isEqualTo(node);
        assertThat(table.told(Place.plain(".v.1"))).isNotEqualTo(node).isNotEqualTo(replaced);
    }

    @Test
    void theRootStays() {
        table.forget(NodeTable.ROOT, 100);
        assertThat(table.place(NodeTable.ROOT)).isEqualTo(Place.ROOT);
    }
}
