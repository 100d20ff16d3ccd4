/* SPDX-License-Identifier: MIT */
/* Random operations on a volume and on an array, synchronous and not, in shared memory and not. */
#include <sys/mman.h>
#include <unistd.h>

#include "test.h"

#define VOLUME_BYTES ((size_t)16 << 20)
#define MOST_BYTES ((size_t)3 << 20)
#define QUEUES 2

struct test {
    volary_volume *volume;
    char *model;
    char *shared;
    char *mapped;
    char *private;
    uint64_t random;
};

static size_t below(struct test *test, size_t limit)
{
    return next_random(&test->random) % limit;
}

static char *buffer(struct test *test)
{
    char *const buffers[] = {test->shared, test->mapped, test->private};
    return buffers[below(test, 3)];
}

static void randomize(struct test *test, char *data, size_t length)
{
    for (size_t i = 0; i < length; i += 8) {
        uint64_t word = next_random(&test->random);
        memcpy(data + i, &word, 8);
    }
}

/* One request, in up to five segments of one buffer or of all, on one of the queues. */
static void asynchronous(struct test *test, bool in, size_t offset, size_t length)
{
    volary_queue *queue = volary_queue_get(test->volume, (unsigned)below(test, QUEUES));
    struct iovec iov[5];
    int count = 0;
    char *one = buffer(test);
    bool mixed = below(test, 2);
    length = length > VOLARY_MAX_BOUNCE ? VOLARY_MAX_BOUNCE : length;
    for (size_t at = 0; at < length; count++) {
        size_t part = count == 4 ? length - at : below(test, (length - at) / 512 + 1) * 512;
        iov[count] = (struct iovec){(mixed ? buffer(test) : one) + at, part};
        at += part;
        if (!in) {
            randomize(test, iov[count].iov_base, part);
        }
    }
    struct volary_completion ended;
    CHECK((in ? volary_queue_read : volary_queue_write)(queue, offset, iov, count, test) == 0);
    CHECK(volary_queue_pending(queue) == 1);
    CHECK(volary_queue_wait(queue, &ended, 1, 1, 30000) == 1);
    CHECK(ended.user == test && ended.result == 0);
    for (int i = 0; i < count; i++) {
        if (in) {
            CHECK(memcmp(iov[i].iov_base, test->model + offset, iov[i].iov_len) == 0);
        } else {
            memcpy(test->model + offset, iov[i].iov_base, iov[i].iov_len);
        }
        offset += iov[i].iov_len;
    }
}

static void discard(struct test *test, size_t offset, size_t length)
{
    size_t block = volary_preferred_block_size(test->volume);
    size_t begin = (offset + block - 1) / block * block, end = (offset + length) / block * block;
    CHECK(volary_discard(test->volume, length, offset) == 0);
    if (begin < end) {
        memset(test->model + begin, 0, end - begin);
    }
}

static void step(struct test *test)
{
    size_t length = (below(test, 3) ? below(test, 64) + 1 : below(test, MOST_BYTES / 512) + 1) * 512;
    size_t offset = below(test, (VOLUME_BYTES - length) / 512 + 1) * 512;
    char *data = buffer(test);
    switch (below(test, 8)) {
    case 0:
        randomize(test, data, length);
        CHECK(volary_write(test->volume, data, length, offset) == 0);
        memcpy(test->model + offset, data, length);
        break;
    case 1:
        CHECK(volary_read(test->volume, data, length, offset) == 0);
        CHECK(memcmp(data, test->model + offset, length) == 0);
        break;
    case 2:
        discard(test, offset, length);
        break;
    case 3:
        CHECK(volary_write_zeroes(test->volume, length, offset, below(test, 2) ? VOLARY_UNMAP : 0) == 0);
        memset(test->model + offset, 0, length);
        break;
    case 4:
        CHECK(volary_flush(test->volume) == 0);
        break;
    default:
        asynchronous(test, below(test, 2), offset, length);
    }
}

static void map_own(struct test *test, int *fd)
{
    *fd = memfd_create("test", 0);
    CHECK(*fd >= 0 && ftruncate(*fd, (off_t)MOST_BYTES + 4096) == 0);
    test->mapped = mmap(NULL, MOST_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 4096);
    CHECK(test->mapped != MAP_FAILED);
    CHECK(volary_map(test->volume, test->mapped, MOST_BYTES, *fd, 4096) == 0);
}

static void compare_all(volary_pool *pool, const char *name, struct test *test)
{
    char *all = malloc(VOLUME_BYTES);
    CHECK(volary_open(pool, name, NULL, &test->volume) == 0);
    CHECK(volary_read(test->volume, all, VOLUME_BYTES, 0) == 0);
    CHECK(memcmp(all, test->model, VOLUME_BYTES) == 0);
    volary_close(test->volume);
    free(all);
}

void test_random(volary_pool *pool, const char *name, uint64_t seed, int operations)
{
    struct volary_open_options options = {.struct_size = sizeof options, .queues = QUEUES, .depth = 16};
    struct test test = {.random = seed, .model = calloc(1, VOLUME_BYTES), .private = malloc(MOST_BYTES)};
    int fd;
    CHECK(volary_create(pool, name, VOLUME_BYTES) == 0);
    CHECK(volary_open(pool, name, &options, &test.volume) == 0);
    CHECK(volary_alloc(test.volume, MOST_BYTES, (void **)&test.shared) == 0);
    map_own(&test, &fd);
    for (int i = 0; i < operations; i++) {
        step(&test);
        if (i % 64 == 0) { /* memory comes and goes while rings run */
            volary_free(test.volume, test.shared);
            CHECK(volary_alloc(test.volume, MOST_BYTES, (void **)&test.shared) == 0);
        }
    }
    volary_unmap(test.volume, test.mapped);
    munmap(test.mapped, MOST_BYTES);
    close(fd);
    volary_close(test.volume);
    compare_all(pool, name, &test);
    printf("%d operations with seed %llu\n", operations, (unsigned long long)seed);
    free(test.model);
    free(test.private);
}
