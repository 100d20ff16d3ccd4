package io.volary.export.fuse;

import io.volary.fuzz.FuzzTarget;
import io.volary.fuzz.Parses;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a server has written down of a mount: what is accepted says the same when it is written and read again. */
@Parses({MountState.class, FileNames.class, VolumeMarks.class})
public final class MountStateTarget implements FuzzTarget {
    private final FileNames names = new FileNames(new TestVolumes());

    @Override
    public List<byte[]> seeds() {
        return List.of(
                bytes("mount 12 true\nlast 7 9\nnode 2 VOLUME disk disk\nnode 3 ROOT % %\ngone 3\n"),
                bytes("opened 65536 100 2 true 17\nheld 65536\nbegan 100\nended 100 0\nended 102 2\nclosed 65536\n"),
                bytes("marks disk 384 0 0 12 2020-01-01T00:00:00Z - -\nmarks % 1 2 3 4 - - -\nunmarked disk\n"),
                bytes("disk"),
                bytes("disk.xml"),
                bytes("node 4 PLAIN % a%20b%FF%GG\nheld 12\n"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void run(byte[] input) {
        String text = new String(input, StandardCharsets.ISO_8859_1);
        String name = FileNames.decode(text);
        if (!FileNames.decode(FileNames.encode(name)).equals(name)) {
            throw new AssertionError("a name that is not the same on disk");
        }
        names.isVolume(name);
        var state = new MountState();
        try {
            text.lines().forEach(state::apply);
        } catch (RuntimeException refused) { // of whatever kind
            return;
        }
        checkMarks(state.marks("disk"));
        String written = state.text();
        var again = new MountState();
        written.lines().forEach(again::apply);
        if (!again.text().equals(written)) {
            throw new AssertionError("a state that is not the same when it is read again: " + written);
        }
    }

    private static void change(VolumeMarks marks, int what) {
        marks.attributes(Attributes.REGULAR, 1, 1);
        if ((what & 1) != 0) {
            marks.modified();
        }
        marks.access((what & 2) - 1, (what & 4) - 1, (what & 8) - 1);
        marks.times((what & 2) == 0 ? null : Instant.EPOCH, (what & 4) == 0 ? null : Instant.EPOCH);
        marks.attributes(Attributes.REGULAR, 1, 1);
        if ((what & 8) != 0) {
            marks.modified();
        }
    }

    private static void checkMarks(@Nullable String marks) {
        if (marks != null) {
            try {
                var changed = new VolumeMarks(marks);
                change(changed, marks.length());
                if (!new VolumeMarks(changed.text()).text().equals(changed.text())) {
                    throw new AssertionError("marks that are not the same when they are read again");
                }
            } catch (RuntimeException refused) {
                // of whatever kind
            }
        }
    }
}
