package io.volary.store.s3;

import io.volary.volume.remote.ObjectStore;
import io.volary.volume.remote.RequestCounts;
import io.volary.volume.store.StoreException;
import io.volary.volume.store.StoreException.Kind;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.services.s3.S3Client;

/** Objects in a bucket; their keys are their names behind the prefix. */
final class S3ObjectStore implements ObjectStore {
    /** A volume of 64 TiB has some four million. What lists more holds too much of the daemon's memory. */
    static final int MAX_LIST = 5_000_000;

    private static final MemorySegment EMPTY = MemorySegment.ofArray(new byte[0]);
    private static final Pattern NAME = Pattern.compile("[a-z0-9.-]+(/[a-z0-9.-]+)*");
    private static final int FIRST_CONFLICT_WAIT_MILLIS = 250;
    private static final int LONGEST_CONFLICT_WAIT_MILLIS = 4000;

    private final S3Settings settings;
    private final Limits limits;
    private final RequestCounter counter;
    private final UsualCredentials credentials;
    private final S3Client client;
    private final Bucket bucket;

    /** Whether this server has been seen to keep a condition. */
    private volatile boolean keepsConditions;

    private S3ObjectStore(S3Settings settings, Limits limits) {
        this.settings = settings;
        this.limits = limits;
        counter = new RequestCounter();
        credentials = new UsualCredentials();
        client = Clients.open(settings, limits, counter, credentials);
        bucket = new Bucket(client, settings);
    }

    static S3ObjectStore open(S3Settings settings, Limits limits) {
        return new S3ObjectStore(settings, limits);
    }

    @Override
    public void put(String name, MemorySegment content) {
        if (content.byteSize() > MAX_OBJECT_BYTES) {
            throw new IllegalArgumentException("an object of " + content.byteSize() + " bytes");
        }
        boolean parts = content.byteSize() > settings.multipartBytes() && MultipartPut.suits(content);
        var deadline = new Deadline(limits.call(content.byteSize()));
        String key = key(name);
        putIfAbsent(
                "put " + key,
                deadline,
                () -> parts
                        ? new MultipartPut(bucket, limits, key, content, deadline).finish()
                        : bucket.put(key, content, deadline));
    }

    /**
     * True only after an answer that says that the object was made. Of all attempts of all claimants a server gives that to one. The
     * SDK's next attempt after a lost answer finds its own object, and this says false: then nobody has the name.
     */
    @Override
    public boolean claim(String name) {
        String key = key(name);
        var deadline = new Deadline(limits.call());
        boolean made = claim(key, deadline) == PutOutcome.MADE;
        if (made && !keepsConditions) {
            checkConditions(key, deadline);
        }
        return made;
    }

    @Override
    public void get(String name, long offset, MemorySegment into) {
        String what = "read " + into.byteSize() + " bytes at " + offset + " of " + key(name);
        if (offset < 0) {
            throw new StoreException(Kind.IO_ERROR, "cannot " + what + " in " + settings.where());
        }
        if (into.byteSize() == 0) {
            return;
        }
        var answer = new RangeAnswer(what + " in " + settings.where(), offset, into, counter::received);
        bucket.ask(what, () -> {
            bucket.get(key(name), answer, new Deadline(limits.call(into.byteSize())));
            return answer;
        });
    }

    @Override
    public List<Stored> list(String prefix) {
        List<Stored> objects = new ArrayList<>();
        String what = "list " + key(prefix);
        return bucket.ask(what, () -> {
            var deadline = new Deadline(limits.list());
            @Nullable String token = null;
            do {
                token = bucket.list(key(prefix), token, objects, deadline);
                if (objects.size() > MAX_LIST || (token != null && deadline.hasPassed())) {
                    throw new StoreException(
                            Kind.IO_ERROR,
                            "cannot " + what + " in " + settings.where() + ": there are too many objects, "
                                    + objects.size() + " so far");
                }
            } while (token != null);
            return named(objects);
        });
    }

    @Override
    public void delete(String name) {
        bucket.ask("delete " + key(name), () -> {
            bucket.delete(key(name), new Deadline(limits.call()));
            return name;
        });
    }

    @Override
    public RequestCounts requests() {
        return counter.counts();
    }

    @Override
    public void close() {
        client.close();
        credentials.close();
    }

    private String key(String name) {
        return settings.prefix() + name;
    }

    /** By their names and in their order, which not every bucket keeps. What others put there under names that are none is left out. */
    private List<Stored> named(List<Stored> objects) {
        int skip = settings.prefix().length();
        return objects.stream()
                .map(object -> new Stored(object.name().substring(skip), object.bytes()))
                .filter(object -> NAME.matcher(object.name()).matches())
                .sorted(Comparator.comparing(Stored::name))
                .toList();
    }

    private PutOutcome claim(String key, Deadline deadline) {
        return putIfAbsent("claim " + key, deadline, () -> bucket.put(key, EMPTY, deadline));
    }

    /**
     * A server that ignores the condition gives a name to everybody who claims it, and two machines would own one volume. So the first
     * claim that is won is made again, and has to be lost.
     */
    private void checkConditions(String key, Deadline deadline) {
        if (claim(key, deadline) == PutOutcome.MADE) {
            throw new StoreException(
                    Kind.IO_ERROR,
                    "cannot claim " + key + " in " + settings.where()
                            + ": the server ignores If-None-Match, so that two machines could own one volume there; use one"
                            + " that does conditional writes");
        }
        keepsConditions = true;
    }

    private PutOutcome putIfAbsent(String what, Deadline deadline, Supplier<PutOutcome> put) {
        return bucket.ask(what, () -> {
            PutOutcome outcome = put.get();
            for (int bound = FIRST_CONFLICT_WAIT_MILLIS; outcome == PutOutcome.CONFLICT; bound = longer(bound)) {
                if (deadline.hasPassed()) {
                    throw new StoreException(
                            Kind.IO_ERROR,
                            "cannot " + what + " in " + settings.where() + ": others write it all the time");
                }
                pause(bound);
                outcome = put.get();
            }
            return outcome;
        });
    }

    private static int longer(int waitMillis) {
        return Math.min(2 * waitMillis, LONGEST_CONFLICT_WAIT_MILLIS);
    }

    private static void pause(int boundMillis) {
        try {
            Thread.sleep(ThreadLocalRandom.current().nextInt(boundMillis));
        } catch (InterruptedException e) {
            throw AbortedException.create("interrupted", e);
        }
    }
}
