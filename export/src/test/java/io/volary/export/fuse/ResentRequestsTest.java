package io.volary.export.fuse;

import static io.volary.export.fuse.FuseConversation.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.volary.export.TestLoop;
import io.volary.export.fuse.FuseConversation.Reply;
import io.volary.linux.Errno;
import io.volary.linux.IoEngineKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests that a server has read, and perhaps run, before it died, and that the kernel sends again to the next one: none runs
 * twice, and each gets the reply that it would have got.
 */
class ResentRequestsTest {
    private static final long ROOT = NodeTable.ROOT;
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0100;
    private static final int O_EXCL = 0200;
    private static final int REGULAR = 0100000;
    private static final int BYTES = 512;
    private static final int NODE = 0;
    private static final int CREATED_HANDLE = ReplyDescriptor.ENTRY_BYTES;

    @TempDir
    private Path directory;

    private final TestLoop loop = new TestLoop(IoEngineKind.PLAIN);
    private final TestVolumes volumes = new TestVolumes().changing(loop.loop());
    private FuseConversation kernel;

    @BeforeEach
    void start() {
        kernel = new FuseConversation(loop, volumes, directory);
    }

    @AfterEach
    void close() {
        kernel.close();
        loop.close();
    }

    private static ByteBuffer create(String name) {
        return body(O_RDWR | O_CREAT | O_EXCL, REGULAR | 0640, 0, 0, name);
    }

    private static ByteBuffer rename(String name, String newName) {
        return body(ROOT, name, newName);
    }

    private Reply well(Reply reply) {
        assertThat(reply.errno()).isZero();
        return reply;
    }

    private boolean exists(String name) {
        return volumes.names().contains(name) || Files.exists(directory.resolve(name));
    }

    private void making(String name) {
        well(kernel.ask(Opcode.MKNOD, ROOT, body(REGULAR | 0600, 0, 0, 0, name)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"v", "v.txt"})
    void createIsAnsweredAsTheFirstTime(String name) throws IOException {
        Reply first = well(kernel.ask(Opcode.CREATE, ROOT, create(name)));
        Reply again = well(kernel.restarted().askAgain(Opcode.CREATE, ROOT, create(name)));
        assertThat(again.body().getLong(NODE)).isEqualTo(first.body().getLong(NODE));
        assertThat(again.body().getLong(CREATED_HANDLE)).isEqualTo(first.body().getLong(CREATED_HANDLE));
        assertThat(kernel.ask(Opcode.CREATE, ROOT, create(name)).errno()).isEqualTo(Errno.EEXIST);
        assertThat(kernel.restarted()
                        .askAgain(Opcode.CREATE, ROOT, create(name))
                        .errno())
                .as("it had not run")
                .isEqualTo(Errno.EEXIST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"v", "v.txt"})
    void createThatHadNotRunRuns(String name) {
        volumes.dieAtTheNextChange();
        kernel.ask(Opcode.CREATE, ROOT, create(name));
        well(kernel.restarted().askAgain(Opcode.CREATE, ROOT, create(name)));
        assertThat(exists(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"v", "v.txt"})
    void whatWasMadeAndHasGoneSinceIsNotMadeAgain(String name) throws IOException {
        ByteBuffer body = body(REGULAR | 0600, 0, 0, 0, name);
        well(kernel.ask(Opcode.MKNOD, ROOT, body));
        volumes.remove(name);
        Files.deleteIfExists(directory.resolve(name));
        assertThat(kernel.restarted().askAgain(Opcode.MKNOD, ROOT, body).errno())
                .isEqualTo(Errno.ENOENT);
        assertThat(exists(name)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"v", "v.txt"})
    void makeNode(String name) {
        ByteBuffer body = body(REGULAR | 0600, 0, 0, 0, name);
        Reply first = well(kernel.ask(Opcode.MKNOD, ROOT, body));
        Reply again = well(kernel.restarted().askAgain(Opcode.MKNOD, ROOT, body));
        assertThat(again.body().getLong(NODE)).isEqualTo(first.body().getLong(NODE));
        assertThat(kernel.ask(Opcode.MKNOD, ROOT, body).errno()).isEqualTo(Errno.EEXIST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"v", "v.txt"})
    void unlink(String name) {
        making(name);
        well(kernel.ask(Opcode.UNLINK, ROOT, body(name)));
        well(kernel.restarted().askAgain(Opcode.UNLINK, ROOT, body(name)));
        making(name);
        assertThat(exists(name)).isTrue();
        assertThat(kernel.ask(Opcode.UNLINK, ROOT, body("none")).errno()).isEqualTo(Errno.ENOENT);
        assertThat(kernel.restarted()
                        .askAgain(Opcode.UNLINK, ROOT, body("none"))
                        .errno())
                .as("it had not run")
                .isEqualTo(Errno.ENOENT);
    }

    @Test
    void unlinkDoesNotDeleteWhatHasComeSince() {
        making("v");
        well(kernel.ask(Opcode.UNLINK, ROOT, body("v")));
        volumes.with("v", 4096, loop.loop());
        well(kernel.restarted().askAgain(Opcode.UNLINK, ROOT, body("v")));
        assertThat(exists("v")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"v", "v.txt"})
    void unlinkThatHadNotRunRuns(String name) {
        making(name);
        volumes.dieAtTheNextChange();
        kernel.ask(Opcode.UNLINK, ROOT, body(name));
        well(kernel.restarted().askAgain(Opcode.UNLINK, ROOT, body(name)));
        assertThat(exists(name)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"v w", "v.txt w.txt", "v.txt w", "v w.txt"})
    void rename(String names) {
        String name = names.split(" ", 2)[0];
        String newName = names.split(" ", 2)[1];
        long node = well(kernel.ask(Opcode.MKNOD, ROOT, body(REGULAR | 0600, 0, 0, 0, name)))
                .body()
                .getLong(NODE);
        well(kernel.ask(Opcode.RENAME, ROOT, rename(name, newName)));
        well(kernel.restarted().askAgain(Opcode.RENAME, ROOT, rename(name, newName)));
        assertThat(exists(name)).isFalse();
        assertThat(exists(newName)).isTrue();
        assertThat(well(kernel.ask(Opcode.LOOKUP, ROOT, body(newName))).body().getLong(NODE))
                .isEqualTo(node);
        assertThat(kernel.ask(Opcode.RENAME, ROOT, rename(name, newName)).errno())
                .isEqualTo(Errno.ENOENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"v w", "v.txt w", "v w.txt"})
    void renameThatHadNotRunRuns(String names) {
        String name = names.split(" ", 2)[0];
        String newName = names.split(" ", 2)[1];
        making(name);
        volumes.dieAtTheNextChange();
        ByteBuffer body = body(ROOT, 1, 0, name, newName); // RENAME_NOREPLACE
        kernel.ask(Opcode.RENAME2, ROOT, body);
        well(kernel.restarted().askAgain(Opcode.RENAME2, ROOT, body));
        assertThat(exists(name)).isFalse();
        assertThat(exists(newName)).isTrue();
    }

    @Test
    void renameThatWasInterruptedBehindTheChangeIsFinished() {
        making("v");
        volumes.dieAfterTheNextChange();
        kernel.ask(Opcode.RENAME, ROOT, rename("v", "w"));
        well(kernel.restarted().askAgain(Opcode.RENAME, ROOT, rename("v", "w")));
        assertThat(volumes.names()).containsExactly("w");
        making("v");
        volumes.dieAfterTheNextChange();
        kernel.ask(Opcode.RENAME, ROOT, rename("v", "v.txt"));
        well(kernel.restarted().askAgain(Opcode.RENAME, ROOT, rename("v", "v.txt")));
        assertThat(exists("v")).isFalse();
        assertThat(exists("v.txt")).isTrue();
    }

    @Test
    void renameDoesNotMoveWhatHasComeSince() {
        making("v");
        well(kernel.ask(Opcode.RENAME, ROOT, rename("v", "w")));
        volumes.with("v", 4096, loop.loop());
        well(kernel.restarted().askAgain(Opcode.RENAME, ROOT, rename("v", "w")));
        assertThat(volumes.names()).isEqualTo(List.of("v", "w"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"v", "v.txt"})
    void whatIsOpenStaysOpenAndIsClosedOnce(String name) {
        long node = well(kernel.ask(Opcode.MKNOD, ROOT, body(REGULAR | 0600, 0, 0, 0, name)))
                .body()
                .getLong(NODE);
        ByteBuffer open = body(O_RDWR, 0);
        long handle = well(kernel.ask(Opcode.OPEN, node, open)).body().getLong(0);
        assertThat(well(kernel.restarted().askAgain(Opcode.OPEN, node, open))
                        .body()
                        .getLong(0))
                .isEqualTo(handle);
        long other = well(kernel.ask(Opcode.OPEN, node, open)).body().getLong(0);
        ByteBuffer write = body(handle, 0L, BYTES, 0, 0L, 0, 0, "o".repeat(BYTES));
        well(kernel.ask(Opcode.WRITE, node, write));
        well(kernel.restarted().askAgain(Opcode.WRITE, node, write));
        ByteBuffer read = well(kernel.ask(Opcode.READ, node, body(other, 0L, BYTES, 0, 0L, 0, 0)))
                .body();
        assertThat((char) read.get(BYTES - 1)).isEqualTo('o');
        ByteBuffer release = body(handle, 0, 0, 0L);
        well(kernel.ask(Opcode.RELEASE, node, release));
        long reopened = well(kernel.ask(Opcode.OPEN, node, open)).body().getLong(0);
        well(kernel.restarted().askAgain(Opcode.RELEASE, node, release));
        assertThat(kernel.ask(Opcode.READ, node, body(handle, 0L, BYTES, 0, 0L, 0, 0))
                        .errno())
                .isEqualTo(Errno.EBADF);
        well(kernel.ask(Opcode.READ, node, body(reopened, 0L, BYTES, 0, 0L, 0, 0)));
        for (long left : new long[] {other, reopened}) {
            well(kernel.ask(Opcode.RELEASE, node, body(left, 0, 0, 0L)));
        }
    }

    @Test
    void directoriesAreReadOn() {
        for (int i = 0; i < 50; i++) {
            making("v" + i);
        }
        long handle = well(kernel.ask(Opcode.OPENDIR, ROOT, body(0, 0))).body().getLong(0);
        assertThat(well(kernel.restarted().askAgain(Opcode.OPENDIR, ROOT, body(0, 0)))
                        .body()
                        .getLong(0))
                .isEqualTo(handle);
        var found = new ArrayList<Long>();
        long position = 0;
        while (true) {
            ByteBuffer list = well(kernel.restarted()
                            .ask(Opcode.READDIR, ROOT, body(handle, position, 200, 0, 0L, 0, 0)))
                    .body();
            if (!list.hasRemaining()) {
                break;
            }
            while (list.hasRemaining()) {
                list.getLong();
                position = list.getLong();
                found.add(position);
                int length = list.getInt();
                list.position(list.position() + 4 + (length + 7 & ~7));
            }
        }
        assertThat(found).hasSize(52).doesNotHaveDuplicates();
        well(kernel.ask(Opcode.RELEASEDIR, ROOT, body(handle, 0, 0, 0L)));
    }
}
