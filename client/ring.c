/* SPDX-License-Identifier: MIT */
/* A split virtqueue (virtio 1.2, "Split Virtqueues") with event indices, as its driver sees it. */
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "internal.h"

/* Parts begin at multiples of this. */
#define ALIGNMENT 64

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static size_t descriptors_bytes(unsigned size)
{
    return aligned(size * sizeof(struct descriptor));
}

/* The event index is behind the elements. */
static size_t available_bytes(unsigned size)
{
    return aligned(sizeof(struct available) + (size + 1) * sizeof(uint16_t));
}

static size_t used_bytes(unsigned size)
{
    return aligned(sizeof(struct used) + size * sizeof(struct used_element) + sizeof(uint16_t));
}

size_t volary_ring_bytes(unsigned size)
{
    return descriptors_bytes(size) + available_bytes(size) + used_bytes(size);
}

/* `memory` is all zeroes. */
int volary_ring_init(struct ring *ring, unsigned size, void *memory)
{
    char *at = memory;
    *ring = (struct ring){.size = size, .kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    ring->call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ring->descriptors = (struct descriptor *)at;
    ring->available = (struct available *)(at + descriptors_bytes(size));
    ring->used = (struct used *)(at + descriptors_bytes(size) + available_bytes(size));
    ring->armed = true;
    return ring->kick >= 0 && ring->call >= 0 ? 0 : volary_fail(errno, "no eventfd: %s", strerror(errno));
}

void volary_ring_close(struct ring *ring)
{
    close(ring->kick);
    close(ring->call);
}

/* Up to which index the driver has seen used elements; the device notifies when it passes that. */
static _Atomic(uint16_t) *used_event(const struct ring *ring)
{
    return (_Atomic(uint16_t) *)&ring->available->heads[ring->size];
}

static _Atomic(uint16_t) *available_event(const struct ring *ring)
{
    return (_Atomic(uint16_t) *)&ring->used->elements[ring->size];
}

void volary_ring_offer(struct ring *ring, unsigned slot)
{
    ring->available->heads[ring->offered % ring->size] = (uint16_t)slot;
    ring->offered++;
}

void volary_ring_publish(struct ring *ring)
{
    uint16_t before = ring->published;
    if (before == ring->offered) {
        return;
    }
    atomic_store_explicit(&ring->available->index, ring->offered, memory_order_release);
    ring->published = ring->offered;
    atomic_thread_fence(memory_order_seq_cst);
    uint16_t event = atomic_load_explicit(available_event(ring), memory_order_relaxed);
    if ((uint16_t)(ring->offered - event - 1) < (uint16_t)(ring->offered - before)) {
        eventfd_write(ring->kick, 1);
    }
}

bool volary_ring_ready(const struct ring *ring)
{
    return atomic_load_explicit(&ring->used->index, memory_order_acquire) != ring->taken;
}

int volary_ring_take(struct ring *ring)
{
    if (!volary_ring_ready(ring)) {
        atomic_store_explicit(used_event(ring), ring->taken, memory_order_relaxed);
        ring->armed = true;
        atomic_thread_fence(memory_order_seq_cst);
        if (!volary_ring_ready(ring)) {
            return -1;
        }
    }
    uint32_t head = ring->used->elements[ring->taken % ring->size].head;
    ring->taken++;
    return (int)head;
}

/* Before looking at the ring: what comes afterwards notifies again. */
void volary_ring_quiet(struct ring *ring)
{
    if (ring->armed) {
        eventfd_t ignored;
        eventfd_read(ring->call, &ignored);
        ring->armed = false;
    }
}
