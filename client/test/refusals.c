/* SPDX-License-Identifier: MIT */
/* What is refused, and what is said then. */
#include <unistd.h>

#include "test.h"

#define MIB ((uint64_t)1 << 20)

static void misuse(volary_pool *pool)
{
    struct volary_open_options options = {.struct_size = sizeof options, .depth = 5};
    volary_volume *volume;
    volary_pool *none;
    REFUSED(volary_open(pool, "r", &options, &volume), EINVAL, "power of two");
    options.depth = 0;
    options.struct_size = 1;
    REFUSED(volary_open(pool, "r", &options, &volume), EINVAL, "struct_size");
    REFUSED(volary_open(pool, "x/y", NULL, &volume), EINVAL, "'x/y' cannot be the name");
    REFUSED(volary_open(pool, "nosuch", NULL, &volume), ENOENT, "nosuch");
    REFUSED(volary_open(pool, "r@nosuch", NULL, &volume), ENOENT, "nosuch");
    REFUSED(volary_create(pool, "r", MIB), EEXIST, "r");
    REFUSED(volary_create(pool, "s", 513), EINVAL, "512");
    REFUSED(volary_resize(pool, "r", MIB, 0), EINVAL, "r has");
    REFUSED(volary_remove(pool, "nosuch", 0), ENOENT, "nosuch");
    REFUSED(volary_snapshot_create(pool, "r", "a b"), EINVAL, "'a b' cannot be the name of a snapshot");
    REFUSED(volary_pool_open("", &none), EINVAL, "empty");
    CHECK(volary_pool_open("/nonexistent/vpool", &none) == 0);
    REFUSED(volary_create(none, "v", MIB), ECONNREFUSED, "start it with: volary --pool '/nonexistent/vpool' start");
    volary_pool_close(none);
}

static void second_writer(volary_pool *pool, volary_volume *first)
{
    struct volary_open_options reading = {.struct_size = sizeof reading, .flags = VOLARY_READ_ONLY};
    volary_volume *second;
    char own[64], byte[512] = {7}, read[512];
    snprintf(own, sizeof own, "held by pid %d", (int)getpid());
    REFUSED(volary_open(pool, "r", NULL, &second), EBUSY, own);
    REFUSED(volary_remove(pool, "r", 0), EBUSY, own + 8);
    CHECK(volary_write(first, byte, sizeof byte, 0) == 0);
    CHECK(volary_open(pool, "r", &reading, &second) == 0);
    CHECK(volary_read(second, read, sizeof read, 0) == 0 && read[0] == 7);
    volary_close(second);
}

static void ranges(volary_volume *volume)
{
    char data[1024];
    void *buffer;
    REFUSED(volary_read(volume, data, 100, 0), EINVAL, "multiples of 512");
    REFUSED(volary_write(volume, data, 512, 1), EINVAL, "multiples of 512");
    REFUSED(volary_read(volume, data, 1024, 2 * MIB - 512), EIO, "r: read at");
    REFUSED(volary_discard(volume, MIB, 2 * MIB), EIO, "r: discard at");
    REFUSED(volary_alloc(volume, 0, &buffer), EINVAL, "no bytes");
    REFUSED(volary_map(volume, data, 512, -1, 0), EBADF, "no memory");
}

/* Its readers learn that a volume is gone, and their requests end. */
static void deleted(volary_pool *pool)
{
    struct volary_open_options reading = {.struct_size = sizeof reading, .flags = VOLARY_READ_ONLY};
    volary_volume *volume;
    char data[512];
    CHECK(volary_open(pool, "r", &reading, &volume) == 0);
    CHECK(volary_remove(pool, "r", 0) == 0);
    REFUSED(volary_read(volume, data, sizeof data, 0), ENODEV, "r:");
    volary_close(volume);
}

void test_refusals(volary_pool *pool)
{
    volary_volume *volume;
    CHECK(volary_create(pool, "r", 2 * MIB) == 0);
    misuse(pool);
    CHECK(volary_open(pool, "r", NULL, &volume) == 0);
    second_writer(pool, volume);
    ranges(volume);
    CHECK(volary_resize(pool, "r", 3 * MIB, 0) == 0);
    CHECK(volary_size(volume) == 3 * MIB);
    volary_close(volume);
    deleted(pool);
}

/* Says "held" when it holds the volume, and holds it until its input ends. */
void test_hold(volary_pool *pool, const char *name)
{
    volary_volume *volume;
    char data[512] = {0};
    CHECK(volary_open(pool, name, NULL, &volume) == 0);
    CHECK(volary_write(volume, data, sizeof data, 0) == 0);
    puts("held");
    fflush(stdout);
    while (getchar() != EOF) {
    }
    volary_close(volume);
}
