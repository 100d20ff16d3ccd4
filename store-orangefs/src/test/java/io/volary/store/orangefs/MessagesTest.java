package io.volary.store.orangefs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.linux.pvfs.DirectoryEntry;
import io.volary.store.orangefs.child.Operation;
import io.volary.store.orangefs.child.Reply;
import io.volary.store.orangefs.child.Request;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MessagesTest {
    private final ByteBuffer message = ByteBuffer.allocate(Math.max(Reply.MAX_BYTES, Request.MAX_BYTES));

    @Test
    void aRequestComesBack() {
        var request = new Request(Operation.RENAME, 7, -1, 1L << 40, 31, 512 << 10, "from", "to");

        assertThat(Request.decode(message.slice(0, request.encode(message)))).isEqualTo(request);
    }

    @Test
    void theLongestReplyFits() {
        var entry = new DirectoryEntry("\u00ff".repeat(256), -1);
        var reply = new Reply(0, 7, 9, Collections.nCopies(128, entry));

        assertThat(Reply.decode(message.slice(0, reply.encode(message)))).isEqualTo(reply);
        assertThat(Reply.decode(message.slice(
                                0, Reply.failure(1, 5, "x".repeat(9999)).encode(message)))
                        .errno())
                .isEqualTo(5);
    }

    @Test
    void fieldsHaveLimits() {
        int length = Request.named(Operation.LOOKUP, 1, "/a").encode(message);
        for (int at : List.of(0, 4, 32, 36, 40, 44)) {
            for (int value : List.of(-1, Integer.MAX_VALUE, Integer.MIN_VALUE)) {
                ByteBuffer copy = ByteBuffer.allocate(length).put(message.slice(0, length));
                copy.order(ByteOrder.nativeOrder()).putInt(at, value);
                assertThatThrownBy(() -> Request.decode(copy)).isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    @Test
    void rottenMessagesAreRefusedOrRead() {
        var random = new Random(1);
        var reply = new Reply(0, 7, 9, Collections.nCopies(3, new DirectoryEntry("name", 5)));
        int length = reply.encode(message);
        for (int i = 0; i < 20_000; i++) {
            ByteBuffer copy = ByteBuffer.allocate(length).put(message.slice(0, length));
            for (int j = random.nextInt(4); j >= 0; j--) {
                copy.put(random.nextInt(length), (byte) random.nextInt());
            }
            try {
                assertThat(Reply.decode(copy).entries()).hasSizeLessThanOrEqualTo(128);
            } catch (IllegalArgumentException refused) {
                assertThat(refused).hasMessageMatching(".+");
            }
        }
    }
}
