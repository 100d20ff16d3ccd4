/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Internal snapshots are the volume's own. The state of a machine that is saved with one lies in a volume beside it, V.vmstate,
 * behind a header, and has a snapshot of the same name; over TCP it cannot be saved. */
#include "openvstorage.h"

#include "block/snapshot.h"
#include "qemu/cutils.h"
#include "qemu/error-report.h"

#define HEADER_BYTES 4096
#define MAGIC "volary vmstate 1"
#define GROWTH (64 * MiB)

typedef struct Header {
    char magic[24];
    uint64_t size;
    uint64_t clock_ns;
    uint64_t icount;
} Header;

static char *companion(State *s)
{
    return g_strconcat(s->name, ".vmstate", NULL);
}

static int open_companion(State *s, const char *snapshot)
{
    g_autofree char *name = companion(s);
    g_autofree char *reference = snapshot ? g_strconcat(name, "@", snapshot, NULL) : g_strdup(name);
    int status = volary_open(s->pool, reference, NULL, &s->vmstate);
    if (status == -ENOENT && !snapshot) {
        status = volary_create(s->pool, name, GROWTH);
        status = status < 0 ? status : volary_open(s->pool, reference, NULL, &s->vmstate);
    }
    return status;
}

static void close_companion(State *s)
{
    volary_close(s->vmstate);
    s->vmstate = NULL;
}

static int write_header(State *s, QEMUSnapshotInfo *info)
{
    union {
        Header header;
        char bytes[HEADER_BYTES];
    } block = {.header = {.magic = MAGIC, .size = info->vm_state_size, .clock_ns = info->vm_clock_nsec, .icount = info->icount}};
    return volary_write(s->vmstate, &block, sizeof block, 0);
}

/* The machine's state is there before the snapshot that promises it. */
static int keep_vmstate(State *s, QEMUSnapshotInfo *info)
{
    g_autofree char *name = companion(s);
    if (!s->vmstate) {
        return -EINVAL;
    }
    int status = write_header(s, info);
    status = status < 0 ? status : volary_flush(s->vmstate);
    status = status < 0 ? status : volary_snapshot_create(s->pool, name, info->name);
    close_companion(s);
    return status;
}

int volary_snapshot_make(BlockDriverState *bs, QEMUSnapshotInfo *info)
{
    State *s = bs->opaque;
    if (s->image || (s->host && info->vm_state_size)) {
        return -ENOTSUP; /* a file has no snapshots */
    }
    if (info->id_str[0] && strcmp(info->id_str, info->name) != 0) {
        return -EINVAL; /* a snapshot has its name and no number */
    }
    int status = info->vm_state_size ? keep_vmstate(s, info) : 0;
    if (status == 0) {
        status = volary_snapshot_create(s->pool, s->name, info->name);
        if (status < 0 && info->vm_state_size) {
            g_autofree char *name = companion(s);
            volary_snapshot_remove(s->pool, name, info->name);
        }
    }
    return status;
}

static int roll_back(State *s, void *snapshot)
{
    return volary_snapshot_rollback(s->pool, s->name, snapshot);
}

int volary_snapshot_go(BlockDriverState *bs, const char *id)
{
    State *s = bs->opaque;
    Error *error = NULL;
    if (s->host) {
        int remote = volary_roll_back_remote(s, id);
        if (remote < 0) {
            error_report("%s", volary_error());
        }
        return remote;
    }
    int status = volary_without(bs, roll_back, (void *)id, &error);
    if (status < 0) {
        error_report_err(error);
        return status;
    }
    close_companion(s);
    g_free(s->vmstate_snapshot);
    s->vmstate_snapshot = g_strdup(id);
    return 0;
}

#if !QEMU_SINCE(8, 0)
static int go_below(BlockDriverState *bs, const char *id)
{
    return bdrv_snapshot_goto(bs->file->bs, id, NULL);
}

/* QEMU 7.2 closes a raw node, goes to the snapshot below, and opens the raw node again. In loadvm, where everything is drained, the
 * guest's device never gets out of that. Going on below an open raw node is as good, and does. */
void volary_mend_raw(void)
{
    BlockDriver *raw = bdrv_find_format("raw");
    if (raw && !raw->bdrv_snapshot_goto) {
        raw->bdrv_snapshot_goto = go_below;
    }
}
#else
void volary_mend_raw(void)
{
}
#endif

/* With the last one that had the state of a machine, the volume of those goes. */
static void drop_vmstate(State *s, const char *snapshot)
{
    g_autofree char *name = companion(s);
    struct volary_info info;
    if (volary_snapshot_remove(s->pool, name, snapshot) == 0 && volary_info(s->pool, name, &info) == 0 && !info.snapshots) {
        close_companion(s);
        volary_remove(s->pool, name, 0);
    }
}

int volary_snapshot_drop(BlockDriverState *bs, const char *id, const char *name, Error **errp)
{
    State *s = bs->opaque;
    const char *snapshot = name ? name : id;
    if (!snapshot || (id && name && strcmp(id, name) != 0)) {
        error_setg(errp, "volume %s has no such snapshot: a snapshot's identifier is its name", s->name);
        return -ENOENT;
    }
    int status = volary_snapshot_remove(s->pool, s->name, snapshot);
    if (status < 0) {
        error_setg(errp, "%s", volary_error());
        return status;
    }
    drop_vmstate(s, snapshot);
    return 0;
}

static void add_vmstate(State *s, const char *name, QEMUSnapshotInfo *info)
{
    g_autofree char *reference = g_strconcat(name, "@", info->name, NULL);
    union {
        Header header;
        char bytes[HEADER_BYTES];
    } block;
    volary_volume *volume;
    if (volary_open(s->pool, reference, NULL, &volume) < 0) {
        return; /* it was taken without one */
    }
    if (volary_read(volume, &block, sizeof block, 0) == 0 && memcmp(block.header.magic, MAGIC, sizeof MAGIC) == 0) {
        info->vm_state_size = block.header.size;
        info->vm_clock_nsec = block.header.clock_ns;
        info->icount = block.header.icount;
    }
    volary_close(volume);
}

int volary_snapshots(BlockDriverState *bs, QEMUSnapshotInfo **list)
{
    State *s = bs->opaque;
    struct volary_snapshot *found;
    struct volary_info info;
    size_t count;
    int status = volary_snapshot_list(s->pool, s->name, &found, &count);
    if (status < 0) {
        *list = NULL;
        return status;
    }
    g_autofree char *name = companion(s);
    bool has_vmstate = count > 0 && !s->host && volary_info(s->pool, name, &info) == 0;
    *list = g_new0(QEMUSnapshotInfo, count);
    for (size_t i = 0; i < count; i++) {
        QEMUSnapshotInfo *one = *list + i;
        pstrcpy(one->id_str, sizeof one->id_str, found[i].name);
        pstrcpy(one->name, sizeof one->name, found[i].name);
        one->date_sec = found[i].created / 1000;
        one->date_nsec = found[i].created % 1000 * 1000000;
        one->icount = -1ULL;
        if (has_vmstate) {
            add_vmstate(s, name, one);
        }
    }
    free(found);
    return count;
}

/* Whole sectors around `bytes` at `position` behind the header. */
static uint8_t *around(int64_t position, size_t bytes, uint64_t *offset, size_t *length, size_t *skip)
{
    uint64_t begin = HEADER_BYTES + (uint64_t)position;
    *offset = QEMU_ALIGN_DOWN(begin, BDRV_SECTOR_SIZE);
    *skip = begin - *offset;
    *length = ROUND_UP(*skip + bytes, BDRV_SECTOR_SIZE);
    return g_malloc(*length);
}

int coroutine_fn volary_save_vmstate(BlockDriverState *bs, QEMUIOVector *qiov, int64_t position)
{
    State *s = bs->opaque;
    if (s->host) {
        return -ENOTSUP;
    }
    g_autofree char *name = companion(s);
    uint64_t offset;
    size_t length, skip;
    int status = s->vmstate && !volary_is_read_only(s->vmstate) ? 0 : (close_companion(s), open_companion(s, NULL));
    g_autofree uint8_t *data = around(position, qiov->size, &offset, &length, &skip);
    if (status == 0 && offset + length > volary_size(s->vmstate)) {
        status = volary_resize(s->pool, name, ROUND_UP(offset + length, GROWTH), 0);
    }
    status = status < 0 ? status : volary_read(s->vmstate, data, BDRV_SECTOR_SIZE, offset);
    status = status < 0 ? status
                        : volary_read(s->vmstate, data + length - BDRV_SECTOR_SIZE, BDRV_SECTOR_SIZE,
                                      offset + length - BDRV_SECTOR_SIZE);
    qemu_iovec_to_buf(qiov, 0, data + skip, qiov->size);
    return status < 0 ? status : volary_write(s->vmstate, data, length, offset);
}

int coroutine_fn volary_load_vmstate(BlockDriverState *bs, QEMUIOVector *qiov, int64_t position)
{
    State *s = bs->opaque;
    uint64_t offset;
    size_t length, skip;
    if (s->host) {
        return -ENOTSUP;
    }
    int status = s->vmstate ? 0 : !s->vmstate_snapshot ? -ENOENT : open_companion(s, s->vmstate_snapshot);
    g_autofree uint8_t *data = around(position, qiov->size, &offset, &length, &skip);
    status = status < 0 ? status : volary_read(s->vmstate, data, length, offset);
    if (status == 0) {
        qemu_iovec_from_buf(qiov, 0, data + skip, qiov->size);
    }
    return status;
}
