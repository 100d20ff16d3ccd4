/* SPDX-License-Identifier: MIT */
/* A volume of another machine: its queues are links that the vPool's carrier brings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define SYNC_DEPTH 4
#define PREFERRED_BLOCK_SIZE 4096

static int find_snapshot(volary_volume *volume)
{
    struct volary_snapshot *list;
    size_t count;
    int status = volary_snapshot_list(&volume->pool, volume->name, &list, &count);
    if (status) {
        return status;
    }
    status = -ENOENT;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].name, volume->snapshot) == 0) {
            atomic_store(&volume->size, list[i].size);
            status = 0;
        }
    }
    free(list);
    return status ? volary_fail(ENOENT, "volume %s has no snapshot %s", volume->name, volume->snapshot) : 0;
}

int volary_links_refresh(volary_volume *volume)
{
    struct volary_info info;
    int status = volume->snapshot[0] ? 0 : volary_info(&volume->pool, volume->name, &info);
    if (status == 0 && !volume->snapshot[0]) {
        atomic_store(&volume->size, info.size);
    }
    return status;
}

static int find(volary_volume *volume, unsigned *port)
{
    struct volary_info info;
    int status = volary_info(&volume->pool, volume->name, &info);
    if (status) {
        return status;
    }
    *port = info.nbd_port;
    if (info.nbd_port == 0) {
        return volary_fail(ENOTSUP, "%s serves no NBD on TCP: set nbd.listen in its vpool.json", volume->pool.directory);
    }
    atomic_store(&volume->size, info.size);
    volume->preferred_block_size = PREFERRED_BLOCK_SIZE;
    return volume->snapshot[0] ? find_snapshot(volume) : 0;
}

static int open_links(volary_volume *volume, const struct volary_links *links, struct volary_link_options *options)
{
    int status = 0;
    for (unsigned i = 0; status == 0 && i < volume->queue_count; i++) {
        volary_queue *queue = &volume->queues[i];
        *queue = (volary_queue){volume, links, NULL};
        options->depth = i + 1 == volume->queue_count ? SYNC_DEPTH : volume->depth;
        status = links->open(volume->pool.carrier.opaque, options, &queue->link);
    }
    if (status == -EBUSY && (status = volary_ask_holder(volume, true)) == 0) {
        return volary_fail(EBUSY, "volume %s was held by another client: try again", volume->name);
    }
    return status;
}

int volary_links_open(volary_volume *volume)
{
    const struct volary_links *links = volume->pool.carrier.links;
    struct volary_link_options options = {.read_only = volume->read_only, .reconnect_seconds = volume->reconnect_seconds};
    char name[sizeof volume->reference + 1];
    if (!links) {
        return volary_fail(ENOTSUP, "%s: this program has no way to the data of another machine's volumes", volume->reference);
    }
    /* A volume that is only read is "volume@". */
    snprintf(name, sizeof name, "%s%s", volume->reference, volume->read_only && !volume->snapshot[0] ? "@" : "");
    options.name = name;
    int status = find(volume, &options.port);
    return status ? status : open_links(volume, links, &options);
}

void volary_links_close(volary_volume *volume)
{
    for (unsigned i = 0; volume->queues && !volume->rings && i < volume->queue_count; i++) {
        if (volume->queues[i].link) {
            volume->queues[i].links->close(volume->queues[i].link);
        }
    }
}
