/* SPDX-License-Identifier: MIT */
/* The memory that the daemon sees. Regions come and go under the volume's lock; queues look them up without it. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

int volary_memory_make(size_t length, int *fd, void **address)
{
    *fd = memfd_create("volary", MFD_CLOEXEC);
    if (*fd < 0 || ftruncate(*fd, (off_t)length) != 0) {
        int number = errno;
        if (*fd >= 0) {
            close(*fd);
        }
        return volary_fail(number, "no shared memory of %zu bytes: %s", length, strerror(number));
    }
    *address = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    if (*address == MAP_FAILED) {
        int number = errno;
        close(*fd);
        return volary_fail(number, "%zu bytes of shared memory cannot be mapped: %s", length, strerror(number));
    }
    return 0;
}

struct region *volary_memory_add(struct memory *memory, void *address, size_t length, int fd, uint64_t offset, bool owned)
{
    for (unsigned i = 0; i < MAX_REGIONS; i++) {
        struct region *region = &memory->regions[i];
        if (atomic_load_explicit(&region->length, memory_order_relaxed) == 0) {
            region->fd = fd;
            region->offset = offset;
            region->owned = owned;
            atomic_store_explicit(&region->address, (uintptr_t)address, memory_order_relaxed);
            atomic_store_explicit(&region->length, length, memory_order_release);
            if (i >= atomic_load_explicit(&memory->used, memory_order_relaxed)) {
                atomic_store_explicit(&memory->used, i + 1, memory_order_release);
            }
            return region;
        }
    }
    return NULL;
}

/* The region that begins at `address`, or NULL. Wants the volume's lock. */
struct region *volary_memory_find(struct memory *memory, const void *address)
{
    for (unsigned i = 0; i < MAX_REGIONS; i++) {
        struct region *region = &memory->regions[i];
        if (region->length > 0 && region->address == (uintptr_t)address) {
            return region;
        }
    }
    return NULL;
}

void volary_memory_forget(struct region *region)
{
    size_t length = region->length;
    atomic_store_explicit(&region->length, 0, memory_order_release);
    if (region->owned) {
        munmap((void *)region->address, length);
    }
    close(region->fd);
}

/* A region that goes at the same time may be seen or not; the caller must not use one that it takes away. */
bool volary_memory_covers(struct memory *memory, const void *address, size_t length)
{
    uintptr_t begin = (uintptr_t)address;
    unsigned used = atomic_load_explicit(&memory->used, memory_order_acquire);
    for (unsigned i = 0; i < used; i++) {
        struct region *region = &memory->regions[i];
        size_t bytes = atomic_load_explicit(&region->length, memory_order_acquire);
        uintptr_t base = atomic_load_explicit(&region->address, memory_order_relaxed);
        if (begin >= base && begin - base < bytes && bytes - (begin - base) >= length) {
            return true;
        }
    }
    return false;
}
