package io.volary.export.nbd;

import static io.volary.export.nbd.HandshakeDescriptor.ERROR_INVALID;
import static io.volary.export.nbd.HandshakeDescriptor.ERROR_POLICY;
import static io.volary.export.nbd.HandshakeDescriptor.ERROR_TOO_BIG;
import static io.volary.export.nbd.HandshakeDescriptor.ERROR_UNKNOWN;
import static io.volary.export.nbd.HandshakeDescriptor.ERROR_UNSUPPORTED;
import static io.volary.export.nbd.HandshakeDescriptor.INFO_BLOCK_SIZE;
import static io.volary.export.nbd.HandshakeDescriptor.INFO_DESCRIPTION;
import static io.volary.export.nbd.HandshakeDescriptor.INFO_EXPORT;
import static io.volary.export.nbd.HandshakeDescriptor.INFO_NAME;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_ABORT;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_EXPORT_NAME;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_GO;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_INFO;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_LIST;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_LIST_META_CONTEXT;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_SET_META_CONTEXT;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_STARTTLS;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_STRUCTURED_REPLY;
import static io.volary.export.nbd.HandshakeDescriptor.REPLY_ACK;
import static io.volary.export.nbd.HandshakeDescriptor.REPLY_INFO;
import static io.volary.export.nbd.HandshakeDescriptor.REPLY_META_CONTEXT;
import static io.volary.export.nbd.HandshakeDescriptor.REPLY_SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.volary.block.MemoryBlockDevice;
import io.volary.export.nbd.RawClient.OptionReply;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The handshake, byte by byte. */
class NegotiationTest {
    private static final int SIZE = 1 << 20;
    private static final byte[] NOTHING = {};

    private final TestServer server = new TestServer().with("disk", new MemoryBlockDevice(SIZE));
    private RawClient client = RawClient.greeted(server.socket());

    private void reconnect() {
        client.close();
        client = RawClient.greeted(server.socket());
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
        assertThat(server.export("disk").attachments().clients()).isEmpty();
        assertThat(server.server().connections()).isZero();
    }

    private OptionReply only(int option, byte[] data) {
        client.option(option, data);
        OptionReply reply = client.optionReply();
        assertThat(reply.option()).isEqualTo(option);
        return reply;
    }

    private void structured() {
        assertThat(only(OPTION_STRUCTURED_REPLY, NOTHING).type()).isEqualTo(REPLY_ACK);
    }

    @Test
    void greetsWithFixedNewstyleAndNoZeroes() {
        try (var fresh = new RawClient(server.socket())) {
            ByteBuffer greeting = ByteBuffer.wrap(fresh.receive(18));
            assertThat(greeting.getLong()).isEqualTo(0x4e42444d41474943L);
            assertThat(greeting.getLong()).isEqualTo(0x49484156454f5054L);
            assertThat(greeting.getShort()).isEqualTo((short) 3);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 0x8000_0003, 0x100})
    void dropsClientsWithUnknownFlags(int flags) {
        try (var fresh = new RawClient(server.socket())) {
            fresh.receive(18);
            fresh.send(out -> out.writeInt(flags));
            assertThat(fresh.isClosed()).isTrue();
        }
    }

    @Test
    void abortIsAcknowledged() {
        assertThat(only(OPTION_ABORT, NOTHING).type()).isEqualTo(REPLY_ACK);
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void listsNamesAndDescriptions() {
        server.with("another", new MemoryBlockDevice(SIZE));
        OptionReply first = only(OPTION_LIST, NOTHING);
        assertThat(first.type()).isEqualTo(REPLY_SERVER);
        assertThat(first.data().array()).isEqualTo(RawClient.bytes(out -> {
            RawClient.string(out, "another");
            out.write("the disk another".getBytes(StandardCharsets.UTF_8));
        }));
        assertThat(client.optionReply().type()).isEqualTo(REPLY_SERVER);
        assertThat(client.optionReply().type()).isEqualTo(REPLY_ACK);
    }

    @Test
    void listTakesNoData() {
        assertThat(only(OPTION_LIST, new byte[1]).type()).isEqualTo(ERROR_INVALID);
        structured();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8_000, 11, -1})
    void unknownOptionsAreSkipped(int option) {
        assertThat(only(option, new byte[100]).type()).isEqualTo(ERROR_UNSUPPORTED);
        structured();
    }

    @Test
    void thereIsNoTlsHere() {
        assertThat(only(OPTION_STARTTLS, NOTHING).type()).isEqualTo(ERROR_POLICY);
        structured();
    }

    @Test
    void infoDescribesAndGoesOn() {
        client.option(OPTION_INFO, RawClient.exportRequest("disk", INFO_NAME, INFO_DESCRIPTION, INFO_BLOCK_SIZE, 77));
        Map<Integer, ByteBuffer> items = infos();
        assertThat(items).containsOnlyKeys(INFO_EXPORT, INFO_NAME, INFO_DESCRIPTION, INFO_BLOCK_SIZE);
        ByteBuffer export = item(items, INFO_EXPORT);
        assertThat(export.getLong()).isEqualTo(SIZE);
        assertThat(Short.toUnsignedInt(export.getShort())).isEqualTo(0b1101_0110_1101);
        assertThat(text(item(items, INFO_NAME))).isEqualTo("disk");
        assertThat(text(item(items, INFO_DESCRIPTION))).isEqualTo("the disk disk");
        ByteBuffer sizes = item(items, INFO_BLOCK_SIZE);
        assertThat(new int[] {sizes.getInt(), sizes.getInt(), sizes.getInt()}).containsExactly(512, 4096, 32 << 20);
        structured();
    }

    private static ByteBuffer item(Map<Integer, ByteBuffer> items, int type) {
        return Objects.requireNonNull(items.get(type));
    }

    private static String text(ByteBuffer utf8) {
        return StandardCharsets.UTF_8.decode(utf8).toString();
    }

    private Map<Integer, ByteBuffer> infos() {
        var items = new HashMap<Integer, ByteBuffer>();
        OptionReply reply = client.optionReply();
        while (reply.type() == REPLY_INFO) {
            ByteBuffer data = reply.data();
            assertThat(items.put((int) data.getShort(), data.slice())).isNull();
            reply = client.optionReply();
        }
        assertThat(reply.type()).isEqualTo(REPLY_ACK);
        return items;
    }

    @Test
    void aReadOnlyExportSaysSo() {
        server.with("disk@s", new MemoryBlockDevice(SIZE).asReadOnly());
        structured();
        client.option(OPTION_INFO, RawClient.exportRequest("disk@s"));
        ByteBuffer export = item(infos(), INFO_EXPORT);
        assertThat(Short.toUnsignedInt(export.getShort(8))).isEqualTo(0b101_1000_1111);
    }

    @ParameterizedTest
    @ValueSource(ints = {OPTION_INFO, OPTION_GO})
    void unknownExportsAreRefusedAndAnotherCanBeTried(int option) {
        assertThat(only(option, RawClient.exportRequest("nope")).type()).isEqualTo(ERROR_UNKNOWN);
        OptionReply unnamed = only(option, RawClient.exportRequest(""));
        assertThat(unnamed.type()).isEqualTo(ERROR_UNKNOWN);
        assertThat(unnamed.text()).contains("no default export");
        client.option(OPTION_GO, RawClient.exportRequest("disk"));
        assertThat(infos()).containsKey(INFO_EXPORT);
    }

    @Test
    void malformedInfoIsRefused() {
        byte[][] malformed = {
            NOTHING,
            {0, 0, 0},
            RawClient.bytes(out -> out.writeInt(Integer.MAX_VALUE)),
            RawClient.bytes(out -> out.writeInt(-1)),
            RawClient.bytes(out -> RawClient.string(out, "disk")),
            RawClient.bytes(out -> {
                RawClient.string(out, "disk");
                out.writeShort(2);
                out.writeShort(INFO_NAME);
            }),
            RawClient.bytes(out -> {
                RawClient.string(out, "disk");
                out.writeShort(0);
                out.write(0);
            }),
            RawClient.exportRequest("x".repeat(4097)),
            RawClient.exportRequest("di\0sk"),
            RawClient.bytes(out -> {
                out.writeInt(2);
                out.writeShort(0xc328);
                out.writeShort(0);
            })
        };
        for (byte[] data : malformed) {
            assertThat(only(OPTION_INFO, data).type()).isEqualTo(ERROR_INVALID);
            assertThat(only(OPTION_GO, data).type()).isEqualTo(ERROR_INVALID);
        }
        assertThat(only(OPTION_INFO, RawClient.exportRequest("x".repeat(4096))).type())
                .isEqualTo(ERROR_UNKNOWN);
        structured();
    }

    @Test
    void structuredReplyTakesNoData() {
        assertThat(only(OPTION_STRUCTURED_REPLY, new byte[4]).type()).isEqualTo(ERROR_INVALID);
    }

    @Test
    void exportNameEndsTheHandshakeWithoutZeroes() {
        client.option(OPTION_EXPORT_NAME, "disk".getBytes(StandardCharsets.UTF_8));
        ByteBuffer reply = ByteBuffer.wrap(client.receive(10));
        assertThat(reply.getLong()).isEqualTo(SIZE);
        client.request(RequestDescriptor.READ, 0, 1, 0, 512);
        assertThat(client.reply(512).payload().array()).hasSize(512);
    }

    @Test
    void exportNameEndsTheHandshakeWithZeroes() {
        try (var old = new RawClient(server.socket())) {
            old.receive(18);
            old.send(out -> out.writeInt(0));
            old.option(OPTION_EXPORT_NAME, "disk".getBytes(StandardCharsets.UTF_8));
            old.receive(10);
            assertThat(old.receive(124)).isEqualTo(new byte[124]);
            old.request(RequestDescriptor.FLUSH, 0, 1, 0, 0);
            assertThat(old.reply(0).error()).isZero();
        }
    }

    @Test
    void withoutFixedNewstyleOnlyExportNameIsAllowed() {
        try (var old = new RawClient(server.socket())) {
            old.receive(18);
            old.send(out -> out.writeInt(0));
            old.option(OPTION_LIST, NOTHING);
            assertThat(old.isClosed()).isTrue();
        }
    }

    @Test
    void exportNameOfAnUnknownExportEndsTheConnection() {
        client.option(OPTION_EXPORT_NAME, "nope".getBytes(StandardCharsets.UTF_8));
        assertThat(client.isClosed()).isTrue();
    }

    private static byte[] contexts(String export, String... queries) {
        return RawClient.bytes(out -> {
            RawClient.string(out, export);
            out.writeInt(queries.length);
            for (String query : queries) {
                RawClient.string(out, query);
            }
        });
    }

    private void listed(int option, boolean found, String... queries) {
        OptionReply reply = only(option, contexts("disk", queries));
        if (found) {
            assertThat(reply.type()).isEqualTo(REPLY_META_CONTEXT);
            assertThat(reply.text()).endsWith("base:allocation");
            reply = client.optionReply();
        }
        assertThat(reply.type()).isEqualTo(REPLY_ACK);
    }

    @Test
    void listsMetaContexts() {
        structured();
        listed(OPTION_LIST_META_CONTEXT, true);
        listed(OPTION_LIST_META_CONTEXT, true, "base:");
        listed(OPTION_LIST_META_CONTEXT, true, "x-none:a", "base:allocation");
        listed(OPTION_LIST_META_CONTEXT, false, "base:other");
        listed(OPTION_LIST_META_CONTEXT, false, "qemu:");
    }

    @Test
    void selectsMetaContexts() {
        structured();
        listed(OPTION_SET_META_CONTEXT, true, "base:allocation");
        listed(OPTION_SET_META_CONTEXT, false, "base:");
        listed(OPTION_SET_META_CONTEXT, false);
        listed(OPTION_SET_META_CONTEXT, false, "qemu:dirty-bitmap:x");
        listed(OPTION_SET_META_CONTEXT, true, "qemu:", "base:allocation", "base:allocation");
    }

    @Test
    void metaContextsNeedStructuredReplies() {
        assertThat(only(OPTION_SET_META_CONTEXT, contexts("disk", "base:allocation"))
                        .type())
                .isEqualTo(ERROR_INVALID);
        assertThat(only(OPTION_LIST_META_CONTEXT, contexts("disk")).type()).isEqualTo(ERROR_INVALID);
    }

    @Test
    void malformedMetaContextsAreRefused() {
        structured();
        assertThat(only(OPTION_SET_META_CONTEXT, NOTHING).type()).isEqualTo(ERROR_INVALID);
        assertThat(only(OPTION_SET_META_CONTEXT, contexts("nope", "base:allocation"))
                        .type())
                .isEqualTo(ERROR_UNKNOWN);
        byte[] cut = contexts("disk", "base:allocation");
        assertThat(only(OPTION_LIST_META_CONTEXT, Arrays.copyOf(cut, cut.length - 1))
                        .type())
                .isEqualTo(ERROR_INVALID);
        byte[] manyQueries = RawClient.bytes(out -> {
            RawClient.string(out, "disk");
            out.writeInt(1_000_000);
        });
        assertThat(only(OPTION_SET_META_CONTEXT, manyQueries).type()).isEqualTo(ERROR_TOO_BIG);
    }

    /** The last SET_META_CONTEXT counts, also when it failed, and only for its export. */
    @Test
    void blockStatusNeedsTheExportsOwnSelection() {
        server.with("other", new MemoryBlockDevice(SIZE));
        structured();
        listed(OPTION_SET_META_CONTEXT, true, "base:allocation");
        only(OPTION_SET_META_CONTEXT, contexts("nope", "base:allocation"));
        assertThat(blockStatusError("disk")).isEqualTo(22);

        reconnect();
        structured();
        listed(OPTION_SET_META_CONTEXT, true, "base:allocation");
        assertThat(blockStatusError("other")).isEqualTo(22);

        reconnect();
        structured();
        listed(OPTION_SET_META_CONTEXT, true, "base:allocation");
        assertThat(blockStatusError("disk")).isZero();
    }

    private int blockStatusError(String export) {
        client.option(OPTION_GO, RawClient.exportRequest(export));
        infos();
        client.request(RequestDescriptor.BLOCK_STATUS, 0, 1, 0, 512);
        return client.reply(0).error();
    }

    @Test
    void longOptionsAreSkippedAndRefused() {
        assertThat(only(OPTION_INFO, new byte[(64 << 10) + 1]).type()).isEqualTo(ERROR_TOO_BIG);
        assertThat(only(8_000, new byte[1 << 20]).type()).isEqualTo(ERROR_TOO_BIG);
        structured();
    }

    @Test
    void tooLongOptionsEndTheConnection() {
        client.option(OPTION_INFO, (1 << 20) + 1, NOTHING);
        assertThat(client.isClosed()).isTrue();
        reconnect();
        client.option(OPTION_LIST, -1, NOTHING);
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void tooManyOptionsEndTheConnection() {
        for (int i = 0; i < 1000; i++) {
            assertThat(only(OPTION_LIST, new byte[1]).type()).isEqualTo(ERROR_INVALID);
        }
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void garbageEndsTheConnection() {
        client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(client.isClosed()).isTrue();
    }
}
