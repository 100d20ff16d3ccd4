package io.volary.volume.remote;

/**
 * A family that this server owns, until another takes it over, and may serve as long as {@link #holds} says so.
 *
 * <p>Whoever serves it takes requests, then reads the clock and asks {@code holds}, then answers; in this order. What is answered
 * was asked before a moment at which the family was owned, so it may be answered as of that moment, however long the process was
 * stopped in between.
 */
public final class OwnedFamily {
    private final ServerLease lease;
    private final OwnershipRecords records;
    private final FamilyEpoch claim;

    private State state = State.CLAIMED;
    private volatile long heldUntilNanos;

    private enum State {
        /** Its takeover goes on. */
        CLAIMED,
        OWNED,
        /** Taken over by another; whoever serves it has been told so. */
        FENCED,
        /** Served no more, for good. */
        STOPPED
    }

    /** What a fence means for a family. */
    enum Answer {
        /** Its listener has to be told. */
        TELL,
        /** It was told, and has not stopped yet. */
        WAIT,
        /** It is not served, or by right: nobody needs to wait for it. */
        ACKNOWLEDGE
    }

    OwnedFamily(ServerLease lease, OwnershipRecords records, FamilyEpoch claim, long heldUntilNanos) {
        this.lease = lease;
        this.records = records;
        this.claim = claim;
        this.heldUntilNanos = heldUntilNanos;
    }

    public String family() {
        return claim.family();
    }

    public int epoch() {
        return claim.epoch();
    }

    /**
     * Whether this server may serve the family at {@code nowNanos}, by the clock that {@link ServerLease} was given. False when the
     * lease has run out, until it is renewed; and for good when another server has taken the family over.
     */
    public boolean holds(long nowNanos) {
        return nowNanos < heldUntilNanos;
    }

    /** The family is served here no more, as {@link FenceListener#fenced} asked: the other server may go on. Does not block. */
    public synchronized void stopped() {
        state = State.STOPPED;
        heldUntilNanos = Long.MIN_VALUE;
    }

    /**
     * Gives the family up: the next owner need not wait. To be called when it is served no more. The claim stays, so that its number
     * is not given again.
     *
     * @throws io.volary.volume.store.StoreException then the next owner waits until the lease has run out; nothing else comes of it
     */
    public void release() {
        stopped();
        try {
            records.deleteOwner(claim);
        } finally {
            lease.remove(this);
        }
    }

    /**
     * Deletes what the store says of earlier owners. To be called when the first manifest of this epoch is committed: until then
     * they tell whose the newest is. Can be called again if it fails.
     *
     * @throws io.volary.volume.store.StoreException the next takeover, which finds more, deletes it
     */
    public void committed() {
        records.deleteBelow(claim);
    }

    FamilyEpoch claim() {
        return claim;
    }

    synchronized void extend(long untilNanos) {
        if (state == State.CLAIMED || state == State.OWNED) {
            heldUntilNanos = Math.max(heldUntilNanos, untilNanos);
        }
    }

    /** The takeover is complete; false if another one has come in between. */
    synchronized boolean confirm() {
        if (state == State.CLAIMED) {
            state = State.OWNED;
        }
        return state == State.OWNED;
    }

    synchronized boolean isStopped() {
        return state == State.STOPPED;
    }

    /** @param epoch which another server has claimed */
    synchronized Answer fence(int epoch) {
        if (epoch <= claim.epoch() || state == State.STOPPED) {
            return Answer.ACKNOWLEDGE;
        }
        if (state == State.FENCED) {
            return Answer.WAIT;
        }
        heldUntilNanos = Long.MIN_VALUE;
        boolean served = state == State.OWNED;
        state = served ? State.FENCED : State.STOPPED;
        return served ? Answer.TELL : Answer.ACKNOWLEDGE;
    }
}
