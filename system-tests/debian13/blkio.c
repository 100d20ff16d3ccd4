/* Disks over vhost-user-blk, and files by io_uring with O_DIRECT, both by libblkio. */
#include "disk.h"
#include <blkio.h>
#include <stdlib.h>
#include <string.h>

struct blkio_disk {
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
    struct blkioq *target = ((struct blkio_disk *)disk->protocol)->queues[queue];
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
    int count = blkioq_do_io(((struct blkio_disk *)disk->protocol)->queues[queue], done, 1, most < 64 ? most : 64, NULL);
    must(count, "waiting for requests");
    for (int i = 0; i < count; i++)
        endings[i] = (struct ending){(unsigned)(uintptr_t)done[i].user_data, done[i].ret};
    return count;
}

static struct disk *open_by(const char *driver, const char *path, unsigned queues, size_t memory)
{
    struct disk *disk = calloc(1, sizeof *disk);
    struct blkio_disk *by = calloc(1, sizeof *by);
    struct blkio_mem_region region;
    must(blkio_create(driver, &by->blkio), "libblkio");
    must(blkio_set_str(by->blkio, "path", path), path);
    if (strcmp(driver, "io_uring") == 0)
        must(blkio_set_bool(by->blkio, "direct", true), path);
    must(blkio_connect(by->blkio), path);
    must(blkio_set_int(by->blkio, "num-queues", (int)queues), "number of queues");
    must(blkio_start(by->blkio), "start");
    must(blkio_get_uint64(by->blkio, "capacity", &disk->bytes), "capacity");
    must(blkio_alloc_mem_region(by->blkio, &region, memory), "memory");
    must(blkio_map_mem_region(by->blkio, &region), "sharing memory");
    by->queues = calloc(queues, sizeof *by->queues);
    for (unsigned i = 0; i < queues; i++)
        by->queues[i] = blkio_get_queue(by->blkio, (int)i);
    disk->memory = region.addr;
    disk->protocol = by;
    disk->begin = begin;
    disk->finish = finish;
    return disk;
}

struct disk *open_vhost_user(const char *socket, unsigned queues, size_t memory)
{
    return open_by("virtio-blk-vhost-user", socket, queues, memory);
}

struct disk *open_file(const char *path, unsigned queues, size_t memory)
{
    return open_by("io_uring", path, queues, memory);
}
