package io.volary.export.fuse;

import io.volary.export.fuse.Node.Place;
import io.volary.linux.Errno;
import java.util.HashMap;
import java.util.Map;

/** The nodes that the kernel knows, until it has forgotten them as often as it was told of them. Any thread. */
final class NodeTable {
    /** What the kernel calls the mounted directory. */
    static final long ROOT = 1;

    private final Map<Long, Node> byNumber = new HashMap<>();
    private final Map<Place, Node> byPlace = new HashMap<>();
    private long last = ROOT;

    NodeTable() {
        put(new Node(ROOT, Place.ROOT));
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
        }
        node.lookups++;
        return node.number;
    }

    /** The number of what is there, or another one that is nobody's: for lists, which tell of nothing. */
    synchronized long number(Place place) {
        Node node = byPlace.get(place);
        return node == null ? Integer.toUnsignedLong(place.hashCode()) | 1L << 32 : node.number;
    }

    /** The kernel forgets having been told {@code times} times. */
    synchronized void forget(long number, long times) {
        Node node = byNumber.get(number);
        if (node != null && number != ROOT) {
            node.lookups -= times;
            if (node.lookups <= 0) {
                byNumber.remove(number);
                byPlace.remove(node.place, node);
            }
        }
    }

    /** What was at {@code from} is at {@code to} now, and what was there is nowhere. */
    synchronized void moved(Place from, Place to) {
        byPlace.remove(to);
        Node node = byPlace.remove(from);
        if (node != null) {
            node.place = to;
            byPlace.put(to, node);
        }
    }

    /** Nothing is there any more: what comes to be there is another node. */
    synchronized void gone(Place place) {
        byPlace.remove(place);
    }
}
