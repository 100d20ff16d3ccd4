/* SPDX-License-Identifier: MIT */
/* The buffers that a program shares with the daemon. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

/* Of the program; the rest is for queues. */
#define MAX_SHARED 100

static unsigned count_regions(const struct memory *memory)
{
    unsigned count = 0;
    for (unsigned i = 0; i < MAX_REGIONS; i++) {
        count += memory->regions[i].length > 0;
    }
    return count;
}

/* Takes the descriptor over if that succeeds. */
static int share(volary_volume *volume, void *address, size_t length, int fd, uint64_t offset, bool owned)
{
    int status = 0;
    pthread_mutex_lock(&volume->lock);
    if (count_regions(&volume->memory) >= volume->queue_count + MAX_SHARED) {
        status = volary_fail(ENOSPC, "%s: %d pieces of memory are shared already", volume->reference, MAX_SHARED);
    } else {
        struct region *region = volary_memory_add(&volume->memory, address, length, fd, offset, owned);
        /* While the daemon is away the next connection tells of it. */
        if (volume->session.socket >= 0 && volary_session_add(volume, region) == -EPROTO) {
            atomic_store(&region->length, 0);
            status = volary_fail(EINVAL, "%s: the daemon cannot map that memory", volume->reference);
        }
    }
    pthread_mutex_unlock(&volume->lock);
    return status;
}

static void share_no_more(volary_volume *volume, void *address)
{
    pthread_mutex_lock(&volume->lock);
    struct region *region = volary_memory_find(&volume->memory, address);
    if (region) {
        if (volume->session.socket >= 0) {
            volary_session_remove(volume, region);
        }
        volary_memory_forget(region);
    }
    pthread_mutex_unlock(&volume->lock);
}

int volary_alloc(volary_volume *volume, size_t length, void **buffer)
{
    int fd;
    int status = length ? volary_memory_make(length, &fd, buffer) : volary_fail(EINVAL, "a buffer of no bytes");
    if (status == 0 && (status = share(volume, *buffer, length, fd, 0, true))) {
        munmap(*buffer, length);
        close(fd);
    }
    return status;
}

void volary_free(volary_volume *volume, void *buffer)
{
    if (buffer) {
        share_no_more(volume, buffer);
    }
}

int volary_map(volary_volume *volume, void *address, size_t length, int fd, uint64_t offset)
{
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (own < 0 || length == 0) {
        return volary_fail(own < 0 ? errno : EINVAL, "%s: that is no memory to share", volume->reference);
    }
    int status = share(volume, address, length, own, offset, false);
    if (status) {
        close(own);
    }
    return status;
}

void volary_unmap(volary_volume *volume, void *address)
{
    share_no_more(volume, address);
}
