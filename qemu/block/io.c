/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests: each is begun by its coroutine, which yields once, and ended by the completion handler. */
#include "openvstorage.h"

#include "block/aio.h"
#include "qemu/coroutine.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"

#define BATCH 64

/* A node that only reads is not told when another client writes; so long it believes what it knows of extents. */
#define BELIEF_NS (100 * SCALE_MS)

/* What a write beyond the end makes a volume grow by; it is thin. */
#define GROWTH (64 * MiB)

enum kind { READ, WRITE, ZERO, DISCARD, FLUSH };

typedef struct Request {
    enum kind kind;
    int64_t offset;
    int64_t bytes;
    QEMUIOVector *qiov;
    unsigned flags;
    Coroutine *coroutine;
    int result;
} Request;

static int begin(State *s, Request *request)
{
    switch (request->kind) {
    case READ:
        return volary_queue_read(s->queue, request->offset, request->qiov->iov, request->qiov->niov, request);
    case WRITE:
        return volary_queue_write(s->queue, request->offset, request->qiov->iov, request->qiov->niov, request);
    case ZERO:
        return volary_queue_write_zeroes(s->queue, request->offset, request->bytes, request->flags, request);
    case DISCARD:
        return volary_queue_discard(s->queue, request->offset, request->bytes, request);
    default:
        return volary_queue_flush(s->queue, request);
    }
}

void volary_submit(void *opaque)
{
    State *s = opaque;
    QEMU_LOCK_GUARD(&s->lock);
    if (s->queue) {
        volary_queue_submit(s->queue);
    }
}

/* Now, or when what is being put together is complete. */
static void submit_soon(BlockDriverState *bs)
{
#if QEMU_SINCE(8, 2)
    defer_call(volary_submit, bs->opaque);
#elif QEMU_SINCE(8, 1)
    blk_io_plug_call(volary_submit, bs->opaque);
#else
    if (qatomic_read(&bs->io_plugged) == 0) {
        volary_submit(bs->opaque);
    }
#endif
}

#if !QEMU_SINCE(8, 1)
void volary_unplug(BlockDriverState *bs)
{
    volary_submit(bs->opaque);
}
#endif

static bool is_change(const Request *request)
{
    return request->kind == WRITE || request->kind == ZERO || request->kind == DISCARD;
}

static int coroutine_fn run(BlockDriverState *bs, Request request)
{
    State *s = bs->opaque;
    bool reaping;
    request.coroutine = qemu_coroutine_self();
    qemu_mutex_lock(&s->lock);
    int status = s->queue ? begin(s, &request) : -EIO;
    while (status == -EAGAIN) {
        qemu_co_queue_wait(&s->full, &s->lock);
        status = s->queue ? begin(s, &request) : -EIO;
    }
    s->changes += is_change(&request);
    reaping = s->reaping;
    qemu_mutex_unlock(&s->lock);
    if (status < 0) {
        return status;
    }
    if (reaping) {
        qemu_bh_schedule(s->submitter); /* should the handler's end be far away, in an event loop within it */
    } else {
        submit_soon(bs);
    }
    qemu_coroutine_yield();
    return request.result;
}

/* In the node's event loop. What the woken coroutines begin is submitted together. */
void volary_completed(void *opaque)
{
    BlockDriverState *bs = opaque;
    State *s = bs->opaque;
    struct volary_completion ended[BATCH];
    int count;
    do {
        qemu_mutex_lock(&s->lock);
        count = s->queue ? volary_queue_reap(s->queue, ended, BATCH) : 0;
        s->reaping = true;
        for (int i = 0; i < count; i++) {
            Request *request = ended[i].user;
            request->result = ended[i].result;
            s->changes += is_change(request);
        }
        for (int i = 0; i < count && qemu_co_enter_next(&s->full, &s->lock); i++) {
        }
        qemu_mutex_unlock(&s->lock);
        for (int i = 0; i < count; i++) {
            aio_co_wake(((Request *)ended[i].user)->coroutine);
        }
        qemu_mutex_lock(&s->lock);
        s->reaping = false;
        if (s->queue) {
            volary_queue_submit(s->queue);
        }
        qemu_mutex_unlock(&s->lock);
    } while (count == BATCH);
}

bool volary_poll(void *opaque)
{
    BlockDriverState *bs = opaque;
    State *s = bs->opaque;
    return s->queue && volary_queue_ready(s->queue);
}

int coroutine_fn volary_co_preadv(BlockDriverState *bs, int64_t offset, int64_t bytes, QEMUIOVector *qiov,
                                  BdrvRequestFlags flags)
{
    State *s = bs->opaque;
    if (s->host) {
        return bdrv_co_preadv(bs->file, offset, bytes, qiov, 0);
    }
    return run(bs, (Request){.kind = READ, .offset = offset, .bytes = bytes, .qiov = qiov});
}

/* Formats write beyond the end of what they lie on. */
static int grow(BlockDriverState *bs, int64_t end)
{
    State *s = bs->opaque;
    int64_t sectors_end = bs->total_sectors * BDRV_SECTOR_SIZE;
    if (end <= sectors_end || (uint64_t)end <= volary_size(s->volume)) {
        return 0;
    }
    return volary_resize(s->pool, s->name, ROUND_UP(end, GROWTH), 0);
}

int coroutine_fn volary_co_pwritev(BlockDriverState *bs, int64_t offset, int64_t bytes, QEMUIOVector *qiov,
                                   BdrvRequestFlags flags)
{
    State *s = bs->opaque;
    if (s->host) {
        return bdrv_co_pwritev(bs->file, offset, bytes, qiov, 0);
    }
    int status = grow(bs, offset + bytes);
    return status < 0 ? status : run(bs, (Request){.kind = WRITE, .offset = offset, .bytes = bytes, .qiov = qiov});
}

int coroutine_fn volary_co_pwrite_zeroes(BlockDriverState *bs, int64_t offset, int64_t bytes, BdrvRequestFlags flags)
{
    State *s = bs->opaque;
    if (s->host) {
        return bdrv_co_pwrite_zeroes(bs->file, offset, bytes, flags);
    }
    int status = grow(bs, offset + bytes);
    return status < 0 ? status
                      : run(bs, (Request){.kind = ZERO,
                                          .offset = offset,
                                          .bytes = bytes,
                                          .flags = flags & BDRV_REQ_MAY_UNMAP ? VOLARY_UNMAP : 0});
}

int coroutine_fn volary_co_pdiscard(BlockDriverState *bs, int64_t offset, int64_t bytes)
{
    State *s = bs->opaque;
    if (s->host) {
        return bdrv_co_pdiscard(bs->file, offset, bytes);
    }
    return run(bs, (Request){.kind = DISCARD, .offset = offset, .bytes = bytes});
}

int coroutine_fn volary_co_flush(BlockDriverState *bs)
{
    State *s = bs->opaque;
    if (s->host) {
        return bdrv_co_flush(bs->file->bs);
    }
    return s->writable ? run(bs, (Request){.kind = FLUSH}) : 0;
}

static bool is_known(State *s, uint64_t offset)
{
    Extents *e = &s->extents;
    uint64_t end = e->begin;
    for (size_t i = 0; i < e->count; i++) {
        end += e->found[i].length;
    }
    bool believed = s->writable || s->snapshot || qemu_clock_get_ns(QEMU_CLOCK_REALTIME) - e->asked_ns < BELIEF_NS;
    return e->changes == s->changes && believed && offset >= e->begin && offset < end;
}

/* What is under way may change them at any time: then they are asked for again. */
static int ask(State *s, uint64_t offset)
{
    Extents *e = &s->extents;
    e->changes = s->changes;
    e->count = EXTENTS;
    e->begin = offset;
    e->asked_ns = qemu_clock_get_ns(QEMU_CLOCK_REALTIME);
    int status = volary_extents(s->pool, s->name, s->snapshot, offset, volary_size(s->volume) - offset, e->found, &e->count);
    if (status < 0) {
        e->count = 0;
    }
    return status;
}

int coroutine_fn volary_co_block_status(BlockDriverState *bs, bool want_zero, int64_t offset, int64_t bytes, int64_t *pnum,
                                        int64_t *map, BlockDriverState **file)
{
    State *s = bs->opaque;
    Extents *e = &s->extents;
    if (s->host) {
        *pnum = bytes;
        *map = offset;
        *file = bs->file->bs;
        return BDRV_BLOCK_RAW | BDRV_BLOCK_OFFSET_VALID;
    }
    QEMU_LOCK_GUARD(&s->lock);
    int status = !s->volume ? -EIO : is_known(s, offset) ? 0 : ask(s, offset);
    if (status < 0) {
        return status;
    }
    uint64_t end = e->begin;
    size_t i = 0;
    while ((end += e->found[i].length) <= (uint64_t)offset) {
        i++;
    }
    *pnum = MIN(bytes, (int64_t)end - offset);
    *map = offset;
    *file = bs;
    switch (e->found[i].kind) {
    case VOLARY_HOLE:
        return BDRV_BLOCK_OFFSET_VALID | BDRV_BLOCK_ZERO;
    case VOLARY_ZERO:
        return BDRV_BLOCK_OFFSET_VALID | BDRV_BLOCK_DATA | BDRV_BLOCK_ZERO;
    default:
        return BDRV_BLOCK_OFFSET_VALID | BDRV_BLOCK_DATA;
    }
}
