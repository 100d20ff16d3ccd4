/* SPDX-License-Identifier: MIT */
/* Calls that return when it is done: pieces on a queue of their own. */
#include <string.h>

#include "internal.h"

/* So many pieces of a large one are under way at a time. */
#define PIECES 4
#define PIECE_BYTES ((uint64_t)1 << 20)

enum operation { READ, WRITE, FLUSH, DISCARD, WRITE_ZEROES };

struct work {
    enum operation operation;
    char *buffer;
    uint64_t length;
    uint64_t offset;
    unsigned flags;
    uint64_t position;
    struct iovec pieces[PIECES];
    bool busy[PIECES];
};

static int begin(volary_queue *queue, struct work *work, unsigned piece)
{
    bool data = work->operation == READ || work->operation == WRITE;
    uint64_t most = data ? PIECE_BYTES : VOLARY_MAX_RANGE;
    uint64_t left = work->length - work->position;
    uint64_t length = left < most ? left : most;
    uint64_t offset = work->offset + work->position;
    void *user = &work->pieces[piece];
    if (data) {
        work->pieces[piece] = (struct iovec){work->buffer + work->position, length};
    }
    work->position += length;
    switch (work->operation) {
    case READ:
        return volary_queue_read(queue, offset, &work->pieces[piece], 1, user);
    case WRITE:
        return volary_queue_write(queue, offset, &work->pieces[piece], 1, user);
    case DISCARD:
        return volary_queue_discard(queue, offset, length, user);
    case WRITE_ZEROES:
        return volary_queue_write_zeroes(queue, offset, length, work->flags, user);
    default:
        work->position = work->length;
        return volary_queue_flush(queue, user);
    }
}

/* Keeps all pieces busy until the work is done or one of them has failed. */
static int run_pieces(volary_queue *queue, struct work *work)
{
    int status = 0;
    do {
        for (unsigned i = 0; i < PIECES && status == 0 && work->position < work->length; i++) {
            if (!work->busy[i]) {
                status = begin(queue, work, i);
                work->busy[i] = status == 0;
            }
        }
        struct volary_completion ended[PIECES];
        int count = volary_queue_wait(queue, ended, 1, PIECES, -1);
        for (int i = 0; i < count; i++) {
            work->busy[(struct iovec *)ended[i].user - work->pieces] = false;
            status = status ? status : ended[i].result;
        }
    } while (volary_queue_pending(queue) > 0 || (status == 0 && work->position < work->length));
    return status;
}

static int explain(volary_volume *volume, const struct work *work, int status)
{
    static const char *const names[] = {"read", "write", "flush", "discard", "write zeroes"};
    if (status == -ENODEV || status == -ETIMEDOUT) {
        return volary_fail(-status, "%s: %s: close it", volume->reference,
                           status == -ENODEV ? "it has been deleted, or can no longer be reached" : "the daemon has not come back");
    }
    return volary_fail(-status, "%s: %s at %llu of %llu bytes failed: beyond the end, no space, or the daemon's log says more",
                       volume->reference, names[work->operation], (unsigned long long)work->offset,
                       (unsigned long long)work->length);
}

static int run(volary_volume *volume, struct work work)
{
    if ((work.offset | work.length) % SECTOR && work.operation != FLUSH) {
        return volary_fail(EINVAL, "%s: offset %llu and length %llu have to be multiples of 512", volume->reference,
                           (unsigned long long)work.offset, (unsigned long long)work.length);
    }
    if (volume->read_only && work.operation != READ && work.operation != FLUSH) {
        return volary_fail(EROFS, "%s: it is open for reading only", volume->reference);
    }
    if (work.length == 0) {
        return 0;
    }
    pthread_mutex_lock(&volume->sync_lock);
    int status = run_pieces(volary_sync_queue(volume), &work);
    pthread_mutex_unlock(&volume->sync_lock);
    return status ? explain(volume, &work, status) : 0;
}

int volary_read(volary_volume *volume, void *buffer, size_t length, uint64_t offset)
{
    return run(volume, (struct work){.operation = READ, .buffer = buffer, .length = length, .offset = offset});
}

int volary_write(volary_volume *volume, const void *buffer, size_t length, uint64_t offset)
{
    return run(volume, (struct work){.operation = WRITE, .buffer = (char *)buffer, .length = length, .offset = offset});
}

int volary_flush(volary_volume *volume)
{
    return run(volume, (struct work){.operation = FLUSH, .length = 1});
}

int volary_discard(volary_volume *volume, uint64_t length, uint64_t offset)
{
    return run(volume, (struct work){.operation = DISCARD, .length = length, .offset = offset});
}

int volary_write_zeroes(volary_volume *volume, uint64_t length, uint64_t offset, unsigned flags)
{
    return run(volume, (struct work){.operation = WRITE_ZEROES, .length = length, .offset = offset, .flags = flags});
}
