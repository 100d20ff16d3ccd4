/* SPDX-License-Identifier: MIT */
/* Writes at depth 32, each block with its number and how often it was written, reading back what must be there. Somebody kills
 * the daemon meanwhile: nothing fails, and nothing is lost. */
#include <poll.h>
#include <time.h>

#include "test.h"

#define DEPTH 32
#define BLOCK 4096
#define BLOCKS 2048

struct request {
    struct iovec iov;
    uint64_t block;
    bool in;
};

struct load {
    volary_queue *queue;
    uint64_t random;
    uint32_t times[BLOCKS];
    bool busy[BLOCKS];
    uint64_t reads, writes;
};

static void stamp(char *data, uint64_t block, uint32_t times)
{
    for (size_t i = 0; i < BLOCK; i += 16) {
        uint64_t words[] = {block, times ? times : 0};
        memcpy(data + i, words, sizeof words);
    }
    if (times == 0) {
        memset(data, 0, BLOCK);
    }
}

static void begin(struct load *load, struct request *request)
{
    do {
        request->block = next_random(&load->random) % BLOCKS;
    } while (load->busy[request->block]);
    request->in = next_random(&load->random) % 3 == 0;
    load->busy[request->block] = true;
    if (!request->in) {
        stamp(request->iov.iov_base, request->block, ++load->times[request->block]);
    }
    CHECK((request->in ? volary_queue_read : volary_queue_write)(load->queue, request->block * BLOCK, &request->iov, 1,
                                                                 request) == 0);
}

static void end(struct load *load, struct volary_completion *ended)
{
    struct request *request = ended->user;
    char expected[BLOCK];
    CHECK(ended->result == 0);
    if (request->in) {
        stamp(expected, request->block, load->times[request->block]);
        CHECK(memcmp(expected, request->iov.iov_base, BLOCK) == 0);
    }
    load->reads += request->in;
    load->writes += !request->in;
    load->busy[request->block] = false;
}

/* As a main loop would: polls the eventfd. */
static void run(struct load *load, struct request *requests, int seconds)
{
    time_t limit = time(NULL) + seconds;
    for (int i = 0; i < DEPTH; i++) {
        begin(load, &requests[i]);
    }
    CHECK(volary_queue_flush(load->queue, NULL) == -EAGAIN);
    volary_queue_submit(load->queue);
    while (volary_queue_pending(load->queue) > 0) {
        struct pollfd event = {.fd = volary_queue_fd(load->queue), .events = POLLIN};
        struct volary_completion ended[8];
        CHECK(poll(&event, 1, 60000) == 1);
        int count;
        do {
            count = volary_queue_reap(load->queue, ended, 8);
            for (int i = 0; i < count; i++) {
                end(load, &ended[i]);
                if (time(NULL) < limit) {
                    begin(load, ended[i].user);
                }
            }
        } while (count == 8);
        volary_queue_submit(load->queue);
    }
}

static void verify(struct load *load, volary_volume *volume)
{
    char data[BLOCK], expected[BLOCK];
    for (uint64_t block = 0; block < BLOCKS; block++) {
        stamp(expected, block, load->times[block]);
        CHECK(volary_read(volume, data, BLOCK, block * BLOCK) == 0);
        CHECK(memcmp(data, expected, BLOCK) == 0);
    }
}

void test_load(volary_pool *pool, const char *name, int seconds)
{
    struct volary_open_options options = {.struct_size = sizeof options, .queues = 1, .depth = DEPTH};
    struct load load = {.random = 1};
    struct request requests[DEPTH];
    volary_volume *volume;
    void *shared;
    CHECK(volary_create(pool, name, BLOCKS * BLOCK) == 0);
    CHECK(volary_open(pool, name, &options, &volume) == 0);
    CHECK(volary_alloc(volume, DEPTH * BLOCK, &shared) == 0);
    load.queue = volary_queue_get(volume, 0);
    for (int i = 0; i < DEPTH; i++) { /* one half of the buffers is shared */
        requests[i].iov = (struct iovec){i % 2 ? malloc(BLOCK) : (char *)shared + i * BLOCK, BLOCK};
    }
    puts("running");
    fflush(stdout);
    run(&load, requests, seconds);
    verify(&load, volume);
    volary_close(volume);
    for (int i = 1; i < DEPTH; i += 2) {
        free(requests[i].iov.iov_base);
    }
    printf("%llu reads, %llu writes\n", (unsigned long long)load.reads, (unsigned long long)load.writes);
}
