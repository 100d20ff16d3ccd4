/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The volume that a node stands for: opened, let go and taken again, in QEMU's event loops, with QEMU's memory. */
#include "openvstorage.h"

#include "block/aio.h"
#include "exec/cpu-common.h"

#define DEPTH 256

/* qemu-img and the like have no guest memory, and not these functions. */
#pragma weak qemu_ram_block_from_host
#pragma weak qemu_ram_get_fd
#pragma weak qemu_ram_is_shared

int volary_open_volume(State *s, bool writable, volary_volume **volume, Error **errp)
{
    struct volary_open_options options = {
        .struct_size = sizeof options, .queues = 1, .depth = DEPTH, .flags = writable ? 0 : VOLARY_READ_ONLY};
    g_autofree char *reference = s->snapshot ? g_strconcat(s->name, "@", s->snapshot, NULL) : g_strdup(s->name);
    int status = volary_open(s->pool, reference, &options, volume);
    if (status < 0) {
        error_setg(errp, "%s", volary_error());
    }
    return status;
}

void volary_watch(BlockDriverState *bs, AioContext *context)
{
    State *s = bs->opaque;
    if (s->queue && !s->watched) {
        watch(context, volary_queue_fd(s->queue), volary_completed, volary_poll, volary_completed, bs);
        s->submitter = aio_bh_new(context, volary_submit, bs->opaque);
        s->watched = true;
    }
}

void volary_watch_no_more(BlockDriverState *bs)
{
    State *s = bs->opaque;
    if (s->watched) {
        watch(bdrv_get_aio_context(bs), volary_queue_fd(s->queue), NULL, NULL, NULL, NULL);
        qemu_bh_delete(s->submitter);
        s->watched = false;
    }
}

/* Makes an open volume the node's; the node has none. */
int volary_attach(BlockDriverState *bs, volary_volume *volume, bool writable)
{
    State *s = bs->opaque;
    s->volume = volume;
    s->writable = writable;
    s->queue = volary_queue_get(volume, 0);
    s->changes++;
    for (unsigned i = 0; i < s->buffer_count; i++) {
        Buffer *buffer = &s->buffers[i];
        /* What cannot be shared is copied. */
        volary_map(volume, buffer->host, buffer->size, buffer->fd, buffer->offset);
    }
    volary_watch(bs, bdrv_get_aio_context(bs));
    return 0;
}

/* The node's volume, which it has no longer. Nothing may be under way. */
volary_volume *volary_take_away(BlockDriverState *bs)
{
    State *s = bs->opaque;
    volary_volume *volume = s->volume;
    volary_watch_no_more(bs);
    s->volume = NULL;
    s->queue = NULL;
    return volume;
}

int volary_without(BlockDriverState *bs, int (*operation)(State *s, void *argument), void *argument, Error **errp)
{
    State *s = bs->opaque;
    volary_volume *volume;
    volary_close(volary_take_away(bs));
    int status = operation(s, argument);
    if (status < 0) {
        error_setg(errp, "%s", volary_error());
    }
    int opened = volary_open_volume(s, s->writable, &volume, status < 0 ? NULL : errp);
    if (opened == 0) {
        volary_attach(bs, volume, s->writable);
    }
    return status < 0 ? status : opened;
}

/* Guest memory has a descriptor only if it comes from a memory-backend-memfd or the like; then it can be shared. */
bool volary_register_buffer(BlockDriverState *bs, void *host, size_t size, Error **errp)
{
    State *s = bs->opaque;
    ram_addr_t offset;
    RAMBlock *block = qemu_ram_get_fd && qemu_ram_is_shared ? qemu_ram_block_from_host(host, false, &offset) : NULL;
    int fd = block ? qemu_ram_get_fd(block) : -1;
    if (fd < 0 || !qemu_ram_is_shared(block) || s->buffer_count == MAX_BUFFERS) {
        return true;
    }
    s->buffers[s->buffer_count++] = (Buffer){host, size, fd, offset};
    if (s->volume) {
        volary_map(s->volume, host, size, fd, offset);
    }
    return true;
}

void volary_unregister_buffer(BlockDriverState *bs, void *host, size_t size)
{
    State *s = bs->opaque;
    for (unsigned i = 0; i < s->buffer_count; i++) {
        if (s->buffers[i].host == host) {
            if (s->volume) {
                volary_unmap(s->volume, host);
            }
            s->buffers[i] = s->buffers[--s->buffer_count];
            return;
        }
    }
}
