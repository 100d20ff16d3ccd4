package io.volary.volume.remote;

import io.volary.volume.remote.RemoteNames.PieceName;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the store has of one object. Pieces may overlap, since one that was put while nobody heard of it is put again with what has come
 * meanwhile; where they do, they are the same. Any thread.
 */
final class Pieces {
    private final List<PieceName> pieces = new ArrayList<>();
    private int stored;

    synchronized void add(PieceName piece) {
        pieces.add(piece);
        grow();
    }

    private void grow() {
        boolean grown = true;
        while (grown) {
            grown = false;
            for (PieceName piece : pieces) {
                int at = piece.offset() + piece.length();
                if (piece.offset() <= stored && at > stored) {
                    stored = at;
                    grown = true;
                }
            }
        }
    }

    /** How many bytes there are from the object's beginning on, without a gap. */
    synchronized int stored() {
        return stored;
    }

    /** The piece with the byte at {@code offset} that goes on longest, or null. */
    synchronized @Nullable PieceName at(long offset) {
        PieceName best = null;
        for (PieceName piece : pieces) {
            boolean has = piece.offset() <= offset && offset < piece.offset() + (long) piece.length();
            if (has && (best == null || piece.offset() + piece.length() > best.offset() + best.length())) {
                best = piece;
            }
        }
        return best;
    }

    synchronized boolean has(PieceName piece) {
        return pieces.contains(piece);
    }

    synchronized List<PieceName> all() {
        return List.copyOf(pieces);
    }
}
