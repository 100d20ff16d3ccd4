package io.volary.export.fuse;

import io.volary.export.fuse.Node.Place;
import io.volary.linux.Errno;
import java.util.HashMap;
import java.util.Map;

/** The nodes that the kernel knows, until it has forgotten them as often as it was told of them. Any thread. */
final class NodeTable {
    /** What the kernel calls the mounted directory. */
    static final long ROOT = 1;

    /** How often the kernel was told of a node by a server before is not known: it is not forgotten. */
    private static final long OFTEN = Long.MAX_VALUE / 2;

    private final MountJournal journal;
    private final Map<Long, Node> byNumber = new HashMap<>();
    private final Map<Place, Node> byPlace = new HashMap<>();
    private long last;

    NodeTable(MountJournal journal) {
        this.journal = journal;
        last = journal.lastNode();
        put(new Node(ROOT, Place.ROOT));
        journal.nodes().forEach((number, place) -> {
            var node = new Node(number, place);
            node.lookups = OFTEN;
            put(node);
        });
    }

    private void put(Node node) {
        byNumber.put(node.number, node);
        byPlace.put(node.place, node);
    }

    /** Where the node is. @throws FileRefusal ESTALE if the kernel should not know it */
    synchronized Place place(long number) {
        Node node = byNumber.get(number);
        if (node == null) {
            throw new FileRefusal(Errno.ESTALE, "there is no node " + number);
        }
        return node.place;
    }

    /** The number of what is there, which the kernel is told now. */
    synchronized long told(Place place) {
        Node node = byPlace.get(place);
        if (node == null) {
            node = new Node(++last, place);
            put(node);
            journal.node(node.number, place);
        }
        node.lookups++;
        return node.number;
    }

    /** The number of what is there, or another one that is nobody's: for lists, which tell of nothing. */
    synchronized long number(Place place) {
        Node node = byPlace.get(place);
        return node == null ? Integer.toUnsignedLong(place.hashCode()) | 1L << 32 : node.number;
    }

    /** Whether the kernel knows a node of that number. */
    synchronized boolean knows(long number) {
        return byNumber.containsKey(number);
    }

    /** Whether the kernel knows what is there. */
    synchronized boolean knows(Place place) {
        return byPlace.containsKey(place);
    }

    /** The kernel forgets having been told {@code times} times. */
    synchronized void forget(long number, long times) {
        Node node = byNumber.get(number);
        if (node != null && number != ROOT) {
            node.lookups -= times;
            if (node.lookups <= 0) {
                byNumber.remove(number);
                byPlace.remove(node.place, node);
                journal.gone(number);
            }
        }
    }

    /** What was at {@code from} is at {@code to} now, and what was there is nowhere. */
    synchronized void moved(Place from, Place to) {
        gone(to);
        Node node = byPlace.remove(from);
        if (node != null) {
            node.place = to;
            byPlace.put(to, node);
            journal.node(node.number, to);
        }
    }

    /** Nothing is there any more: what comes to be there is another node. */
    synchronized void gone(Place place) {
        Node node = byPlace.remove(place);
        if (node != null) {
            journal.gone(node.number);
        }
    }
}
