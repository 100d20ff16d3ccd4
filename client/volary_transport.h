/* SPDX-License-Identifier: MIT
 *
 * volary_transport.h - for libraries that bring another way to a daemon than its sockets on this machine, as libvolary-tcp does.
 *
 * Functions that return int return 0 or a negative errno; those that open then have said why by volary_fail(). Any thread may call
 * them, but those of one connection, and of one link, one thread at a time.
 */
#ifndef VOLARY_TRANSPORT_H
#define VOLARY_TRANSPORT_H

#include <sys/types.h>

#include "volary.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Keeps one line for people for volary_error() and returns -`number`. */
VOLARY_API int volary_fail(int number, const char *format, ...) __attribute__((format(printf, 2, 3)));

enum volary_operation {
    VOLARY_OP_READ,
    VOLARY_OP_WRITE,
    VOLARY_OP_FLUSH,
    VOLARY_OP_DISCARD,
    VOLARY_OP_WRITE_ZEROES,
};

/* Of reads and writes `length` is that of all of `iov`; of the others there is no `iov`. Offset and length are multiples of 512. */
struct volary_request {
    enum volary_operation operation;
    unsigned flags; /* VOLARY_UNMAP */
    uint64_t offset;
    uint64_t length;
    const struct iovec *iov;
    int iovcnt;
    void *user;
};

struct volary_link_options {
    const char *name; /* "volume", "volume@snapshot", or "volume@" for the volume to be read only */
    unsigned port;    /* where NBD is */
    bool read_only;
    unsigned depth;
    unsigned reconnect_seconds;
};

/* The data side: a link carries the requests of one queue. */
struct volary_links {
    /* -EBUSY if it is to be written and another client holds it. */
    int (*open)(void *opaque, const struct volary_link_options *options, void **link);
    void (*close)(void *link);
    /* -EAGAIN when it is full, -EINVAL when it takes no such request, -ENODEV or -ETIMEDOUT when it has given up. */
    int (*begin)(void *link, const struct volary_request *request);
    void (*submit)(void *link);
    int (*reap)(void *link, struct volary_completion *completions, int max);
    bool (*ready)(const void *link);
    unsigned (*pending)(const void *link);
    int (*fd)(const void *link);
};

/* The control side: a connection carries one HTTP request and its answer. */
struct volary_carrier {
    size_t struct_size; /* sizeof(struct volary_carrier) */
    const char *name;   /* "HOST:PORT" of the daemon */
    int (*open)(void *opaque, void **connection);
    ssize_t (*send)(void *connection, const void *data, size_t length); /* as send() and recv() do */
    ssize_t (*receive)(void *connection, void *data, size_t length);
    void (*close)(void *connection);
    void (*dispose)(void *opaque);    /* at volary_pool_close; may be NULL */
    const struct volary_links *links; /* NULL: volary_open does not work */
    void *opaque;
};

/* A vPool that is reached so. `carrier` is copied, what it points to is not. */
VOLARY_API int volary_pool_open_by(const struct volary_carrier *carrier, volary_pool **pool);

/* Closes the connections that this machine has to the volume by NBD; they can come back, and then see its new size. */
VOLARY_API int volary_detach(volary_pool *pool, const char *volume);

#ifdef __cplusplus
}
#endif

#endif
