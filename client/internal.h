/* SPDX-License-Identifier: MIT */
/* What the library's files share. */
#ifndef VOLARY_INTERNAL_H
#define VOLARY_INTERNAL_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include <jansson.h>

#include "volary.h"
#include "volary_transport.h"

#define NAME_BYTES 65
#define SECTOR 512

/* -- pool.c */

/* Of another machine `directory` and `carrier.name` are "HOST:PORT". */
struct volary_pool {
    char *directory;
    struct volary_carrier carrier;
};

int volary_find_pool(char **directory);
bool volary_is_remote(const volary_pool *pool);

/* -- unix.c: the daemon's own socket */

extern const struct volary_carrier volary_unix_carrier;

/* -- http.c: one request to the daemon */

/* `answer` may be NULL; otherwise it is the caller's to json_decref. -ECONNREFUSED if no daemon runs. */
int volary_ask(const volary_pool *pool, const char *method, const char *path, json_t *body, json_t **answer);

/* -- control.c */

int volary_check_name(const char *what, const char *name);

/* -- memory.c */

#define MAX_REGIONS 192

/* Memory that the daemon sees, at the same addresses as here. `length` is 0 where there is none. */
struct region {
    _Atomic(uintptr_t) address;
    _Atomic(size_t) length;
    int fd;
    uint64_t offset;
    bool owned; /* mapped and opened by the library */
};

struct memory {
    struct region regions[MAX_REGIONS];
    atomic_uint used; /* all regions from this one on are free */
};

/* Maps new memory that can be shared. */
int volary_memory_make(size_t length, int *fd, void **address);
struct region *volary_memory_add(struct memory *memory, void *address, size_t length, int fd, uint64_t offset, bool owned);
struct region *volary_memory_find(struct memory *memory, const void *address);
void volary_memory_forget(struct region *region);
bool volary_memory_covers(struct memory *memory, const void *address, size_t length);

/* -- ring.c: a split virtqueue whose descriptors are all indirect, one per slot */

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
};

enum { DESCRIPTOR_NEXT = 1, DESCRIPTOR_WRITE = 2, DESCRIPTOR_INDIRECT = 4 };

struct available {
    uint16_t flags;
    _Atomic(uint16_t) index;
    uint16_t heads[];
};

struct used_element {
    uint32_t head;
    uint32_t length;
};

struct used {
    uint16_t flags;
    _Atomic(uint16_t) index;
    struct used_element elements[];
};

struct ring {
    unsigned size;
    struct descriptor *descriptors;
    struct available *available;
    struct used *used;
    uint16_t offered;   /* index behind the last head in the available ring */
    uint16_t published; /* index that the daemon has been told */
    uint16_t taken;     /* index behind the last used element that was taken */
    bool armed;         /* the daemon may have notified */
    int kick;
    int call;
};

size_t volary_ring_bytes(unsigned size);
int volary_ring_init(struct ring *ring, unsigned size, void *memory);
void volary_ring_close(struct ring *ring);
void volary_ring_offer(struct ring *ring, unsigned slot);
void volary_ring_publish(struct ring *ring);
bool volary_ring_ready(const struct ring *ring);
/* The slot of the next used element, or -1; then the eventfd tells of the next. */
int volary_ring_take(struct ring *ring);
/* Reads the eventfd if it may have been written. */
void volary_ring_quiet(struct ring *ring);

/* -- queue.c */

#define TABLE_ENTRIES (VOLARY_MAX_SEGMENTS + 2)

/* What the daemon reads and writes of one request besides data. */
struct shared_slot {
    uint32_t type;
    uint32_t reserved;
    uint64_t sector;
    struct {
        uint64_t sector;
        uint32_t sectors;
        uint32_t flags;
    } range;
    uint8_t id[20];
    uint8_t status;
    struct descriptor table[TABLE_ENTRIES];
};

struct slot {
    void *user;
    const struct iovec *iov; /* where the data of a bounced read goes; NULL otherwise */
    int iovcnt;
    bool busy;
};

/* A queue's requests in a ring: the link over shared memory. */
struct ring_queue {
    volary_volume *volume;
    struct ring ring;
    struct shared_slot *shared;
    char *bounce;
    struct slot *slots;
    uint16_t *free_slots;
    unsigned free_count;
};

extern const struct volary_links volary_ring_links;

int volary_ring_queue_init(struct ring_queue *queue, volary_volume *volume, unsigned depth);
void volary_ring_queue_destroy(struct ring_queue *queue);
/* Asks for the volume's name: an answer says that the ring runs. */
int volary_ring_queue_probe(struct ring_queue *queue, void *user);

/* -- request.c: what a program asks of a queue */

struct volary_queue {
    volary_volume *volume;
    const struct volary_links *links;
    void *link;
};

/* -- session.c: the connection to the daemon */

struct session {
    int socket; /* -1 while there is none */
    int inflight;
    uint64_t inflight_bytes;
    uint64_t inflight_offset;
};

/* All of these want the volume's lock. A session that fails is closed by its keeper. */
int volary_session_connect(volary_volume *volume);
int volary_session_add(volary_volume *volume, const struct region *region);
void volary_session_remove(volary_volume *volume, const struct region *region);
int volary_session_refresh(volary_volume *volume);
void volary_session_end(volary_volume *volume);

/* -- remote.c: a volume of another machine */

int volary_links_open(volary_volume *volume);
void volary_links_close(volary_volume *volume);
int volary_links_refresh(volary_volume *volume);

/* -- message.c: vhost-user messages */

enum message_type {
    MESSAGE_GET_FEATURES = 1,
    MESSAGE_SET_FEATURES = 2,
    MESSAGE_SET_OWNER = 3,
    MESSAGE_SET_VRING_NUM = 8,
    MESSAGE_SET_VRING_ADDR = 9,
    MESSAGE_SET_VRING_BASE = 10,
    MESSAGE_GET_VRING_BASE = 11,
    MESSAGE_SET_VRING_KICK = 12,
    MESSAGE_SET_VRING_CALL = 13,
    MESSAGE_GET_PROTOCOL_FEATURES = 15,
    MESSAGE_SET_PROTOCOL_FEATURES = 16,
    MESSAGE_SET_VRING_ENABLE = 18,
    MESSAGE_GET_CONFIG = 24,
    MESSAGE_GET_INFLIGHT_FD = 31,
    MESSAGE_SET_INFLIGHT_FD = 32,
    MESSAGE_ADD_MEM_REG = 37,
    MESSAGE_REM_MEM_REG = 38,
};

int volary_message_send(int socket, enum message_type type, const void *payload, size_t bytes, int fd);
/* Sends, and takes the answer, of exactly `answer_bytes`; `answer_fd` may be NULL. */
int volary_message_ask(int socket, enum message_type type, const void *payload, size_t bytes, void *answer, size_t answer_bytes,
                       int *answer_fd);
/* Sends, and waits until the daemon says that it has done it. */
int volary_message_tell(int socket, enum message_type type, const void *payload, size_t bytes, int fd);

/* -- keeper.c: a thread that connects again */

int volary_keeper_start(volary_volume *volume);
void volary_keeper_stop(volary_volume *volume);

/* -- volume.c */

struct volary_volume {
    volary_pool pool; /* a copy; of another machine, with the program's carrier */
    char name[NAME_BYTES];
    char snapshot[NAME_BYTES]; /* "" for the volume itself */
    char reference[2 * NAME_BYTES];
    bool read_only;
    unsigned reconnect_seconds;
    unsigned depth;       /* of the queues but the last */
    unsigned queue_count; /* with the one for synchronous calls, which is the last */
    volary_queue *queues;
    struct ring_queue *rings; /* of the queues; NULL if this is no shared memory */
    struct memory memory;

    pthread_mutex_t lock; /* session, and changes of memory */
    struct session session;
    pthread_mutex_t sync_lock;

    _Atomic(uint64_t) size;
    uint32_t preferred_block_size;

    pthread_t keeper;
    int wake; /* ends the keeper */
    atomic_bool closing;
    atomic_int failed; /* an errno: no daemon any more */
};

volary_queue *volary_sync_queue(volary_volume *volume);
/* Whether another client holds the volume: then -EBUSY, which names it. */
int volary_ask_holder(volary_volume *volume, bool own_too);

#endif
