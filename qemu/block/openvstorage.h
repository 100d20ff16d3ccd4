/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the driver's files share: a disk that is a volume of a Volary vPool, over shared memory. */
#ifndef VOLARY_OPENVSTORAGE_H
#define VOLARY_OPENVSTORAGE_H

#include "compat.h"

#include <volary.h>
#include <volary_transport.h>

#define MAX_BUFFERS 90
#define EXTENTS 256

/* Memory that QEMU has registered, to be shared with each volume that is opened. */
typedef struct Buffer {
    void *host;
    size_t size;
    int fd;
    uint64_t offset;
} Buffer;

/* What is known of what is written, as long as nothing changes. */
typedef struct Extents {
    struct volary_extent found[EXTENTS];
    size_t count;
    uint64_t begin;
    uint64_t changes; /* state's when they were asked for */
    int64_t asked_ns;
} Extents;

typedef struct State {
    char *host; /* not NULL: over TCP. Data goes by the child `file`, and there are no volume, queue and vmstate here */
    char *port;
    char *tls_creds;
    volary_pool *pool;
    volary_volume *volume; /* NULL after a failure to open it anew */
    volary_queue *queue;
    char *image;    /* NULL, or the file that the volume is, such as orangefs:/disk.raw */
    char *name;     /* of the volume */
    char *snapshot; /* NULL, or which one of it */
    bool writable;
    bool watched;
    bool reaping;   /* the completion handler runs: what it causes is submitted together */
    QEMUBH *submitter;
    QemuMutex lock; /* queue, and what is below */
    CoQueue full;   /* who waits for room in the queue */
    Buffer buffers[MAX_BUFFERS];
    unsigned buffer_count;
    uint64_t changes;
    Extents extents;
    char *vmstate_snapshot; /* whose state of a machine is loaded from; NULL: none */
    volary_volume *vmstate; /* where the state of a machine is saved, or NULL */
} State;

/* -- volume.c: opening, and opening anew */

int volary_attach(BlockDriverState *bs, volary_volume *volume, bool writable);
volary_volume *volary_take_away(BlockDriverState *bs);
int volary_open_volume(State *s, bool writable, volary_volume **volume, Error **errp);
/* Lets go of the volume for what no client may stand in the way of, and takes it again. */
int volary_without(BlockDriverState *bs, int (*operation)(State *s, void *argument), void *argument, Error **errp);
void volary_watch(BlockDriverState *bs, AioContext *context);
void volary_watch_no_more(BlockDriverState *bs);
bool volary_register_buffer(BlockDriverState *bs, void *host, size_t size, Error **errp);
void volary_unregister_buffer(BlockDriverState *bs, void *host, size_t size);

/* -- io.c */

int coroutine_fn volary_co_preadv(BlockDriverState *bs, int64_t offset, int64_t bytes, QEMUIOVector *qiov,
                                  BdrvRequestFlags flags);
int coroutine_fn volary_co_pwritev(BlockDriverState *bs, int64_t offset, int64_t bytes, QEMUIOVector *qiov,
                                   BdrvRequestFlags flags);
int coroutine_fn volary_co_pwrite_zeroes(BlockDriverState *bs, int64_t offset, int64_t bytes, BdrvRequestFlags flags);
int coroutine_fn volary_co_pdiscard(BlockDriverState *bs, int64_t offset, int64_t bytes);
int coroutine_fn volary_co_flush(BlockDriverState *bs);
int coroutine_fn volary_co_block_status(BlockDriverState *bs, bool want_zero, int64_t offset, int64_t bytes, int64_t *pnum,
                                        int64_t *map, BlockDriverState **file);
void volary_submit(void *opaque);
void volary_completed(void *opaque);
bool volary_poll(void *opaque);
#if !QEMU_SINCE(8, 1)
void volary_unplug(BlockDriverState *bs);
#endif

/* -- snapshot.c */

int volary_snapshot_make(BlockDriverState *bs, QEMUSnapshotInfo *info);
void volary_mend_raw(void);
int volary_snapshot_go(BlockDriverState *bs, const char *id);
int volary_snapshot_drop(BlockDriverState *bs, const char *id, const char *name, Error **errp);
int volary_snapshots(BlockDriverState *bs, QEMUSnapshotInfo **list);
int coroutine_fn volary_save_vmstate(BlockDriverState *bs, QEMUIOVector *qiov, int64_t position);
int coroutine_fn volary_load_vmstate(BlockDriverState *bs, QEMUIOVector *qiov, int64_t position);

/* -- remote.c */

void volary_parse_remote(const char *text, QDict *options, Error **errp);
int volary_configure_remote(State *s, QemuOpts *opts, Error **errp);
int volary_open_remote(BlockDriverState *bs, QDict *options, Error **errp);
int coroutine_fn volary_truncate_remote(BlockDriverState *bs, int64_t size, bool shrinks, Error **errp);
int volary_roll_back_remote(State *s, const char *snapshot);

/* -- driver.c */

/* Tells QEMU of the driver. */
void volary_block_init(void);

#endif
