/* SPDX-License-Identifier: MIT */
/* A queue over NBD, as the program uses it: requests go to a worker thread, which has a connection of its own. */
#include "link.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST_BYTES ((uint64_t)32 << 20)

void volary_fifo_put(struct link *link, struct fifo *fifo, unsigned slot)
{
    pthread_mutex_lock(&link->lock);
    fifo->slots[(fifo->head + fifo->count) % link->depth] = slot;
    fifo->count++;
    pthread_mutex_unlock(&link->lock);
}

int volary_fifo_take(struct link *link, struct fifo *fifo)
{
    int slot = -1;
    pthread_mutex_lock(&link->lock);
    if (fifo->count > 0) {
        slot = (int)fifo->slots[fifo->head];
        fifo->head = (fifo->head + 1) % link->depth;
        fifo->count--;
    }
    pthread_mutex_unlock(&link->lock);
    return slot;
}

static char *bounce_of(struct link *link, unsigned slot)
{
    return link->bounce + (size_t)slot * VOLARY_MAX_BOUNCE;
}

static bool is_data(const struct volary_request *request)
{
    return request->operation == VOLARY_OP_READ || request->operation == VOLARY_OP_WRITE;
}

/* Between the caller's segments and the bounce buffer. */
static void copy(const struct volary_request *request, char *data, bool in)
{
    for (int i = 0; i < request->iovcnt; i++) {
        const struct iovec *part = &request->iov[i];
        memcpy(in ? part->iov_base : data, in ? data : part->iov_base, part->iov_len);
        data += part->iov_len;
    }
}

static int begin(void *opaque, const struct volary_request *request)
{
    struct link *link = opaque;
    bool bounced = is_data(request) && request->iovcnt != 1;
    if (is_data(request) && request->length > (bounced ? VOLARY_MAX_BOUNCE : MOST_BYTES)) {
        return -EINVAL;
    }
    int failed = atomic_load(&link->failed);
    if (failed || link->free_count == 0) {
        return failed ? -failed : -EAGAIN;
    }
    unsigned index = link->free_slots[--link->free_count];
    struct slot *slot = &link->slots[index];
    slot->request = *request;
    slot->data = bounced ? bounce_of(link, index) : is_data(request) ? request->iov[0].iov_base : NULL;
    if (bounced && request->operation == VOLARY_OP_WRITE) {
        copy(request, slot->data, false);
    }
    link->begun[link->begun_count++] = index;
    return 0;
}

static void submit(void *opaque)
{
    struct link *link = opaque;
    for (unsigned i = 0; i < link->begun_count; i++) {
        volary_fifo_put(link, &link->submitted, link->begun[i]);
    }
    if (link->begun_count > 0) {
        eventfd_write(link->wake, 1);
    }
    link->begun_count = 0;
}

static int reap(void *opaque, struct volary_completion *completions, int max)
{
    struct link *link = opaque;
    eventfd_t ignored;
    eventfd_read(link->call, &ignored);
    int count = 0, index;
    while (count < max && (index = volary_fifo_take(link, &link->ended)) >= 0) {
        struct slot *slot = &link->slots[index];
        struct volary_request *request = &slot->request;
        if (slot->result == 0 && request->operation == VOLARY_OP_READ && slot->data == bounce_of(link, (unsigned)index)) {
            copy(request, slot->data, true);
        }
        completions[count++] = (struct volary_completion){request->user, slot->result};
        link->free_slots[link->free_count++] = (unsigned)index;
    }
    return count;
}

static bool ready(const void *opaque)
{
    const struct link *link = opaque;
    return atomic_load(&link->ended.count) > 0;
}

static unsigned pending(const void *opaque)
{
    const struct link *link = opaque;
    return link->depth - link->free_count;
}

static int fd(const void *opaque)
{
    return ((const struct link *)opaque)->call;
}

static void dispose(struct link *link)
{
    if (link->nbd) {
        nbd_close(link->nbd);
    }
    if (link->wake >= 0) {
        close(link->wake);
    }
    if (link->call >= 0) {
        close(link->call);
    }
    if (link->bounce) {
        munmap(link->bounce, link->depth * VOLARY_MAX_BOUNCE);
    }
    free(link->export);
    free(link->slots);
    free(link->free_slots);
    free(link->begun);
    free(link->submitted.slots);
    free(link->ended.slots);
    free(link);
}

static int make(struct link *link, const struct volary_link_options *options)
{
    unsigned depth = options->depth;
    pthread_mutex_init(&link->lock, NULL);
    link->depth = depth;
    link->read_only = options->read_only;
    link->reconnect_seconds = options->reconnect_seconds;
    snprintf(link->port, sizeof link->port, "%u", options->port);
    link->export = strdup(options->name);
    link->slots = calloc(depth, sizeof *link->slots);
    link->free_slots = calloc(depth, sizeof *link->free_slots);
    link->begun = calloc(depth, sizeof *link->begun);
    link->submitted.slots = calloc(depth, sizeof *link->submitted.slots);
    link->ended.slots = calloc(depth, sizeof *link->ended.slots);
    link->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    link->call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    void *bounce =
        mmap(NULL, depth * VOLARY_MAX_BOUNCE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    link->bounce = bounce == MAP_FAILED ? NULL : bounce;
    if (!link->export || !link->slots || !link->free_slots || !link->begun || !link->submitted.slots || !link->ended.slots ||
        !link->bounce || link->wake < 0 || link->call < 0) {
        return volary_fail(ENOMEM, "%s: no memory for a queue", options->name);
    }
    for (unsigned i = 0; i < depth; i++) {
        link->slots[i].link = link;
        link->free_slots[link->free_count++] = depth - 1 - i;
    }
    return 0;
}

/* Signals are the program's. */
static int start(struct link *link)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int number = pthread_create(&link->thread, NULL, volary_worker_run, link);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return number ? volary_fail(number, "%s: no thread: %s", link->export, strerror(number)) : 0;
}

static int open_link(void *remote, const struct volary_link_options *options, void **opened)
{
    struct link *link = calloc(1, sizeof *link);
    if (!link) {
        return volary_fail(ENOMEM, "%s: no memory for a queue", options->name);
    }
    link->remote = remote;
    link->wake = link->call = -1;
    int status = make(link, options);
    if (status || (status = volary_worker_connect(link)) || (status = start(link))) {
        dispose(link);
        return status;
    }
    *opened = link;
    return 0;
}

static void close_link(void *opaque)
{
    struct link *link = opaque;
    submit(link);
    atomic_store(&link->closing, true);
    eventfd_write(link->wake, 1);
    pthread_join(link->thread, NULL);
    dispose(link);
}

const struct volary_links volary_nbd_links = {.open = open_link,
                                              .close = close_link,
                                              .begin = begin,
                                              .submit = submit,
                                              .reap = reap,
                                              .ready = ready,
                                              .pending = pending,
                                              .fd = fd};
