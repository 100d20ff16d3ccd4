/* SPDX-License-Identifier: MIT */
/* A queue over shared memory: requests of virtio's block device on one ring. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum request_type {
    REQUEST_IN = 0,
    REQUEST_OUT = 1,
    REQUEST_FLUSH = 4,
    REQUEST_GET_ID = 8,
    REQUEST_DISCARD = 11,
    REQUEST_WRITE_ZEROES = 13,
};

#define HEADER_BYTES 16
#define RANGE_UNMAP 1
#define UNSUPPORTED 2
#define NO_STATUS 0xff
#define HUGE_PAGE ((size_t)2 << 20)

static size_t slots_bytes(unsigned depth)
{
    return depth * sizeof(struct shared_slot);
}

/* Ring and slots, then, at the beginning of a huge page, a place for the data of each slot. */
static size_t bounce_offset(unsigned depth)
{
    return (volary_ring_bytes(depth) + slots_bytes(depth) + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
}

int volary_ring_queue_init(struct ring_queue *queue, volary_volume *volume, unsigned depth)
{
    size_t bytes = bounce_offset(depth) + depth * VOLARY_MAX_BOUNCE;
    void *memory;
    int fd;
    int status = volary_memory_make(bytes, &fd, &memory);
    if (status) {
        return status;
    }
    volary_memory_add(&volume->memory, memory, bytes, fd, 0, true); /* there are more regions than queues */
    queue->volume = volume;
    queue->shared = (struct shared_slot *)((char *)memory + volary_ring_bytes(depth));
    queue->bounce = (char *)memory + bounce_offset(depth);
    queue->slots = calloc(depth, sizeof *queue->slots);
    queue->free_slots = calloc(depth, sizeof *queue->free_slots);
    if (!queue->slots || !queue->free_slots) {
        return volary_fail(ENOMEM, "%s: no memory for a queue", volume->reference);
    }
    for (unsigned i = 0; i < depth; i++) {
        queue->free_slots[queue->free_count++] = (uint16_t)(depth - 1 - i);
    }
    return volary_ring_init(&queue->ring, depth, memory);
}

void volary_ring_queue_destroy(struct ring_queue *queue)
{
    volary_ring_close(&queue->ring);
    free(queue->slots);
    free(queue->free_slots);
}

static void add(struct shared_slot *shared, unsigned *count, const void *data, size_t length, unsigned flags)
{
    struct descriptor *entry = &shared->table[*count];
    ++*count;
    *entry = (struct descriptor){(uintptr_t)data, (uint32_t)length, (uint16_t)(flags | DESCRIPTOR_NEXT), (uint16_t)*count};
}

/* A slot whose head says `type` and `offset`, or -errno. */
static int take_slot(struct ring_queue *queue, enum request_type type, uint64_t offset, void *user, unsigned *count)
{
    int failed = atomic_load_explicit(&queue->volume->failed, memory_order_acquire);
    if (failed) {
        return -failed;
    }
    if (queue->free_count == 0) {
        return -EAGAIN;
    }
    unsigned slot = queue->free_slots[queue->free_count - 1];
    struct shared_slot *shared = &queue->shared[slot];
    queue->slots[slot] = (struct slot){.user = user};
    shared->type = type;
    shared->reserved = 0;
    shared->sector = offset / SECTOR;
    shared->status = NO_STATUS;
    *count = 0;
    add(shared, count, shared, HEADER_BYTES, 0);
    return (int)slot;
}

static void offer(struct ring_queue *queue, int slot, unsigned count)
{
    struct shared_slot *shared = &queue->shared[slot];
    shared->table[count] = (struct descriptor){(uintptr_t)&shared->status, 1, DESCRIPTOR_WRITE, 0};
    queue->ring.descriptors[slot] = (struct descriptor){
        (uintptr_t)shared->table, (uint32_t)((count + 1) * sizeof(struct descriptor)), DESCRIPTOR_INDIRECT, 0};
    queue->slots[slot].busy = true;
    queue->free_count--;
    volary_ring_offer(&queue->ring, (unsigned)slot);
}

static bool is_shared(struct ring_queue *queue, const struct iovec *iov, int iovcnt)
{
    for (int i = 0; i < iovcnt; i++) {
        if (!volary_memory_covers(&queue->volume->memory, iov[i].iov_base, iov[i].iov_len)) {
            return false;
        }
    }
    return iovcnt <= VOLARY_MAX_SEGMENTS;
}

static void gather(char *target, const struct iovec *iov, int iovcnt)
{
    for (int i = 0; i < iovcnt; i++) {
        memcpy(target, iov[i].iov_base, iov[i].iov_len);
        target += iov[i].iov_len;
    }
}

static void scatter(const char *source, const struct iovec *iov, int iovcnt)
{
    for (int i = 0; i < iovcnt; i++) {
        memcpy(iov[i].iov_base, source, iov[i].iov_len);
        source += iov[i].iov_len;
    }
}

static int transfer(struct ring_queue *queue, const struct volary_request *request)
{
    const struct iovec *iov = request->iov;
    int iovcnt = request->iovcnt;
    bool in = request->operation == VOLARY_OP_READ;
    bool zero_copy = is_shared(queue, iov, iovcnt);
    if (request->length > UINT32_MAX || (!zero_copy && request->length > VOLARY_MAX_BOUNCE)) {
        return -EINVAL;
    }
    unsigned count;
    int slot = take_slot(queue, in ? REQUEST_IN : REQUEST_OUT, request->offset, request->user, &count);
    if (slot < 0) {
        return slot;
    }
    struct shared_slot *shared = &queue->shared[slot];
    unsigned flags = in ? DESCRIPTOR_WRITE : 0;
    if (zero_copy) {
        for (int i = 0; i < iovcnt; i++) {
            if (iov[i].iov_len > 0) {
                add(shared, &count, iov[i].iov_base, iov[i].iov_len, flags);
            }
        }
    } else {
        char *bounce = queue->bounce + (size_t)slot * VOLARY_MAX_BOUNCE;
        if (in) {
            queue->slots[slot].iov = iov;
            queue->slots[slot].iovcnt = iovcnt;
        } else {
            gather(bounce, iov, iovcnt);
        }
        add(shared, &count, bounce, request->length, flags);
    }
    offer(queue, slot, count);
    return 0;
}

static int flush(struct ring_queue *queue, void *user)
{
    unsigned count;
    int slot = take_slot(queue, REQUEST_FLUSH, 0, user, &count);
    if (slot < 0) {
        return slot;
    }
    offer(queue, slot, count);
    return 0;
}

static int clear(struct ring_queue *queue, const struct volary_request *request)
{
    enum request_type type = request->operation == VOLARY_OP_DISCARD ? REQUEST_DISCARD : REQUEST_WRITE_ZEROES;
    unsigned count;
    int slot = take_slot(queue, type, 0, request->user, &count);
    if (slot < 0) {
        return slot;
    }
    struct shared_slot *shared = &queue->shared[slot];
    shared->range.sector = request->offset / SECTOR;
    shared->range.sectors = (uint32_t)(request->length / SECTOR);
    shared->range.flags = type == REQUEST_WRITE_ZEROES && (request->flags & VOLARY_UNMAP) ? RANGE_UNMAP : 0;
    add(shared, &count, &shared->range, sizeof shared->range, 0);
    offer(queue, slot, count);
    return 0;
}

static int begin(void *link, const struct volary_request *request)
{
    switch (request->operation) {
    case VOLARY_OP_READ:
    case VOLARY_OP_WRITE:
        return transfer(link, request);
    case VOLARY_OP_FLUSH:
        return flush(link, request->user);
    default:
        return clear(link, request);
    }
}

int volary_ring_queue_probe(struct ring_queue *queue, void *user)
{
    unsigned count;
    int slot = take_slot(queue, REQUEST_GET_ID, 0, user, &count);
    if (slot < 0) {
        return slot;
    }
    struct shared_slot *shared = &queue->shared[slot];
    add(shared, &count, shared->id, sizeof shared->id, DESCRIPTOR_WRITE);
    offer(queue, slot, count);
    return 0;
}

static void submit(void *link)
{
    struct ring_queue *queue = link;
    volary_ring_publish(&queue->ring);
}

static struct volary_completion end(struct ring_queue *queue, unsigned slot, int result)
{
    struct slot *ended = &queue->slots[slot];
    if (result == 0 && ended->iov) {
        scatter(queue->bounce + slot * VOLARY_MAX_BOUNCE, ended->iov, ended->iovcnt);
    }
    ended->busy = false;
    queue->free_slots[queue->free_count++] = (uint16_t)slot;
    return (struct volary_completion){ended->user, result};
}

static int result_of(uint8_t status)
{
    return status == 0 ? 0 : status == UNSUPPORTED ? -ENOTSUP : -EIO;
}

/* Nobody serves the ring any more: what is under way fails. */
static int abandon(struct ring_queue *queue, struct volary_completion *completions, int count, int max, int failed)
{
    for (unsigned slot = 0; slot < queue->ring.size && count < max; slot++) {
        if (queue->slots[slot].busy) {
            completions[count++] = end(queue, slot, -failed);
        }
    }
    return count;
}

static int reap(void *link, struct volary_completion *completions, int max)
{
    struct ring_queue *queue = link;
    int count = 0;
    int failed = atomic_load_explicit(&queue->volume->failed, memory_order_acquire);
    volary_ring_quiet(&queue->ring);
    while (count < max) {
        int slot = volary_ring_take(&queue->ring);
        if (slot < 0) {
            return failed ? abandon(queue, completions, count, max, failed) : count;
        }
        if ((unsigned)slot < queue->ring.size && queue->slots[slot].busy) {
            completions[count++] = end(queue, (unsigned)slot, result_of(queue->shared[slot].status));
        }
    }
    return count;
}

static unsigned pending(const void *link)
{
    const struct ring_queue *queue = link;
    return queue->ring.size - queue->free_count;
}

static bool ready(const void *link)
{
    const struct ring_queue *queue = link;
    return volary_ring_ready(&queue->ring) ||
           (atomic_load_explicit(&queue->volume->failed, memory_order_relaxed) && pending(queue) > 0);
}

static int fd(const void *link)
{
    return ((const struct ring_queue *)link)->ring.call;
}

/* Rings are opened and closed with their volume. */
const struct volary_links volary_ring_links = {
    .begin = begin, .submit = submit, .reap = reap, .ready = ready, .pending = pending, .fd = fd};
