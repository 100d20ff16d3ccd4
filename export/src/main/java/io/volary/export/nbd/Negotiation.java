package io.volary.export.nbd;

import static io.volary.export.nbd.HandshakeDescriptor.ERROR_POLICY;
import static io.volary.export.nbd.HandshakeDescriptor.ERROR_TLS_REQUIRED;
import static io.volary.export.nbd.HandshakeDescriptor.ERROR_TOO_BIG;
import static io.volary.export.nbd.HandshakeDescriptor.ERROR_UNSUPPORTED;
import static io.volary.export.nbd.HandshakeDescriptor.FLAG_FIXED_NEWSTYLE;
import static io.volary.export.nbd.HandshakeDescriptor.FLAG_NO_ZEROES;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_ABORT;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_EXPORT_NAME;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_GO;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_INFO;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_LIST;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_LIST_META_CONTEXT;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_SET_META_CONTEXT;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_STARTTLS;
import static io.volary.export.nbd.HandshakeDescriptor.OPTION_STRUCTURED_REPLY;

import io.volary.export.ExportDirectory;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The handshake with one client ("Fixed newstyle negotiation"), on a thread that may block, until it has chosen an export
 * or gone away.
 */
final class Negotiation {
    /** Enough for the longest name and a thousand queries of usual length. */
    private static final int MAX_OPTION_BYTES = 64 << 10;

    /** Longer options are not even skipped. */
    private static final int MAX_SKIPPED_BYTES = 1 << 20;

    private static final int MAX_OPTIONS = 1000;

    private final ExportDirectory directory;
    private final Peer peer;
    private final @Nullable TlsUpgrade tls;
    private NegotiationStream stream;
    private boolean encrypted;
    private boolean fixedNewstyle;
    private boolean noZeroes;
    private ExportChoice choice;

    /** @param tls how to encrypt, which the client then has to ask for; null if there is no TLS here */
    Negotiation(ExportDirectory directory, Peer peer, NegotiationStream stream, @Nullable TlsUpgrade tls) {
        this.directory = directory;
        this.peer = peer;
        this.stream = stream;
        this.tls = tls;
        this.choice = new ExportChoice(directory, peer);
    }

    /** Runs to the end; null if the client left in good order without choosing. */
    @Nullable
    Negotiated run() throws NegotiationException, IOException {
        greet();
        for (int i = 0; i < MAX_OPTIONS; i++) {
            if (stream.readLong() != HandshakeDescriptor.OPTION_MAGIC) {
                throw new NegotiationException("it sent an option with a wrong magic number");
            }
            int option = stream.readInt();
            byte[] data = readData(option, Integer.toUnsignedLong(stream.readInt()));
            if (option == OPTION_ABORT) {
                stream.write(new OptionReplies(option).ack().toByteArray());
                return null;
            }
            Negotiated negotiated = data == null ? null : handle(option, data);
            if (negotiated != null) {
                return negotiated;
            }
        }
        throw new NegotiationException("it sent more than " + MAX_OPTIONS + " options");
    }

    /** Closes the connection after a {@link #run} that gave nothing. */
    void close() {
        stream.socket().close();
    }

    private void greet() throws NegotiationException, IOException {
        int offered = FLAG_FIXED_NEWSTYLE | FLAG_NO_ZEROES;
        stream.write(OptionReplies.encode(out -> {
            out.writeLong(HandshakeDescriptor.GREETING_MAGIC);
            out.writeLong(HandshakeDescriptor.OPTION_MAGIC);
            out.writeShort(offered);
        }));
        int flags = stream.readInt();
        if ((flags & ~offered) != 0) {
            throw new NegotiationException(
                    "it sent client flags that were not offered: 0x" + Integer.toHexString(flags));
        }
        fixedNewstyle = (flags & FLAG_FIXED_NEWSTYLE) != 0;
        noZeroes = (flags & FLAG_NO_ZEROES) != 0;
    }

    /** The option's data; null if it was too long and has been skipped and refused. */
    private byte @Nullable [] readData(int option, long length) throws NegotiationException, IOException {
        if (length <= MAX_OPTION_BYTES) {
            return stream.read((int) length);
        }
        if (length > MAX_SKIPPED_BYTES || option == OPTION_EXPORT_NAME) {
            throw new NegotiationException("it sent option " + option + " with " + length + " bytes of data");
        }
        for (long left = length; left > 0; left -= Math.min(left, MAX_OPTION_BYTES)) {
            stream.read((int) Math.min(left, MAX_OPTION_BYTES));
        }
        String message = "more than " + MAX_OPTION_BYTES + " bytes of option data";
        stream.write(new OptionReplies(option).error(ERROR_TOO_BIG, message).toByteArray());
        return null;
    }

    private @Nullable Negotiated handle(int option, byte[] bytes) throws NegotiationException, IOException {
        var data = new OptionData(bytes);
        if (option == OPTION_EXPORT_NAME) {
            return exportName(data);
        }
        if (!fixedNewstyle) {
            throw new NegotiationException("it sent option " + option + " without having agreed to fixed newstyle");
        }
        var replies = new OptionReplies(option);
        try {
            if (option == OPTION_GO) {
                return go(data, replies);
            }
            reply(option, data, replies);
        } catch (OptionException e) {
            stream.write(
                    new OptionReplies(option).error(e.reply(), e.getMessage()).toByteArray());
        }
        return null;
    }

    /** Options that do not end the negotiation. */
    private void reply(int option, OptionData data, OptionReplies replies)
            throws OptionException, NegotiationException, IOException {
        if (option == OPTION_STARTTLS) {
            startTls(data, replies);
            return;
        }
        requireEncryption();
        switch (option) {
            case OPTION_LIST -> choice.list(data, replies);
            case OPTION_INFO -> choice.info(InfoRequest.parse(data), replies);
            case OPTION_STRUCTURED_REPLY -> choice.structuredReply(data);
            case OPTION_LIST_META_CONTEXT -> choice.listMetaContext(data, replies);
            case OPTION_SET_META_CONTEXT -> choice.setMetaContext(data, replies);
            default -> throw new OptionException(ERROR_UNSUPPORTED, "option " + option + " is not known here");
        }
        stream.write(replies.ack().toByteArray());
    }

    private void requireEncryption() throws OptionException {
        if (tls != null && !encrypted) {
            throw new OptionException(ERROR_TLS_REQUIRED, "this server wants TLS");
        }
    }

    private void startTls(OptionData data, OptionReplies replies)
            throws OptionException, NegotiationException, IOException {
        data.end();
        if (encrypted) {
            throw OptionException.invalid("TLS is on already");
        }
        if (tls == null) {
            throw new OptionException(ERROR_POLICY, "no TLS is configured for this address");
        }
        stream.write(replies.ack().toByteArray());
        stream = tls.encrypt(stream);
        encrypted = true;
        choice = new ExportChoice(directory, peer);
    }

    private Negotiated go(OptionData data, OptionReplies replies) throws OptionException, IOException {
        requireEncryption();
        InfoRequest request = InfoRequest.parse(data);
        Negotiated negotiated = choice.choose(request.name(), stream.socket());
        request.answer(replies, negotiated.export(), negotiated.session().transmissionFlags());
        return send(negotiated, replies.ack().toByteArray());
    }

    /** This option knows no error reply, so whatever is wrong ends the connection. */
    private Negotiated exportName(OptionData data) throws NegotiationException, IOException {
        try {
            requireEncryption();
            Negotiated negotiated = choice.choose(data.rest(), stream.socket());
            return send(negotiated, OptionReplies.encode(out -> {
                out.writeLong(negotiated.export().device().size());
                out.writeShort(negotiated.session().transmissionFlags());
                out.write(new byte[noZeroes ? 0 : HandshakeDescriptor.EXPORT_NAME_PADDING]);
            }));
        } catch (OptionException e) {
            throw new NegotiationException("it asked by EXPORT_NAME, but " + e.getMessage());
        }
    }

    private Negotiated send(Negotiated negotiated, byte[] reply) throws IOException {
        try {
            stream.write(reply);
            stream.endDeadline();
            return negotiated;
        } catch (IOException | RuntimeException e) {
            negotiated.attachment().close();
            throw e;
        }
    }
}
