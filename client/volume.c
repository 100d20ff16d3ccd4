/* SPDX-License-Identifier: MIT */
/* Opening and closing a volume, and its memory. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "internal.h"

#define DEFAULT_DEPTH 128
#define MIN_DEPTH 4
#define SYNC_DEPTH 4
#define MAX_DEPTH 1024
#define MAX_QUEUES 63
#define DEFAULT_RECONNECT_SECONDS 300

/* The rings of a second writer do not start: so long they may take before the daemon is asked who holds the volume. */
#define PROBE_MS 500
#define PROBES 60

/* A holder that is this process may be this very connection, whose answer is late; after so many probes it is another one. */
#define OWN_PROBES 10

static int check_options(const char *name, const struct volary_open_options *options)
{
    unsigned depth = options->depth;
    if (options->struct_size != sizeof *options) {
        return volary_fail(EINVAL, "%s: the options' struct_size is not that of this library's", name);
    }
    if (options->queues > MAX_QUEUES || depth > MAX_DEPTH || (depth && depth < MIN_DEPTH) || (depth & (depth - 1))) {
        return volary_fail(EINVAL,
                           "%s: %u queues with a depth of %u: there are up to %d, and the depth is a power of two from %d to %d", name,
                           options->queues, depth, MAX_QUEUES, MIN_DEPTH, MAX_DEPTH);
    }
    if (options->flags & ~(unsigned)VOLARY_READ_ONLY) {
        return volary_fail(EINVAL, "%s: unknown flags 0x%x", name, options->flags);
    }
    return 0;
}

static int parse(volary_volume *volume, const char *name)
{
    const char *at = strchr(name, '@');
    size_t length = at ? (size_t)(at - name) : strlen(name);
    if (length >= sizeof volume->name || (at && strlen(at + 1) >= sizeof volume->snapshot)) {
        return volary_fail(EINVAL, "'%s' is too long for the name of a volume or snapshot", name);
    }
    memcpy(volume->name, name, length);
    strcpy(volume->snapshot, at ? at + 1 : "");
    strcpy(volume->reference, name);
    int status = volary_check_name("volume", volume->name);
    return status || !at ? status : volary_check_name("snapshot", volume->snapshot);
}

static int make_rings(volary_volume *volume)
{
    volume->rings = calloc(volume->queue_count, sizeof *volume->rings);
    if (!volume->rings) {
        return volary_fail(ENOMEM, "%s: no memory for queues", volume->reference);
    }
    for (unsigned i = 0; i < volume->queue_count; i++) {
        volume->rings[i].ring.kick = volume->rings[i].ring.call = -1;
    }
    int status = 0;
    for (unsigned i = 0; status == 0 && i < volume->queue_count; i++) {
        bool last = i + 1 == volume->queue_count;
        volume->queues[i] = (volary_queue){volume, &volary_ring_links, &volume->rings[i]};
        status = volary_ring_queue_init(&volume->rings[i], volume, last ? SYNC_DEPTH : volume->depth);
    }
    return status;
}

static int prepare(volary_volume *volume, const char *name, const struct volary_open_options *options)
{
    pthread_mutex_init(&volume->lock, NULL);
    pthread_mutex_init(&volume->sync_lock, NULL);
    volume->session = (struct session){.socket = -1, .inflight = -1};
    volume->depth = options->depth ? options->depth : DEFAULT_DEPTH;
    volume->queue_count = options->queues + 1;
    volume->reconnect_seconds = options->reconnect_seconds ? options->reconnect_seconds : DEFAULT_RECONNECT_SECONDS;
    int status = parse(volume, name);
    volume->read_only = (options->flags & VOLARY_READ_ONLY) || volume->snapshot[0];
    volume->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (status == 0 && volume->wake < 0) {
        status = volary_fail(errno, "%s: no eventfd: %s", name, strerror(errno));
    }
    volume->queues = calloc(volume->queue_count, sizeof *volume->queues);
    if (status == 0 && !volume->queues) {
        status = volary_fail(ENOMEM, "%s: no memory for queues", name);
    }
    return status;
}

static void dispose(volary_volume *volume)
{
    for (unsigned i = 0; volume->rings && i < volume->queue_count; i++) {
        volary_ring_queue_destroy(&volume->rings[i]);
    }
    for (unsigned i = 0; i < MAX_REGIONS; i++) {
        if (volume->memory.regions[i].length > 0) {
            volary_memory_forget(&volume->memory.regions[i]);
        }
    }
    if (volume->wake >= 0) {
        close(volume->wake);
    }
    free(volume->rings);
    free(volume->queues);
    free(volume->pool.directory);
    free(volume);
}

static bool is_own(const char *holder)
{
    char own[32];
    snprintf(own, sizeof own, "pid %ld ", (long)getpid());
    return strncmp(holder, own, strlen(own)) == 0;
}

int volary_ask_holder(volary_volume *volume, bool own_too)
{
    struct volary_info info;
    int status = volary_info(&volume->pool, volume->name, &info);
    if (status == 0 && info.holder[0] && (own_too || !is_own(info.holder))) {
        status = volary_fail(EBUSY, "volume %s is held by %s: end that first, or open it for reading only", volume->name,
                             info.holder);
    }
    return status == -ECONNREFUSED ? 0 : status;
}

/* Waits until the rings run. */
static int await_turn(volary_volume *volume)
{
    struct volary_completion answer;
    volary_queue *queue = volary_sync_queue(volume);
    int status = volary_ring_queue_probe(queue->link, NULL);
    for (int i = 0; status == 0 && i < PROBES; i++) {
        if (volary_queue_wait(queue, &answer, 1, 1, PROBE_MS) == 1) {
            return answer.result ? volary_fail(-answer.result, "%s: the daemon cannot serve it", volume->reference) : 0;
        }
        status = volary_ask_holder(volume, i >= OWN_PROBES);
    }
    return status ? status : volary_fail(ETIMEDOUT, "%s: the daemon does not serve it", volume->reference);
}

static int copy_pool(volary_volume *volume, const volary_pool *pool)
{
    volume->pool = *pool;
    volume->pool.directory = strdup(pool->directory);
    if (volary_is_remote(pool)) {
        volume->pool.carrier.name = volume->pool.directory;
    } else {
        volume->pool.carrier.opaque = volume->pool.directory;
    }
    return volume->pool.directory ? 0 : -ENOMEM;
}

static int attach(volary_volume *volume)
{
    if (volary_is_remote(&volume->pool)) {
        return volary_links_open(volume);
    }
    int status = make_rings(volume);
    status = status ? status : volary_session_connect(volume);
    return status ? status : volary_keeper_start(volume);
}

int volary_open(volary_pool *pool, const char *name, const struct volary_open_options *options, volary_volume **opened)
{
    struct volary_open_options defaults = {.struct_size = sizeof defaults};
    options = options ? options : &defaults;
    int status = check_options(name, options);
    if (status) {
        return status;
    }
    volary_volume *volume = calloc(1, sizeof *volume);
    if (!volume || copy_pool(volume, pool)) {
        free(volume);
        return volary_fail(ENOMEM, "%s: no memory", name);
    }
    if ((status = prepare(volume, name, options)) || (status = attach(volume))) {
        volary_session_end(volume);
        volary_links_close(volume);
        dispose(volume);
        return status;
    }
    if (volume->rings && (status = await_turn(volume))) {
        volary_close(volume);
        return status;
    }
    *opened = volume;
    return 0;
}

void volary_close(volary_volume *volume)
{
    if (volume) {
        if (volume->rings) {
            volary_keeper_stop(volume);
        }
        volary_session_end(volume);
        volary_links_close(volume);
        dispose(volume);
    }
}

uint64_t volary_size(volary_volume *volume)
{
    pthread_mutex_lock(&volume->lock);
    if (volume->session.socket >= 0) {
        volary_session_refresh(volume);
    } else if (!volume->rings) {
        volary_links_refresh(volume);
    }
    pthread_mutex_unlock(&volume->lock);
    return atomic_load(&volume->size);
}

bool volary_is_read_only(const volary_volume *volume)
{
    return volume->read_only;
}

uint32_t volary_preferred_block_size(const volary_volume *volume)
{
    return volume->preferred_block_size;
}

volary_queue *volary_queue_get(volary_volume *volume, unsigned index)
{
    return index + 1 < volume->queue_count ? &volume->queues[index] : NULL;
}

volary_queue *volary_sync_queue(volary_volume *volume)
{
    return &volume->queues[volume->queue_count - 1];
}
