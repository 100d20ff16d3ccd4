package io.volary.volume.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.volary.volume.image.ImageException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link ImageStore} has to do. */
public abstract class ImageStoreContractTest {
    private static final int SIZE = 3 << 20;

    private ImageStore store = new MemoryImageStore();
    private ImageStore other = store;
    private Image image = store.image("/none");

    /** Opens the store once more, as another client of the same files; the first call of a test finds it empty. */
    protected abstract ImageStore open();

    /** The size of a thin image that the store takes. */
    protected long largestSize() {
        return 1L << 40;
    }

    @BeforeEach
    void openTwice() {
        store = open();
        other = open();
        image = store.image("/images/one.raw");
    }

    @AfterEach
    void closeBoth() {
        store.close();
        other.close();
    }

    @Test
    void aNewImageIsZeroes() {
        image.create(SIZE);

        assertThat(image.size()).isEqualTo(SIZE);
        assertThat(read(image, 0, SIZE)).isEqualTo(new byte[SIZE]);
    }

    @Test
    void whatOneWritesTheOtherReads() {
        image.create(SIZE);
        byte[] data = random(1, 1 << 20);
        write(image, 4097, data);
        image.flush();

        assertThat(read(other.image("/images/one.raw"), 4097, data.length)).isEqualTo(data);
    }

    @Test
    void creatingWhatIsThereKeepsIt() {
        image.create(SIZE);
        write(image, 0, random(2, 100));
        image.create(SIZE);

        assertThat(read(image, 0, 100)).isEqualTo(random(2, 100));
        assertFails(Kind.EXISTS, () -> image.create(2L * SIZE));
        assertThat(image.size()).isEqualTo(SIZE);
    }

    @Test
    void anEmptyFileGetsASize() {
        image.create(512);
        image.resize(0);
        image.create(SIZE);

        assertThat(image.size()).isEqualTo(SIZE);
    }

    @Test
    void sizesGrowAndShrink() {
        image.create(SIZE);
        write(image, 0, random(3, SIZE));
        image.resize(1000);
        assertThat(image.size()).isEqualTo(1000);
        image.resize(SIZE);

        byte[] expected = Arrays.copyOf(Arrays.copyOf(random(3, SIZE), 1000), SIZE);
        assertThat(read(image, 0, SIZE)).isEqualTo(expected);
    }

    @Test
    void aLargeImageTakesAnyPlace() {
        long size = largestSize();
        image.create(size);
        write(image, size - 10, random(4, 10));

        assertThat(read(image, size - 20, 20)).startsWith(new byte[10]).endsWith(random(4, 10));
    }

    @Test
    void writingBehindTheEndMakesItLonger() {
        image.create(512);
        write(image, 5000, random(5, 100));

        assertThat(image.size()).isEqualTo(5100);
        assertThat(read(image, 500, 4500)).isEqualTo(new byte[4500]);
    }

    @Test
    void readingBehindTheEndFails() {
        image.create(512);

        assertFails(Kind.IO_ERROR, () -> read(image, 500, 13));
        assertFails(Kind.IO_ERROR, () -> read(image, 4096, 1));
    }

    @Test
    void whatIsNotThereIsNotFound() {
        Image none = store.image("/images/none.raw");

        assertFails(Kind.NOT_FOUND, none::size);
        assertFails(Kind.NOT_FOUND, () -> read(none, 0, 1));
        assertFails(Kind.NOT_FOUND, () -> write(none, 0, new byte[1]));
        assertFails(Kind.NOT_FOUND, none::flush);
        assertFails(Kind.NOT_FOUND, () -> none.resize(1));
    }

    @Test
    void namesAreTakenAsTheyAre() {
        Image odd = store.image("/images/a b/ü%20.raw");
        odd.create(512);

        assertThat(other.image("/images/a b/ü%20.raw").size()).isEqualTo(512);
    }

    @Test
    void manyDoItAtOnce() {
        image.create(SIZE);
        int part = SIZE / 32;
        try (var threads = Executors.newFixedThreadPool(8)) {
            var done = IntStream.range(0, 32)
                    .mapToObj(i -> threads.submit(() -> write(image, (long) i * part, random(i, part))))
                    .toList();
            done.forEach(ImageStoreContractTest::join);
        }
        for (int i = 0; i < 32; i++) {
            assertThat(read(image, (long) i * part, part)).isEqualTo(random(i, part));
        }
    }

    private static void join(Future<?> done) {
        try {
            done.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12})
    void behavesLikeAnArrayOfBytes(long seed) {
        var random = new SplittableRandom(seed);
        byte[] model = new byte[SIZE];
        image.create(SIZE);
        for (int step = 0; step < 100; step++) {
            int offset = random.nextInt(SIZE);
            int length = 1 + random.nextInt(Math.min(SIZE - offset, 1 << (1 + random.nextInt(21))));
            if (random.nextBoolean()) {
                byte[] data = random(random.nextLong(), length);
                write(image, offset, data);
                System.arraycopy(data, 0, model, offset, length);
            } else {
                assertThat(read(image, offset, length))
                        .as("seed %d step %d", seed, step)
                        .isEqualTo(Arrays.copyOfRange(model, offset, offset + length));
            }
        }
        assertThat(read(image, 0, SIZE)).as("seed %d", seed).isEqualTo(model);
    }

    private static byte[] read(Image from, long offset, int bytes) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(bytes).fill((byte) 0xee);
            from.read(offset, memory);
            return memory.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static void write(Image to, long offset, byte[] content) {
        to.write(offset, MemorySegment.ofArray(content).asReadOnly());
    }

    private static byte[] random(long seed, int length) {
        byte[] data = new byte[length];
        new SplittableRandom(seed).nextBytes(data);
        return data;
    }

    private static void assertFails(Kind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ImageException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }
}
