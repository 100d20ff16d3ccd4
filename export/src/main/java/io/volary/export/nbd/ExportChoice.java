package io.volary.export.nbd;

import static io.volary.export.nbd.HandshakeDescriptor.ERROR_INVALID;
import static io.volary.export.nbd.HandshakeDescriptor.ERROR_SHUTDOWN;
import static io.volary.export.nbd.HandshakeDescriptor.ERROR_UNKNOWN;

import io.volary.export.Attachments.Attachment;
import io.volary.export.Client;
import io.volary.export.Export;
import io.volary.export.ExportDirectory;
import io.volary.linux.Socket;
import org.jspecify.annotations.Nullable;

/**
 * What one client sees of the exports, and what it has agreed upon so far: the options that are about exports. STARTTLS
 * makes all of it void, so there is another choice then.
 */
final class ExportChoice {
    private static final int MAX_NAME_SHOWN = 100;

    private final ExportDirectory directory;
    private final Peer peer;
    private boolean structuredReplies;

    /** The export for which {@code base:allocation} was selected last. */
    private @Nullable String allocationExport;

    ExportChoice(ExportDirectory directory, Peer peer) {
        this.directory = directory;
        this.peer = peer;
    }

    void list(OptionData data, OptionReplies replies) throws OptionException {
        data.end();
        for (String name : directory.names()) {
            Export export = directory.find(name);
            if (export != null) {
                replies.server(name, export.description());
            }
        }
    }

    void structuredReply(OptionData data) throws OptionException {
        data.end();
        structuredReplies = true;
    }

    void listMetaContext(OptionData data, OptionReplies replies) throws OptionException {
        if (parseMetaContext(data).listsAllocation()) {
            replies.metaContext(0, HandshakeDescriptor.BASE_ALLOCATION);
        }
    }

    /** Replaces what was selected before, even when it fails. */
    void setMetaContext(OptionData data, OptionReplies replies) throws OptionException {
        allocationExport = null;
        MetaContextQuery query = parseMetaContext(data);
        if (query.selectsAllocation()) {
            allocationExport = query.export();
            replies.metaContext(HandshakeDescriptor.BASE_ALLOCATION_ID, HandshakeDescriptor.BASE_ALLOCATION);
        }
    }

    private MetaContextQuery parseMetaContext(OptionData data) throws OptionException {
        if (!structuredReplies) {
            throw new OptionException(ERROR_INVALID, "structured replies have to be negotiated first");
        }
        MetaContextQuery query = MetaContextQuery.parse(data);
        find(query.export());
        return query;
    }

    void info(InfoRequest request, OptionReplies replies) throws OptionException {
        Export export = find(request.name());
        boolean writable = export.attachments().couldWrite(client(export));
        request.answer(replies, export, session(export, writable).transmissionFlags());
    }

    Export find(String name) throws OptionException {
        Export export = directory.find(name);
        if (export == null) {
            throw unknown(name);
        }
        return export;
    }

    private static OptionException unknown(String name) {
        return new OptionException(
                ERROR_UNKNOWN,
                name.isEmpty() ? "there is no default export: name one" : "there is no export '" + shown(name) + "'");
    }

    /** A name that ends up in a message and in the log: no line breaks, and not too long. */
    private static String shown(String name) {
        String clean = name.replaceAll("\\p{Cntrl}", "?");
        return clean.length() <= MAX_NAME_SHOWN ? clean : clean.substring(0, MAX_NAME_SHOWN) + "...";
    }

    /** Attaches the client to the export of that name. */
    Negotiated choose(String name, Socket socket) throws OptionException {
        Export export = find(name);
        Attachment attachment = export.attachments().attach(client(export));
        if (attachment == null) {
            throw new OptionException(ERROR_SHUTDOWN, "'" + name + "' is being deleted");
        }
        if (!isStillThere(export)) {
            attachment.close();
            throw unknown(name);
        }
        return new Negotiated(socket, export, attachment, session(export, attachment.couldWrite()));
    }

    /** It may have been deleted, and even made anew, between being found and being attached to. */
    private boolean isStillThere(Export export) {
        Export now = directory.find(export.name());
        return now != null && now.attachments() == export.attachments();
    }

    private Session session(Export export, boolean writable) {
        boolean blockStatus = structuredReplies && export.name().equals(allocationExport);
        return new Session(structuredReplies, blockStatus, export.device().readOnly() || !writable);
    }

    private Client client(Export export) {
        return new Client("nbd", peer.identity(), peer.description(), export.snapshot());
    }
}
