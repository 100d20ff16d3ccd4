package io.volary.export;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who is attached to one volume, and who of them holds it: the first client that writes, until its last connection has
 * gone. It may rest meanwhile, and then another client of the same export can take over, as the target of a migration does. A
 * shared volume takes writes from all. Any thread; connections ask once, not per I/O.
 */
public final class Attachments {
    private final List<Attachment> attached = new ArrayList<>();
    private @Nullable Client holder;
    private boolean resting;
    private boolean shared;
    private boolean closedToWriters;

    /** Who is not let in at the moment. */
    private final List<Predicate<Client>> barred = new ArrayList<>();

    /** One client's connection to the volume. */
    public final class Attachment implements AutoCloseable {
        private final Client client;
        private Runnable leaving = () -> {};
        private boolean dismissed;
        private volatile int waiting;

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

        /**
         * The client writes no more for now: another one of the same export may hold the volume instead. Until one does, or
         * this client has gone, it stays the holder, since it may go on where it was and expect to find what it left.
         */
        public void rest() {
            Attachments.this.rest(this);
        }

        /** Says how many of the client's requests wait for space on the disk now. */
        public void waitForSpace(int requests) {
            waiting = requests;
        }

        /** Whether this client could write now, taking nothing. */
        public boolean couldWrite() {
            return Attachments.this.couldWrite(client);
        }

        /** Says how the client can be sent away; {@code leave} runs on any thread, at once if that has happened. */
        public void onDismissal(Runnable leave) {
            synchronized (Attachments.this) {
                leaving = leave;
                if (!dismissed) {
                    return;
                }
            }
            leave.run();
        }

        private void dismiss() {
            Runnable leave;
            synchronized (Attachments.this) {
                dismissed = true;
                leave = leaving;
            }
            leave.run();
        }

        @Override
        public void close() {
            detach(this);
        }
    }

    /**
     * What the lists show of a client.
     *
     * @param waiting how many of its requests wait for space on the disk
     */
    public record View(Client client, boolean writer, int waiting) {}

    /** Attaches a client; null while an operation runs that leaves nothing for it to be attached to. */
    public synchronized @Nullable Attachment attach(Client client) {
        if (barred.stream().anyMatch(those -> those.test(client))) {
            return null;
        }
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
                .map(a -> new View(a.client, isHeldBy(a.client), a.waiting))
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

    /**
     * Runs a control operation that no client may see half done. Returns false, having done nothing, when a client is
     * attached; until {@code operation} ends nobody else is.
     */
    public boolean withoutClients(Runnable operation) {
        return barring(client -> true, () -> clients().isEmpty(), operation);
    }

    /**
     * Runs a control operation that no other client may see half done than {@code own} ones. Returns false, having done nothing,
     * when another one is attached; until {@code operation} ends no other is.
     */
    public boolean withoutOthers(Predicate<Client> own, Runnable operation) {
        Predicate<Client> others = own.negate();
        return barring(others, () -> attached(others).isEmpty(), operation);
    }

    /**
     * Runs a control operation after which there is nothing left for {@code those} clients: sends them away first, and lets
     * none in until it ends. Returns false, having done nothing else, when they have not gone in time.
     */
    public boolean withoutReaders(Predicate<Client> those, Duration patience, Runnable operation) {
        return barring(
                those,
                () -> {
                    attached(those).forEach(Attachment::dismiss);
                    return awaitGone(those, patience);
                },
                operation);
    }

    private boolean barring(Predicate<Client> those, BooleanSupplier ready, Runnable operation) {
        synchronized (this) {
            barred.add(those);
        }
        try {
            if (!ready.getAsBoolean()) {
                return false;
            }
            operation.run();
            return true;
        } finally {
            synchronized (this) {
                barred.remove(those);
            }
        }
    }

    private synchronized List<Attachment> attached(Predicate<Client> those) {
        return attached.stream().filter(a -> those.test(a.client)).toList();
    }

    /** Waits until none of {@code those} is attached; false if that takes too long. */
    public synchronized boolean awaitGone(Predicate<Client> those, Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        try {
            while (attached.stream().anyMatch(a -> those.test(a.client))) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    return false;
                }
                wait(left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private synchronized boolean acquireFor(Attachment attachment) {
        Client client = attachment.client;
        if (!couldWrite(client)) {
            return false;
        }
        if (holder == null || mayTakeOver(client)) {
            holder = client;
        }
        if (isHeldBy(client)) {
            resting = false;
        }
        return true;
    }

    private boolean mayTakeOver(Client client) {
        return resting && holder != null && holder.export().equals(client.export());
    }

    private synchronized void rest(Attachment attachment) {
        resting |= isHeldBy(attachment.client);
    }

    /** Whether this client, attached or not, could write now. */
    public synchronized boolean couldWrite(Client client) {
        return !closedToWriters && (holder == null || shared || isHeldBy(client) || mayTakeOver(client));
    }

    private synchronized boolean isHeldBy(Client client) {
        return holder != null && holder.identity().equals(client.identity());
    }

    private synchronized void detach(Attachment attachment) {
        attached.remove(attachment);
        notifyAll();
        if (isHeldBy(attachment.client) && attached.stream().noneMatch(other -> isHeldBy(other.client))) {
            holder = null;
            resting = false;
        }
    }
}
