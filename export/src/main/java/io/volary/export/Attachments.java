package io.volary.export;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who is attached to one volume, and who of them holds it: the first client that writes, until its last connection has
 * gone. A shared volume has no holder and takes writes from all. Any thread; connections ask once, not per I/O.
 */
public final class Attachments {
    private final List<Attachment> attached = new ArrayList<>();
    private @Nullable Client holder;
    private boolean shared;
    private boolean closedToWriters;

    /** One client's connection to the volume. */
    public final class Attachment implements AutoCloseable {
        private final Client client;

        private Attachment(Client client) {
            this.client = client;
        }

        public Client client() {
            return client;
        }

        /** Makes the client the volume's holder if it can be; true as long as this client may write. */
        public boolean acquire() {
            return acquireFor(this);
        }

        /** Whether this client could write now, taking nothing. */
        public boolean couldWrite() {
            return Attachments.this.couldWrite(client);
        }

        @Override
        public void close() {
            detach(this);
        }
    }

    /** What the lists show of a client. */
    public record View(Client client, boolean writer) {}

    public synchronized Attachment attach(Client client) {
        var attachment = new Attachment(client);
        attached.add(attachment);
        return attachment;
    }

    /** The client that holds the volume, or null. */
    public synchronized @Nullable Client holder() {
        return holder;
    }

    public synchronized List<View> clients() {
        return attached.stream()
                .map(a -> new View(a.client, isHeldBy(a.client)))
                .toList();
    }

    /** Lets several clients write at a time; {@code volary qemu --shared}. */
    public synchronized void share(boolean allow) {
        shared = allow;
    }

    public synchronized boolean shared() {
        return shared;
    }

    /**
     * Runs a control operation that no writer may see half done. Returns false, having done nothing, when a client holds
     * the volume; until {@code operation} ends nobody can become its holder.
     */
    public boolean withoutHolder(Runnable operation) {
        synchronized (this) {
            if (holder != null || closedToWriters) {
                return false;
            }
            closedToWriters = true;
        }
        try {
            operation.run();
            return true;
        } finally {
            synchronized (this) {
                closedToWriters = false;
            }
        }
    }

    private synchronized boolean acquireFor(Attachment attachment) {
        if (!couldWrite(attachment.client)) {
            return false;
        }
        if (holder == null) {
            holder = attachment.client;
        }
        return true;
    }

    /** Whether this client, attached or not, could write now. */
    public synchronized boolean couldWrite(Client client) {
        return !closedToWriters && (holder == null || shared || isHeldBy(client));
    }

    private synchronized boolean isHeldBy(Client client) {
        return holder != null && holder.identity().equals(client.identity());
    }

    private synchronized void detach(Attachment attachment) {
        attached.remove(attachment);
        if (isHeldBy(attachment.client) && attached.stream().noneMatch(other -> isHeldBy(other.client))) {
            holder = null;
        }
    }
}
