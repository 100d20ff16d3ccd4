package io.volary.export.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HandleTableTest {
    private final HandleTable table = new HandleTable();

    @Test
    void findsWhatIsOpen() {
        var handles = new Handle[1000];
        var numbers = new long[handles.length];
        for (int i = 0; i < handles.length; i++) {
            handles[i] = new DirectoryHandle(i, List.of());
            numbers[i] = table.add(handles[i]);
        }
        assertThat(table.find(numbers[999])).isSameAs(handles[999]);
        table.remove(numbers[500]);
        table.remove(numbers[500]);
        assertThat(table.find(numbers[500])).isNull();
        assertThat(table.all()).hasSize(999);
        long again = table.add(handles[0]);
        assertThat(numbers).as("no number is given twice").doesNotContain(again);
        assertThat(table.find(numbers[500])).isNull();
        assertThat(table.find(again)).isSameAs(handles[0]);
    }

    @Test
    void goesOnWithTheNumbersOfAnother() {
        long first = table.add(new DirectoryHandle(1, List.of()));
        long last = table.add(new DirectoryHandle(2, List.of()));
        var lost = new LostHandle(last, new MountState.Opened(7, 2, false, 0, false));
        var next = new HandleTable(List.of(lost), last);
        assertThat(next.find(last)).isSameAs(lost);
        assertThat(next.find(first)).isNull();
        var opened = new DirectoryHandle(2, List.of());
        next.replace(last, opened);
        assertThat(next.find(last)).isSameAs(opened);
        assertThat(next.add(opened)).isNotIn(first, last);
        assertThat(next.add(opened)).isNotIn(first, last);
    }

    @Test
    void findsNothingElse() {
        assertThat(table.find(0)).isNull();
        assertThat(table.find(-1)).isNull();
        assertThat(table.find(Long.MAX_VALUE)).isNull();
        assertThat(table.find(1L << 32)).isNull();
    }
}
