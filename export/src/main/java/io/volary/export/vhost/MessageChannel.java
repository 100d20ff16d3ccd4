package io.volary.export.vhost;

import io.volary.export.vhost.memory.ViolationException;
import io.volary.linux.DescriptorSocket;
import io.volary.linux.Errno;
import io.volary.linux.Socket;
import org.jspecify.annotations.Nullable;

/** Messages over a front-end's socket. Its calls never block; a message may arrive in many pieces. */
final class MessageChannel {
    private final DescriptorSocket socket;
    private final Message message = new Message();
    private int arrived;
    private boolean ended;

    MessageChannel(Socket socket) {
        this.socket = new DescriptorSocket(socket);
    }

    /**
     * The next message, or null if it has not arrived yet, or never will. The one before is overwritten.
     *
     * @throws ViolationException if what arrives is no message
     */
    @Nullable
    Message receive() {
        if (arrived < Message.HEADER_BYTES) {
            fill(Message.HEADER_BYTES);
            if (arrived < Message.HEADER_BYTES) {
                return null;
            }
            message.checkHeader();
        }
        int whole = Message.HEADER_BYTES + message.size();
        fill(whole);
        if (arrived < whole) {
            return null;
        }
        arrived = 0;
        return message;
    }

    private void fill(int bytes) {
        while (arrived < bytes && !ended) {
            int result = socket.receive(message.bytes(), arrived, bytes - arrived, message.descriptors());
            if (result == -Errno.EAGAIN) {
                return;
            }
            if (result == -Errno.EMSGSIZE || message.descriptors().size() > DescriptorSocket.MAX_DESCRIPTORS) {
                throw new ViolationException(
                        "more than " + DescriptorSocket.MAX_DESCRIPTORS + " descriptors with a message");
            }
            if (result <= 0) {
                ended = true;
            } else {
                arrived += result;
            }
        }
    }

    /** Whether the front-end has gone. */
    boolean hasEnded() {
        return ended;
    }

    /**
     * Sends a message, which is short, so that a front-end which reads its replies has room for it.
     *
     * @throws ViolationException if this one has not
     */
    void send(Message reply, int... descriptors) {
        int bytes = Message.HEADER_BYTES + reply.size();
        int sent = socket.send(reply.bytes(), 0, bytes, descriptors);
        if (sent < 0 && sent != -Errno.EAGAIN) {
            ended = true;
        } else if (sent != bytes) {
            throw new ViolationException("messages without reading the replies");
        }
    }

    void close() {
        message.close();
    }
}
