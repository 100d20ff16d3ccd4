package io.volary.export.fuse;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.volary.export.fuse.MountState.Opened;
import io.volary.export.fuse.Node.Place;
import io.volary.linux.SharedLog;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the next server has to know of the mount, should this one be killed, written down in memory that outlives it, always
 * before the kernel hears of it. Any thread, also loops: it waits for nothing but others that write a line.
 */
final class MountJournal implements AutoCloseable {
    /** It begins anew when it has become so much longer than it was then. */
    private static final long MAX_GROWTH = 1 << 20;

    private final SharedLog log;
    private final MountState state = new MountState();
    private final Map<Long, Long> handles = new TreeMap<>();
    private long base;

    private MountJournal(SharedLog log) {
        this.log = log;
    }

    /**
     * Of a new mount.
     *
     * @param resends whether the kernel can send requests again that were read and not answered
     */
    static MountJournal create(boolean resends) {
        var journal = new MountJournal(SharedLog.create("volary-mount"));
        journal.write("mount " + System.currentTimeMillis() + " " + resends);
        return journal;
    }

    /** Of a mount that another server has served. */
    static MountJournal restore(SharedLog log) {
        var journal = new MountJournal(log);
        String text = new String(log.content(), US_ASCII);
        // Who was killed while it wrote a line has told nobody of what it says.
        text.substring(0, text.lastIndexOf('\n') + 1).lines().forEach(journal.state::apply);
        journal.state.opened().forEach((handle, file) -> journal.handles.put(file.request(), handle));
        journal.beginAnew();
        return journal;
    }

    private synchronized void write(String line) {
        state.apply(line);
        log.append((line + "\n").getBytes(US_ASCII));
        if (log.length() - base > MAX_GROWTH) {
            beginAnew();
        }
    }

    private synchronized void beginAnew() {
        log.beginWith(state.text().getBytes(US_ASCII));
        base = log.length();
    }

    SharedLog log() {
        return log;
    }

    boolean resends() {
        return state.resends();
    }

    long beginMillis() {
        return state.beginMillis();
    }

    /** What the nodes were that the kernel has been told of, by their numbers. */
    synchronized Map<Long, Place> nodes() {
        return new TreeMap<>(state.nodes());
    }

    synchronized long lastNode() {
        return state.lastNode();
    }

    void node(long number, Place place) {
        write(MountState.node(number, place));
    }

    void gone(long number) {
        write("gone " + number);
    }

    /** What was open, by the numbers of the handles. */
    synchronized Map<Long, Opened> opened() {
        return new TreeMap<>(state.opened());
    }

    synchronized long lastHandle() {
        return state.lastHandle();
    }

    void opened(long handle, FuseRequest request, long node, boolean writes) {
        write("opened " + handle + " " + request.firstUnique() + " " + node + " " + writes + " " + request.pid());
    }

    void held(long handle) {
        write("held " + handle);
    }

    void closed(long handle) {
        write("closed " + handle);
    }

    /** The handle that this request, which was sent again, opened at the server before; null if it did not. */
    synchronized @Nullable Long openedBy(FuseRequest request) {
        return request.isResent() ? handles.get(request.firstUnique()) : null;
    }

    /** The request may have run from now on. */
    void begin(FuseRequest request) {
        write("began " + request.firstUnique());
    }

    /** The request has run; 0 if well. */
    void end(FuseRequest request, int errno) {
        write("ended " + request.firstUnique() + " " + errno);
    }

    /** How this request ended at a server before; null if it did not. */
    synchronized @Nullable Integer outcome(FuseRequest request) {
        Integer errno = request.isResent() ? state.outcomes().get(request.firstUnique()) : null;
        return errno == null || errno == MountState.BEGUN ? null : errno;
    }

    /** Whether this request may have run at a server before. */
    synchronized boolean mayHaveRun(FuseRequest request) {
        return request.isResent() && state.outcomes().containsKey(request.firstUnique());
    }

    synchronized @Nullable String marks(String volume) {
        return state.marks(volume);
    }

    /** @param marks null if there are none any more */
    void marks(String volume, @Nullable String marks) {
        String word = MountState.word(volume);
        write(marks == null ? "unmarked " + word : "marks " + word + " " + marks);
    }

    /** The holder's copy of it stays. */
    @Override
    public void close() {
        log.close();
    }
}
