/* SPDX-License-Identifier: MIT */
/* Requests of virtio's block device on one ring. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

int volary_queue_init(volary_queue *queue, volary_volume *volume, unsigned depth)
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

void volary_queue_destroy(volary_queue *queue)
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
static int take_slot(volary_queue *queue, enum request_type type, uint64_t offset, void *user, unsigned *count)
{
    int failed = atomic_load_explicit(&queue->volume->failed, memory_order_acquire);
    if (failed) {
        return volary_fail(failed, "%s: there is no daemon, or no such volume, any more: close it",
                           queue->volume->reference);
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

static void offer(volary_queue *queue, int slot, unsigned count)
{
    struct shared_slot *shared = &queue->shared[slot];
    shared->table[count] = (struct descriptor){(uintptr_t)&shared->status, 1, DESCRIPTOR_WRITE, 0};
    queue->ring.descriptors[slot] = (struct descriptor){
        (uintptr_t)shared->table, (uint32_t)((count + 1) * sizeof(struct descriptor)), DESCRIPTOR_INDIRECT, 0};
    queue->slots[slot].busy = true;
    queue->free_count--;
    volary_ring_offer(&queue->ring, (unsigned)slot);
}

static bool is_shared(volary_queue *queue, const struct iovec *iov, int iovcnt)
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

static int misused(volary_queue *queue, const char *what, uint64_t offset, uint64_t length)
{
    return volary_fail(EINVAL, "%s: %s at %llu of %llu bytes: offset and length have to be multiples of 512, and within limits",
                       queue->volume->reference, what, (unsigned long long)offset, (unsigned long long)length);
}

static size_t total(const struct iovec *iov, int iovcnt)
{
    size_t bytes = 0;
    for (int i = 0; i < iovcnt; i++) {
        bytes += iov[i].iov_len;
    }
    return bytes;
}

static int transfer(volary_queue *queue, bool in, uint64_t offset, const struct iovec *iov, int iovcnt, void *user)
{
    size_t length = total(iov, iovcnt);
    bool zero_copy = is_shared(queue, iov, iovcnt);
    if (length == 0 || (length | offset) % SECTOR || length > UINT32_MAX || (!zero_copy && length > VOLARY_MAX_BOUNCE)) {
        return misused(queue, in ? "a read" : "a write", offset, length);
    }
    unsigned count;
    int slot = take_slot(queue, in ? REQUEST_IN : REQUEST_OUT, offset, user, &count);
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
        add(shared, &count, bounce, length, flags);
    }
    offer(queue, slot, count);
    return 0;
}

int volary_queue_read(volary_queue *queue, uint64_t offset, const struct iovec *iov, int iovcnt, void *user)
{
    return transfer(queue, true, offset, iov, iovcnt, user);
}

static int read_only(volary_queue *queue)
{
    return volary_fail(EROFS, "%s: it is open for reading only", queue->volume->reference);
}

int volary_queue_write(volary_queue *queue, uint64_t offset, const struct iovec *iov, int iovcnt, void *user)
{
    return queue->volume->read_only ? read_only(queue) : transfer(queue, false, offset, iov, iovcnt, user);
}

int volary_queue_flush(volary_queue *queue, void *user)
{
    unsigned count;
    int slot = take_slot(queue, REQUEST_FLUSH, 0, user, &count);
    if (slot < 0) {
        return slot;
    }
    offer(queue, slot, count);
    return 0;
}

static int clear(volary_queue *queue, enum request_type type, uint64_t offset, uint64_t length, unsigned flags, void *user)
{
    if (queue->volume->read_only) {
        return read_only(queue);
    }
    if (length == 0 || (length | offset) % SECTOR || length > VOLARY_MAX_RANGE) {
        return misused(queue, type == REQUEST_DISCARD ? "a discard" : "write zeroes", offset, length);
    }
    unsigned count;
    int slot = take_slot(queue, type, 0, user, &count);
    if (slot < 0) {
        return slot;
    }
    struct shared_slot *shared = &queue->shared[slot];
    shared->range.sector = offset / SECTOR;
    shared->range.sectors = (uint32_t)(length / SECTOR);
    shared->range.flags = flags;
    add(shared, &count, &shared->range, sizeof shared->range, 0);
    offer(queue, slot, count);
    return 0;
}

int volary_queue_discard(volary_queue *queue, uint64_t offset, uint64_t length, void *user)
{
    return clear(queue, REQUEST_DISCARD, offset, length, 0, user);
}

int volary_queue_write_zeroes(volary_queue *queue, uint64_t offset, uint64_t length, unsigned flags, void *user)
{
    return clear(queue, REQUEST_WRITE_ZEROES, offset, length, flags & VOLARY_UNMAP ? RANGE_UNMAP : 0, user);
}

int volary_queue_probe(volary_queue *queue, void *user)
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

void volary_queue_submit(volary_queue *queue)
{
    volary_ring_publish(&queue->ring);
}

static struct volary_completion end(volary_queue *queue, unsigned slot, int result)
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
static int abandon(volary_queue *queue, struct volary_completion *completions, int count, int max, int failed)
{
    for (unsigned slot = 0; slot < queue->ring.size && count < max; slot++) {
        if (queue->slots[slot].busy) {
            completions[count++] = end(queue, slot, -failed);
        }
    }
    return count;
}

int volary_queue_reap(volary_queue *queue, struct volary_completion *completions, int max)
{
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

bool volary_queue_ready(const volary_queue *queue)
{
    return volary_ring_ready(&queue->ring) ||
           (atomic_load_explicit(&queue->volume->failed, memory_order_relaxed) && volary_queue_pending(queue) > 0);
}

static int64_t milliseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int volary_queue_wait(volary_queue *queue, struct volary_completion *completions, int min, int max, int timeout_ms)
{
    volary_queue_submit(queue);
    int64_t limit = milliseconds() + timeout_ms;
    int count = volary_queue_reap(queue, completions, max);
    while (count < min && volary_queue_pending(queue) > 0) {
        int64_t left = timeout_ms < 0 ? -1 : limit - milliseconds();
        if (timeout_ms >= 0 && left <= 0) {
            break;
        }
        struct pollfd event = {.fd = queue->ring.call, .events = POLLIN};
        poll(&event, 1, (int)left);
        count += volary_queue_reap(queue, completions + count, max - count);
    }
    return count;
}

unsigned volary_queue_pending(const volary_queue *queue)
{
    return queue->ring.size - queue->free_count;
}

int volary_queue_fd(const volary_queue *queue)
{
    return queue->ring.call;
}
