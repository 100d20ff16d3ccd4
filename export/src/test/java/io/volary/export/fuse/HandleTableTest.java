package io.volary.export.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HandleTableTest {
    private final HandleTable table = new HandleTable();

    @Test
    void findsWhatIsOpen() {
        var handles = new Handle[1000];
        for (int i = 0; i < handles.length; i++) {
            handles[i] = new DirectoryHandle(i, List.of());
            assertThat(table.add(handles[i])).isEqualTo(i);
        }
        assertThat(table.find(999)).isSameAs(handles[999]);
        table.remove(500);
        table.remove(500);
        assertThat(table.find(500)).isNull();
        assertThat(table.all()).hasSize(999);
        assertThat(table.add(handles[0])).isEqualTo(500);
        assertThat(table.add(handles[1])).isEqualTo(1000);
    }

    @Test
    void findsNothingElse() {
        assertThat(table.find(0)).isNull();
        assertThat(table.find(-1)).isNull();
        assertThat(table.find(Long.MAX_VALUE)).isNull();
        assertThat(table.find(1L << 32)).isNull();
    }
}
