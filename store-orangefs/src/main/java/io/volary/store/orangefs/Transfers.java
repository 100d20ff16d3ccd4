package io.volary.store.orangefs;

import io.volary.store.orangefs.child.Operation;
import io.volary.store.orangefs.child.Reply;
import io.volary.store.orangefs.child.Request;
import io.volary.store.orangefs.child.SharedPieces;
import io.volary.volume.remote.RequestTally;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;

/** Moves an object's content between the caller's memory and a file, in pieces, some of them at a time. For one use by one thread. */
final class Transfers {
    private static final int MOST_AT_A_TIME = 8;

    private record Piece(int number, long at, int bytes, CompletableFuture<Reply> asked) {}

    private final Library library;
    private final RequestTally tally;
    private final Deque<Piece> underWay = new ArrayDeque<>();

    Transfers(Library library, RequestTally tally) {
        this.library = library;
        this.tally = tally;
    }

    /** Writes all of {@code content} to a file at {@code offset}. False if the library has written less. */
    boolean write(long file, long offset, MemorySegment content) {
        return move(Operation.WRITE, file, offset, content);
    }

    /** Reads from a file at {@code offset} to all of {@code into}. False if it ends before. */
    boolean read(long file, long offset, MemorySegment into) {
        return move(Operation.READ, file, offset, into);
    }

    private boolean move(Operation operation, long file, long offset, MemorySegment memory) {
        boolean whole = true;
        try {
            for (long at = 0; whole && at < memory.byteSize(); at += SharedPieces.PIECE_BYTES) {
                int bytes = (int) Math.min(SharedPieces.PIECE_BYTES, memory.byteSize() - at);
                int piece = nextPiece();
                while (piece < 0) {
                    whole &= endOldest(operation, memory);
                    piece = nextPiece();
                }
                start(operation, file, offset, memory, at, bytes, piece);
            }
            while (!underWay.isEmpty()) {
                whole &= endOldest(operation, memory);
            }
            return whole;
        } finally {
            drain();
        }
    }

    /** -1 if one has to end first. Who has none may wait for others, who end theirs. */
    private int nextPiece() {
        FreePieces pieces = library.child().pieces();
        if (underWay.isEmpty()) {
            return pieces.take(library.deadline());
        }
        return underWay.size() < MOST_AT_A_TIME ? pieces.takeIfFree() : -1;
    }

    private void start(
            Operation operation, long file, long offset, MemorySegment memory, long at, int bytes, int piece) {
        if (operation == Operation.WRITE) {
            library.child().memory(piece, bytes).copyFrom(memory.asSlice(at, bytes));
        }
        var request = new Request(operation, 0, file, offset + at, piece, bytes, "", "");
        underWay.add(new Piece(piece, at, bytes, library.ask(request)));
    }

    private boolean endOldest(Operation operation, MemorySegment memory) {
        Piece piece = underWay.element();
        long moved = library.await(piece.asked).value();
        boolean whole = moved == piece.bytes;
        if (operation == Operation.WRITE) {
            tally.put(moved);
        } else {
            tally.get();
            tally.received(moved);
            MemorySegment read = library.child().memory(piece.number, piece.bytes);
            if (whole) {
                memory.asSlice(piece.at, piece.bytes).copyFrom(read);
            }
        }
        underWay.remove();
        library.child().pieces().giveBack(piece.number);
        return whole;
    }

    /** A piece is given back only when the child is done with it. After a loss nobody cares. */
    private void drain() {
        while (!underWay.isEmpty()) {
            Piece piece = underWay.remove();
            try {
                library.await(piece.asked);
            } catch (LibraryException | ChildLostException _) {
                // The first failure is the one that is told.
            }
            library.child().pieces().giveBack(piece.number);
        }
    }
}
