/* Disks over vhost-user-blk, by libblkio. */
#include "disk.h"
#include <blkio.h>
#include <stdlib.h>

struct vhost_user {
    struct blkio *blkio;
    struct blkioq **queues;
};

static void must(int result, const char *what)
{
    check(result >= 0, what, blkio_get_error_msg());
}

static void begin(struct disk *disk, unsigned queue, enum operation operation, uint64_t at, char *data, size_t length,
                  unsigned slot)
{
    struct blkioq *target = ((struct vhost_user *)disk->protocol)->queues[queue];
    void *mark = (void *)(uintptr_t)slot;
    switch (operation) {
    case READ: blkioq_read(target, at, data, length, mark, 0); break;
    case WRITE: blkioq_write(target, at, data, length, mark, 0); break;
    case FLUSH: blkioq_flush(target, mark, 0); break;
    }
}

static int finish(struct disk *disk, unsigned queue, struct ending *endings, int most)
{
    struct blkio_completion done[64];
    int count = blkioq_do_io(((struct vhost_user *)disk->protocol)->queues[queue], done, 1, most < 64 ? most : 64, NULL);
    must(count, "waiting for requests");
    for (int i = 0; i < count; i++)
        endings[i] = (struct ending){(unsigned)(uintptr_t)done[i].user_data, done[i].ret};
    return count;
}

struct disk *open_vhost_user(const char *socket, unsigned queues, size_t memory)
{
    struct disk *disk = calloc(1, sizeof *disk);
    struct vhost_user *vhost = calloc(1, sizeof *vhost);
    struct blkio_mem_region region;
    must(blkio_create("virtio-blk-vhost-user", &vhost->blkio), "libblkio");
    must(blkio_set_str(vhost->blkio, "path", socket), socket);
    must(blkio_connect(vhost->blkio), socket);
    must(blkio_set_int(vhost->blkio, "num-queues", (int)queues), "number of queues");
    must(blkio_start(vhost->blkio), "start");
    must(blkio_get_uint64(vhost->blkio, "capacity", &disk->bytes), "capacity");
    must(blkio_alloc_mem_region(vhost->blkio, &region, memory), "memory");
    must(blkio_map_mem_region(vhost->blkio, &region), "sharing memory");
    vhost->queues = calloc(queues, sizeof *vhost->queues);
    for (unsigned i = 0; i < queues; i++)
        vhost->queues[i] = blkio_get_queue(vhost->blkio, (int)i);
    disk->memory = region.addr;
    disk->protocol = vhost;
    disk->begin = begin;
    disk->finish = finish;
    return disk;
}
