/* SPDX-License-Identifier: MIT */
/* A queue over NBD: what the program's side (link.c) and the thread that talks to the server (worker.c) share. */
#ifndef VOLARY_LINK_H
#define VOLARY_LINK_H

#include "remote.h"

#include <pthread.h>
#include <stdatomic.h>

#include <libnbd.h>

struct slot {
    struct link *link;
    struct volary_request request;
    char *data;    /* in one piece: the caller's, or the slot's bounce buffer */
    int result;
    bool busy;     /* of the worker: not ended yet */
    bool issued;   /* of the worker: the server may know of it */
};

/* Slots on their way, first come first served. Protected by the link's lock. */
struct fifo {
    unsigned *slots;
    unsigned head;
    _Atomic(unsigned) count;
};

struct link {
    const struct remote *remote;
    char *export;
    char port[8];
    bool read_only;
    unsigned depth;
    unsigned reconnect_seconds;
    struct slot *slots;
    char *bounce;

    unsigned *free_slots; /* of the program's side, as `begun` */
    unsigned free_count;
    unsigned *begun;
    unsigned begun_count;

    pthread_mutex_t lock; /* both */
    struct fifo submitted;
    struct fifo ended;
    int wake; /* eventfd: the worker has something to do */
    int call; /* eventfd: something has ended */
    atomic_bool closing;
    atomic_int failed; /* an errno: the worker has given up */

    pthread_t thread;
    struct nbd_handle *nbd; /* of the worker; NULL while there is no connection */
    unsigned under_way;
};

void volary_fifo_put(struct link *link, struct fifo *fifo, unsigned slot);
/* -1 if there is none. */
int volary_fifo_take(struct link *link, struct fifo *fifo);

/* worker.c */

/* 0, or what volary_fail() has said. */
int volary_worker_connect(struct link *link);
void *volary_worker_run(void *link);

#endif
