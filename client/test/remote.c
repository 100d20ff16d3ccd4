/* SPDX-License-Identifier: MIT */
/* What is particular to a vPool of another machine. */
#include <volary_tcp.h>

#include "test.h"

#define MIB ((uint64_t)1 << 20)

static void misuse(volary_pool *pool)
{
    volary_pool *none;
    volary_volume *volume;
    REFUSED(volary_pool_connect("192.0.2.1", NULL, NULL, &none), EINVAL, "needs TLS");
    REFUSED(volary_pool_connect("", NULL, NULL, &none), EINVAL, "no host");
    REFUSED(volary_pool_connect("localhost", NULL, "/nonexistent", &none), EINVAL, "/nonexistent/ca-cert.pem");
    CHECK(volary_pool_connect("127.0.0.1", "1", NULL, &none) == 0);
    REFUSED(volary_create(none, "v", MIB), ECONNREFUSED, "127.0.0.1:1");
    volary_pool_close(none);
    REFUSED(volary_open(pool, "nosuch", NULL, &volume), ENOENT, "nosuch");
    REFUSED(volary_open(pool, "r@nosuch", NULL, &volume), ENOENT, "nosuch");
    REFUSED(volary_create(pool, "r", MIB), EEXIST, "r");
}

static void limits(volary_volume *volume)
{
    static char data[4 << 20];
    struct iovec iov[2] = {{data, 2 * MIB}, {data + 2 * MIB, 512}};
    struct volary_completion ended;
    volary_queue *queue = volary_queue_get(volume, 0);
    REFUSED(volary_queue_read(queue, 0, iov, 2, NULL), EINVAL, "within limits");
    REFUSED(volary_queue_read(queue, 100, iov, 1, NULL), EINVAL, "multiples of 512");
    iov[0].iov_len = sizeof data;
    CHECK(volary_queue_write(queue, 0, iov, 1, data) == 0);
    CHECK(volary_queue_wait(queue, &ended, 1, 1, 30000) == 1 && ended.result == 0 && ended.user == data);
    CHECK(volary_queue_pending(queue) == 0 && !volary_queue_ready(queue));
    CHECK(volary_queue_write(queue, 8 * MIB - 512, &(struct iovec){data, 1024}, 1, NULL) == 0);
    CHECK(volary_queue_wait(queue, &ended, 1, 1, 30000) == 1 && ended.result == -ENOSPC);
}

/* Readers do not stand in the way of a deletion, and learn of it. */
static void deleted(volary_pool *pool)
{
    struct volary_open_options reading = {.struct_size = sizeof reading, .flags = VOLARY_READ_ONLY};
    volary_volume *volume;
    char data[512];
    CHECK(volary_open(pool, "r", &reading, &volume) == 0);
    CHECK(volary_read(volume, data, sizeof data, 0) == 0);
    REFUSED(volary_write(volume, data, sizeof data, 0), EROFS, "r");
    CHECK(volary_remove(pool, "r", 0) == 0);
    REFUSED(volary_read(volume, data, sizeof data, 0), ENODEV, "r:");
    volary_close(volume);
}

void test_remote(volary_pool *pool)
{
    struct volary_open_options options = {.struct_size = sizeof options, .queues = 1};
    volary_volume *volume;
    char data[512] = {1};
    CHECK(volary_create(pool, "r", 8 * MIB) == 0);
    misuse(pool);
    CHECK(volary_open(pool, "r", &options, &volume) == 0);
    limits(volume);
    CHECK(volary_resize(pool, "r", 9 * MIB, 0) == 0);
    CHECK(volary_size(volume) == 9 * MIB);
    CHECK(volary_write(volume, data, sizeof data, 9 * MIB - 512) == 0);
    volary_close(volume);
    deleted(pool);
}
