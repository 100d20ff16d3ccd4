package io.volary.store.s3;

import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Takes the answer to a request for a range, and nothing else: neither all of an object nor less than was asked for.
 *
 * @param offset of the first byte that was asked for
 * @param received is told how much came, which is more than the range if an attempt breaks off and is made again
 */
record RangeAnswer(String what, long offset, MemorySegment into, LongConsumer received)
        implements ResponseTransformer<GetObjectResponse, Void> {
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");
    private static final int BUFFER_BYTES = 64 << 10;

    RangeAnswer {
        if (into.byteSize() == 0) {
            throw new IllegalArgumentException("there is no empty range");
        }
    }

    /** As the request says it. */
    String range() {
        return "bytes=" + offset + "-" + last();
    }

    @Override
    public Void transform(GetObjectResponse response, AbortableInputStream content) {
        try {
            checkRange(response);
            take(content);
        } catch (StoreException e) {
            content.abort(); // or all of it would be read, for the connection to be used again
            throw e;
        } catch (IOException e) {
            throw RetryableException.create("the answer broke off: " + e.getMessage(), e);
        }
        return null;
    }

    private long last() {
        return offset + into.byteSize() - 1;
    }

    private void checkRange(GetObjectResponse response) {
        int status = response.sdkHttpResponse().statusCode();
        String range = response.contentRange();
        if (status != 206 || range == null) {
            throw failure("the server does not serve ranges (HTTP " + status + " instead of 206)");
        }
        Matcher matcher = CONTENT_RANGE.matcher(range);
        if (!matcher.matches() || Long.parseLong(matcher.group(1)) != offset) {
            throw failure("the server sent another range than " + range() + ": " + Words.ofServer(range));
        }
        if (Long.parseLong(matcher.group(2)) != last()) {
            throw failure("the object ends before: the server has " + Words.ofServer(range) + " of " + range());
        }
    }

    private void take(InputStream content) throws IOException {
        byte[] buffer = new byte[(int) Math.min(BUFFER_BYTES, into.byteSize())];
        long taken = 0;
        while (taken < into.byteSize()) {
            int read = content.read(buffer, 0, (int) Math.min(buffer.length, into.byteSize() - taken));
            if (read < 0) {
                throw new IOException("after " + taken + " of " + into.byteSize() + " bytes");
            }
            received.accept(read);
            MemorySegment.copy(buffer, 0, into, ValueLayout.JAVA_BYTE, taken, read);
            taken += read;
        }
        if (content.read() >= 0) {
            throw failure("the server sent more than " + range());
        }
    }

    private StoreException failure(String why) {
        return new StoreException(Kind.IO_ERROR, "cannot " + what + ": " + why);
    }
}
