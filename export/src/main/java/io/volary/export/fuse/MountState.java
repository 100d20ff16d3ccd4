package io.volary.export.fuse;

import io.volary.export.fuse.Node.Kind;
import io.volary.export.fuse.Node.Place;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a server has to know of a mount that another one served before: the numbers that the kernel has for nodes and open files,
 * which requests have run, and what users have given volumes. It is made of lines, each of a word and what belongs to it; words
 * in {@link FileNames}' encoding. Confined to {@link MountJournal}.
 *
 * <pre>
 *   mount BEGIN RESENDS                     since when, in milliseconds of the epoch, and whether the kernel can send again
 *   node NUMBER KIND VOLUME NAME            is there now
 *   gone NUMBER
 *   opened HANDLE REQUEST NODE WRITES PID
 *   held HANDLE                             its volume is held since
 *   closed HANDLE
 *   began REQUEST                           from now on it may have run
 *   ended REQUEST ERRNO
 *   marks VOLUME ...                        see VolumeMarks
 *   unmarked VOLUME
 *   last NODE HANDLE                        the highest numbers ever given
 * </pre>
 */
final class MountState {
    /** A request that has begun, and may have run or not. */
    static final int BEGUN = -1;

    /** More than are ever unanswered: the kernel lets names of a directory change one after the other. */
    private static final int MAX_OUTCOMES = 4 * RequestPool.CAPACITY;

    /**
     * An open file or directory.
     *
     * @param request the unique of the request that opened it
     * @param held whether it has written, and so holds its volume
     */
    record Opened(long request, long node, boolean writes, int pid, boolean held) {}

    private final Map<Long, Place> nodes = new TreeMap<>();
    private final Map<Long, Opened> opened = new TreeMap<>();
    private final Map<Long, Integer> outcomes = new LinkedHashMap<>();
    private final Map<String, String> marks = new TreeMap<>();
    private long beginMillis = System.currentTimeMillis();
    private boolean resends;
    private long lastNode = NodeTable.ROOT;
    private long lastHandle;

    Map<Long, Place> nodes() {
        return nodes;
    }

    Map<Long, Opened> opened() {
        return opened;
    }

    Map<Long, Integer> outcomes() {
        return outcomes;
    }

    /** The marks of a volume, or of the root for an empty name; null if nobody has given any. */
    @Nullable
    String marks(String volume) {
        return marks.get(volume);
    }

    long beginMillis() {
        return beginMillis;
    }

    boolean resends() {
        return resends;
    }

    long lastNode() {
        return lastNode;
    }

    long lastHandle() {
        return lastHandle;
    }

    /** Takes a line in. @throws RuntimeException of some kind if it is none */
    void apply(String line) {
        String[] words = line.split(" ", -1);
        switch (words[0]) {
            case "mount" -> {
                beginMillis = number(words[1]);
                resends = Boolean.parseBoolean(words[2]);
            }
            case "node" -> {
                long node = number(words[1]);
                nodes.put(node, new Place(Kind.valueOf(words[2]), name(words[3]), name(words[4])));
                lastNode = Math.max(lastNode, node);
            }
            case "gone" -> nodes.remove(number(words[1]));
            case "opened" -> open(words);
            case "held" -> opened.computeIfPresent(number(words[1]), (_, file) -> held(file));
            case "closed" -> opened.remove(number(words[1]));
            case "began" -> remember(number(words[1]), BEGUN);
            case "ended" -> remember(number(words[1]), (int) number(words[2]));
            case "marks" -> marks.put(name(words[1]), line.split(" ", 3)[2]);
            case "unmarked" -> marks.remove(name(words[1]));
            case "last" -> {
                lastNode = Math.max(lastNode, number(words[1]));
                lastHandle = Math.max(lastHandle, number(words[2]));
            }
            default -> throw new IllegalArgumentException("a line of the mount's journal: " + line);
        }
    }

    private void open(String[] words) {
        long handle = number(words[1]);
        boolean writes = Boolean.parseBoolean(words[4]);
        opened.put(handle, new Opened(number(words[2]), number(words[3]), writes, (int) number(words[5]), false));
        lastHandle = Math.max(lastHandle, handle);
    }

    private void remember(long request, int outcome) {
        outcomes.remove(request);
        outcomes.put(request, outcome);
        if (outcomes.size() > MAX_OUTCOMES) {
            outcomes.remove(outcomes.keySet().iterator().next());
        }
    }

    private static Opened held(Opened file) {
        return new Opened(file.request, file.node, file.writes, file.pid, true);
    }

    /** All of it, in lines. */
    String text() {
        var text = new StringBuilder();
        line(text, "mount", beginMillis, resends);
        line(text, "last", lastNode, lastHandle);
        nodes.forEach((number, place) -> text.append(node(number, place)).append('\n'));
        opened.forEach((handle, file) -> {
            line(text, "opened", handle, file.request, file.node, file.writes, file.pid);
            if (file.held) {
                line(text, "held", handle);
            }
        });
        outcomes.forEach((request, errno) -> {
            line(text, "began", request);
            if (errno != BEGUN) {
                line(text, "ended", request, errno);
            }
        });
        marks.forEach((volume, words) -> line(text, "marks", word(volume), words));
        return text.toString();
    }

    private static void line(StringBuilder text, Object... words) {
        for (int i = 0; i < words.length; i++) {
            text.append(i == 0 ? "" : " ").append(words[i]);
        }
        text.append('\n');
    }

    static String node(long number, Place place) {
        return "node " + number + " " + place.kind() + " " + word(place.volume()) + " " + word(place.name());
    }

    /** A name as a word: what has no characters at all is a lone %, which no encoded name is. */
    static String word(String name) {
        return name.isEmpty() ? "%" : FileNames.encode(name);
    }

    private static String name(String word) {
        return word.equals("%") ? "" : FileNames.decode(word);
    }

    private static long number(String word) {
        return Long.parseLong(Objects.requireNonNull(word));
    }
}
