/* Disks over NBD, by libnbd; each queue is a connection. */
#include "disk.h"
#include <errno.h>
#include <libnbd.h>
#include <stdlib.h>

struct connection;

/* What libnbd hands back when a request ends. */
struct mark {
    struct connection *connection;
    unsigned slot;
};

struct connection {
    struct nbd_handle *handle;
    struct mark *marks;
    struct ending *endings;
    int ended;
};

static int ended(void *user_data, int *error)
{
    struct mark *mark = user_data;
    mark->connection->endings[mark->connection->ended++] = (struct ending){mark->slot, -*error};
    return 1; /* libnbd may forget the request */
}

static void begin(struct disk *disk, unsigned queue, enum operation operation, uint64_t at, char *data, size_t length,
                  unsigned slot)
{
    struct connection *connection = &((struct connection *)disk->protocol)[queue];
    nbd_completion_callback callback = {.callback = ended, .user_data = &connection->marks[slot]};
    int64_t cookie = -1;
    switch (operation) {
    case READ: cookie = nbd_aio_pread(connection->handle, data, length, at, callback, 0); break;
    case WRITE: cookie = nbd_aio_pwrite(connection->handle, data, length, at, callback, 0); break;
    case FLUSH: cookie = nbd_aio_flush(connection->handle, callback, 0); break;
    }
    check(cookie >= 0, "request", nbd_get_error());
}

static int finish(struct disk *disk, unsigned queue, struct ending *endings, int most)
{
    struct connection *connection = &((struct connection *)disk->protocol)[queue];
    int count = 0;
    while (connection->ended == 0)
        check(nbd_poll(connection->handle, -1) >= 0, "waiting for requests", nbd_get_error());
    while (count < most && connection->ended > 0)
        endings[count++] = connection->endings[--connection->ended];
    return count;
}

static void connect_to(struct connection *connection, const char *uri, unsigned depth)
{
    connection->handle = nbd_create();
    check(connection->handle != NULL, "libnbd", nbd_get_error());
    check(nbd_connect_uri(connection->handle, uri) == 0, uri, nbd_get_error());
    connection->marks = calloc(depth, sizeof *connection->marks);
    connection->endings = calloc(depth, sizeof *connection->endings);
    for (unsigned i = 0; i < depth; i++)
        connection->marks[i] = (struct mark){connection, i};
}

struct disk *open_nbd(const char *uri, unsigned queues, unsigned depth, size_t memory)
{
    struct disk *disk = calloc(1, sizeof *disk);
    struct connection *connections = calloc(queues, sizeof *connections);
    for (unsigned i = 0; i < queues; i++)
        connect_to(&connections[i], uri, depth);
    disk->bytes = (uint64_t)nbd_get_size(connections[0].handle);
    disk->memory = aligned_alloc(4096, (memory + 4095) / 4096 * 4096);
    disk->protocol = connections;
    disk->begin = begin;
    disk->finish = finish;
    return disk;
}
