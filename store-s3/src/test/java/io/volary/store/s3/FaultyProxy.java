package io.volary.store.s3;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Hands requests on to a server, one by one, except where a fault was asked for. */
final class FaultyProxy implements AutoCloseable {
    /** What becomes of a request. */
    interface Fault {
        void happen(Exchange exchange) throws IOException;
    }

    static final Fault NONE = exchange -> exchange.answer(exchange.forward());

    /** The server has done it, but nobody is told. */
    static final Fault LOST_ANSWER = exchange -> {
        exchange.forward();
        exchange.reset();
    };

    static final Fault SILENCE = exchange -> exchange.awaitEnd();

    private final ServerSocket listener;
    private final int serverPort;
    private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private volatile Fault otherwise = NONE;

    FaultyProxy(int serverPort) {
        this.serverPort = serverPort;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /** An error as S3 tells it. */
    static Fault refusal(int status, String code) {
        String body = "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>as asked for</Message></Error>";
        String head = "HTTP/1.1 " + status + " Refused\r\nContent-Type: application/xml\r\nContent-Length: "
                + body.length() + "\r\n\r\n";
        return exchange -> exchange.answer((head + body).getBytes(StandardCharsets.US_ASCII));
    }

    int port() {
        return listener.getLocalPort();
    }

    /** The next requests get these, one each. */
    void next(Fault... some) {
        faults.addAll(List.of(some));
    }

    /** All others get this. */
    void otherwise(Fault fault) {
        otherwise = fault;
    }

    /** First lines of the requests so far. */
    List<String> requests() {
        return requests;
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                Thread.ofVirtual().start(() -> serve(client));
            }
        } catch (IOException _) {
            return; // closed
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort)) {
            var in = new BufferedInputStream(client.getInputStream());
            var answers = new BufferedInputStream(server.getInputStream());
            while (!client.isClosed()) {
                Message request = Message.read(in, client);
                requests.add(request.head.lines().findFirst().orElseThrow());
                Fault fault = faults.poll();
                (fault == null ? otherwise : fault).happen(new Exchange(request, client, server, answers));
            }
        } catch (IOException _) {
            return; // one of the two has gone
        }
    }

    /** A request and what may be done about it. */
    record Exchange(Message request, Socket client, Socket server, InputStream answers) {
        boolean is(String method) {
            return request.head.startsWith(method + " ");
        }

        byte[] forward() throws IOException {
            server.getOutputStream().write(request.bytes());
            Message answer;
            do {
                answer = Message.read(answers, null);
            } while (answer.head.startsWith("HTTP/1.1 100"));
            return answer.bytes();
        }

        void answer(byte[] bytes) throws IOException {
            client.getOutputStream().write(bytes);
        }

        /** So many bytes of the content, and then the end. */
        void answerHalf(int bytesOfContent, boolean reset) throws IOException {
            byte[] answer = forward();
            int head = new String(answer, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n") + 4;
            client.getOutputStream().write(answer, 0, head + bytesOfContent);
            if (reset) {
                reset();
            } else {
                client.close();
            }
        }

        void reset() throws IOException {
            client.setSoLinger(true, 0);
            client.close();
        }

        void awaitEnd() throws IOException {
            if (client.getInputStream().read() < 0) {
                client.close();
            }
        }
    }

    /** A head and its content, whose length the head tells; or that comes in chunks. */
    record Message(String head, byte[] content) {
        /** @param asking is told to go on if it asks for that; null: the answering side, where a request for a head has no content */
        static Message read(InputStream in, @Nullable Socket asking) throws IOException {
            String head = readHead(in);
            String lower = head.toLowerCase(Locale.ROOT);
            if (asking != null && lower.contains("\r\nexpect: 100-continue")) {
                asking.getOutputStream().write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            if (lower.contains("transfer-encoding: chunked")) {
                return new Message(head, readChunks(in));
            }
            int at = lower.indexOf("\r\ncontent-length:");
            int length = at < 0
                    ? 0
                    : Integer.parseInt(lower.substring(at + 17, lower.indexOf("\r\n", at + 2))
                            .strip());
            byte[] content = in.readNBytes(length);
            if (content.length < length) {
                throw new EOFException();
            }
            return new Message(head, content);
        }

        byte[] bytes() {
            var bytes = new ByteArrayOutputStream();
            bytes.writeBytes(head.getBytes(StandardCharsets.ISO_8859_1));
            bytes.writeBytes(content);
            return bytes.toByteArray();
        }

        private static String readHead(InputStream in) throws IOException {
            var head = new StringBuilder();
            while (!head.toString().endsWith("\r\n\r\n")) {
                head.append(readLine(in));
            }
            return head.toString();
        }

        private static String readLine(InputStream in) throws IOException {
            var line = new StringBuilder();
            int c;
            do {
                c = in.read();
                if (c < 0) {
                    throw new EOFException();
                }
                line.append((char) c);
            } while (c != '\n');
            return line.toString();
        }

        private static byte[] readChunks(InputStream in) throws IOException {
            var content = new ByteArrayOutputStream();
            int length;
            do {
                String line = readLine(in);
                length = Integer.parseInt(line.strip(), 16);
                content.writeBytes(line.getBytes(StandardCharsets.ISO_8859_1));
                content.writeBytes(in.readNBytes(length + 2));
            } while (length > 0);
            return content.toByteArray();
        }
    }
}
