/* SPDX-License-Identifier: MIT
 *
 * volary.h - volumes of a Volary vPool, over shared memory.
 *
 * A vPool is a directory with volumes in it, served by a daemon. A program makes, lists and changes volumes through a
 * volary_pool, and reads and writes one through a volary_volume. Data goes through memory that both sides see, as a
 * virtual machine's does (vhost-user-blk): the daemon copies it straight from and to the program's buffers if they are shared,
 * and otherwise through buffers of the library.
 *
 * Results: 0, or a negative errno; volary_error() then says in one line what failed, with which volume, why, and what to do.
 * Offsets, lengths and sizes are in bytes, and multiples of 512. Names are [A-Za-z0-9][A-Za-z0-9._-]{0,63}.
 *
 * Threads: a volary_pool and a volary_volume may be used by any thread at any time. A volary_queue is used by one thread at a
 * time. Nothing may be in use while it is closed. A child made by fork() must not use what its parent has opened.
 *
 * When the daemon goes away, requests wait for it: the library connects again by itself, and what was under way is done again
 * in its order. After reconnect_seconds without a daemon, or when the volume has been deleted, they fail, and the volume can
 * only be closed.
 */
#ifndef VOLARY_H
#define VOLARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define VOLARY_API __attribute__((visibility("default")))
#else
#define VOLARY_API
#endif

typedef struct volary_pool volary_pool;
typedef struct volary_volume volary_volume;
typedef struct volary_queue volary_queue;

/* Why the last call that failed in this thread did: one line, never NULL, valid until the next call. */
VOLARY_API const char *volary_error(void);

/* The library's version, such as "0.1.0". */
VOLARY_API const char *volary_version(void);

/* -- The vPool ---------------------------------------------------------------------------------------------------------- */

/* Names a vPool: `directory`, or if that is NULL the one that the command line would take (VOLARY_POOL, `pool` in
 * /etc/volary/volary.json, /var/lib/volary, ./vpool). Nothing is asked of the daemon yet. */
VOLARY_API int volary_pool_open(const char *directory, volary_pool **pool);
VOLARY_API void volary_pool_close(volary_pool *pool);

/* The absolute path, or of another machine's HOST:PORT; valid as long as the pool is. */
VOLARY_API const char *volary_pool_directory(const volary_pool *pool);

/* -- Control: these block until the daemon has done it, and what they change is durable then ------------------------------ */

enum {
    VOLARY_SHRINK = 1 << 0,         /* volary_resize may cut off the end */
    VOLARY_WITH_SNAPSHOTS = 1 << 1, /* volary_remove may delete snapshots, too */
};

struct volary_info {
    char name[65];
    uint64_t size;
    uint64_t mapped;    /* what reading would find written */
    uint64_t exclusive; /* what deleting would free */
    uint64_t stored;    /* the share of the vPool's data */
    unsigned snapshots;
    char parent[130];   /* "volume" or "volume@snapshot" it was cloned from, or "" */
    unsigned nbd_port;  /* of NBD on TCP, or 0 if the daemon serves none */
    char holder[128];   /* the client that may write, such as "pid 4711 (qemu-system-x86)", or "" */
};

struct volary_snapshot {
    char name[65];
    uint64_t size;
    uint64_t exclusive; /* what deleting would free */
    int64_t created;    /* milliseconds since 1970 in UTC */
};

/* -EEXIST if there is one of that name. */
VOLARY_API int volary_create(volary_pool *pool, const char *volume, uint64_t size);
VOLARY_API int volary_clone(volary_pool *pool, const char *volume, const char *snapshot, const char *name);
VOLARY_API int volary_resize(volary_pool *pool, const char *volume, uint64_t size, unsigned flags);

/* The volume that a raw image file is, such as "orangefs:/images/disk.raw": one that is there, or one that is made, with a name like the
 * file's. `size` 0: the file is there, whatever its size; else a file that is not there is made, and -EEXIST if it has another size. Only
 * on the daemon's machine. `name` has 65 bytes. */
VOLARY_API int volary_image(volary_pool *pool, const char *location, uint64_t size, char *name);

/* -EBUSY while a client holds it. */
VOLARY_API int volary_remove(volary_pool *pool, const char *volume, unsigned flags);
VOLARY_API int volary_info(volary_pool *pool, const char *volume, struct volary_info *info);

/* All volumes, by name; free() the list. */
VOLARY_API int volary_list(volary_pool *pool, struct volary_info **list, size_t *count);

VOLARY_API int volary_snapshot_create(volary_pool *pool, const char *volume, const char *snapshot);
VOLARY_API int volary_snapshot_remove(volary_pool *pool, const char *volume, const char *snapshot);

/* -EBUSY while a client holds the volume. */
VOLARY_API int volary_snapshot_rollback(volary_pool *pool, const char *volume, const char *snapshot);

/* Oldest first; free() the list. */
VOLARY_API int volary_snapshot_list(volary_pool *pool, const char *volume, struct volary_snapshot **list, size_t *count);

enum volary_extent_kind {
    VOLARY_DATA = 0, /* written */
    VOLARY_ZERO = 1, /* allocated, reads as zeroes */
    VOLARY_HOLE = 2, /* not allocated, reads as zeroes */
};

struct volary_extent {
    uint64_t length;
    enum volary_extent_kind kind;
};

/* What lies at `offset` and behind it, within `length`: at least one extent and at most `*count`, which is then how many there
 * are. `snapshot` may be NULL. */
VOLARY_API int volary_extents(volary_pool *pool, const char *volume, const char *snapshot, uint64_t offset, uint64_t length,
                              struct volary_extent *extents, size_t *count);

/* -- A volume's data ---------------------------------------------------------------------------------------------------- */

enum {
    VOLARY_READ_ONLY = 1 << 2, /* of volary_open: holds nothing, so several may; a snapshot is always opened so */
};

struct volary_open_options {
    size_t struct_size;         /* sizeof(struct volary_open_options) */
    unsigned flags;             /* VOLARY_READ_ONLY */
    unsigned queues;            /* for asynchronous requests: 0 to 63 */
    unsigned depth;             /* requests of one queue at a time: a power of two from 4 to 1024; 0: 128 */
    unsigned reconnect_seconds; /* how long a daemon may be away; 0: 300 */
};

/* Opens "volume" or "volume@snapshot". One client at a time may write: -EBUSY if another one holds the volume, and the message
 * names it. `options` may be NULL: only synchronous calls, defaults for the rest. */
VOLARY_API int volary_open(volary_pool *pool, const char *name, const struct volary_open_options *options,
                           volary_volume **volume);

/* Waits for requests under way; their completions are lost. Frees the volume's buffers, too. */
VOLARY_API void volary_close(volary_volume *volume);

/* As the daemon has it now; while it is away, as it was. */
VOLARY_API uint64_t volary_size(volary_volume *volume);
VOLARY_API bool volary_is_read_only(const volary_volume *volume);

/* The unit that is cheapest to write and to discard. */
VOLARY_API uint32_t volary_preferred_block_size(const volary_volume *volume);

/* The most bytes of one asynchronous read or write whose buffers are not shared, and of one discard or write zeroes. */
#define VOLARY_MAX_BOUNCE ((size_t)2 << 20)
#define VOLARY_MAX_RANGE ((uint64_t)1 << 30)
#define VOLARY_MAX_SEGMENTS 126

/* Memory that the daemon sees: reads and writes in it are not copied by the library. At most 100 pieces per volume. */
VOLARY_API int volary_alloc(volary_volume *volume, size_t length, void **buffer);

/* No request may use the buffer any more. */
VOLARY_API void volary_free(volary_volume *volume, void *buffer);

/* Shares memory of the caller's: `address` is a MAP_SHARED mapping of `fd` at `offset`, and stays so until volary_unmap. */
VOLARY_API int volary_map(volary_volume *volume, void *address, size_t length, int fd, uint64_t offset);
VOLARY_API void volary_unmap(volary_volume *volume, void *address);

/* Synchronous, of any length; calls from several threads wait for each other. */
VOLARY_API int volary_read(volary_volume *volume, void *buffer, size_t length, uint64_t offset);
VOLARY_API int volary_write(volary_volume *volume, const void *buffer, size_t length, uint64_t offset);

/* Makes durable what was written by requests that had completed. */
VOLARY_API int volary_flush(volary_volume *volume);

/* Whole preferred blocks in the range read as zeroes afterwards and give their space back; the rest is left as it is. */
VOLARY_API int volary_discard(volary_volume *volume, uint64_t length, uint64_t offset);

enum {
    VOLARY_UNMAP = 1 << 3, /* of write zeroes: the space may be given back */
};

VOLARY_API int volary_write_zeroes(volary_volume *volume, uint64_t length, uint64_t offset, unsigned flags);

/* -- Asynchronous ------------------------------------------------------------------------------------------------------- */

struct volary_completion {
    void *user; /* what the request was given */
    int result; /* 0, or a negative errno */
};

/* One of the volume's queues, from 0; belongs to the volume. */
VOLARY_API volary_queue *volary_queue_get(volary_volume *volume, unsigned index);

/* An eventfd, for poll(): readable when there may be completions to reap. It belongs to the queue; only poll it. */
VOLARY_API int volary_queue_fd(const volary_queue *queue);

/* Begin a request: 0, or -EAGAIN when `depth` requests are under way, -EINVAL, or what volary_error() says. The data and `iov`
 * itself belong to the queue until the completion. Requests under way at the same time have no order. Nothing reaches the daemon
 * before volary_queue_submit. */
VOLARY_API int volary_queue_read(volary_queue *queue, uint64_t offset, const struct iovec *iov, int iovcnt, void *user);
VOLARY_API int volary_queue_write(volary_queue *queue, uint64_t offset, const struct iovec *iov, int iovcnt, void *user);
VOLARY_API int volary_queue_flush(volary_queue *queue, void *user);
VOLARY_API int volary_queue_discard(volary_queue *queue, uint64_t offset, uint64_t length, void *user);
VOLARY_API int volary_queue_write_zeroes(volary_queue *queue, uint64_t offset, uint64_t length, unsigned flags, void *user);

/* Tells the daemon of the requests that were begun. */
VOLARY_API void volary_queue_submit(volary_queue *queue);

/* Takes up to `max` completions without waiting; returns how many. After less than `max` the eventfd tells of the next one. */
VOLARY_API int volary_queue_reap(volary_queue *queue, struct volary_completion *completions, int max);

/* Whether volary_queue_reap would find something: for a loop that polls memory. */
VOLARY_API bool volary_queue_ready(const volary_queue *queue);

/* Like volary_queue_reap, but waits until there are at least `min`, `timeout_ms` have passed (-1: for ever), or nothing is
 * under way any more. Submits first. */
VOLARY_API int volary_queue_wait(volary_queue *queue, struct volary_completion *completions, int min, int max, int timeout_ms);

/* How many requests were begun and not reaped. */
VOLARY_API unsigned volary_queue_pending(const volary_queue *queue);

#ifdef __cplusplus
}
#endif

#endif
