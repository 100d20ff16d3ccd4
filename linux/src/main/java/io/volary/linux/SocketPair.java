package io.volary.linux;

/** Two sockets that are connected to each other. */
public record SocketPair(Socket first, Socket second) implements AutoCloseable {
    @Override
    public void close() {
        first.close();
        second.close();
    }
}
