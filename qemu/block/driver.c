/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver as QEMU sees it: openvstorage:VOLUME[@SNAPSHOT][:snapshot-timeout=N], openvstorage+tcp:HOST[:PORT]/VOLUME, the
 * same as volary:, and orangefs:/PATH. */
#include "openvstorage.h"

#include "qemu/ctype.h"
#include "qemu/cutils.h"

static QemuOptsList runtime_options = {
    .name = "openvstorage",
    .head = QTAILQ_HEAD_INITIALIZER(runtime_options.head),
    .desc =
        {
            {.name = "volume", .type = QEMU_OPT_STRING, .help = "volume, or volume@snapshot"},
            {.name = "path", .type = QEMU_OPT_STRING, .help = "instead of volume: a raw file of OrangeFS"},
            {.name = "pool", .type = QEMU_OPT_STRING, .help = "directory of the vPool"},
            {.name = "transport", .type = QEMU_OPT_STRING, .help = "shm or tcp"},
            {.name = "host", .type = QEMU_OPT_STRING, .help = "of tcp"},
            {.name = "port", .type = QEMU_OPT_STRING, .help = "of tcp"},
            {.name = "tls-creds", .type = QEMU_OPT_STRING, .help = "of tcp"},
            {.name = "snapshot-timeout", .type = QEMU_OPT_NUMBER, .help = "for compatibility: snapshots are durable at once"},
            {/* end */},
        },
};

static QemuOptsList create_options = {
    .name = "openvstorage-create-opts",
    .head = QTAILQ_HEAD_INITIALIZER(create_options.head),
    .desc =
        {
            {.name = BLOCK_OPT_SIZE, .type = QEMU_OPT_SIZE, .help = "Virtual disk size"},
            {/* end */},
        },
};

static const char *const strong_options[] = {"volume", "path", "pool", "transport", "host", "port", "tls-creds", NULL};

static void parse_filename(const char *filename, QDict *options, Error **errp)
{
    const char *volume = strchr(filename, ':') + 1; /* the protocol is there, or this driver would not be asked */
    if (g_str_has_prefix(volume - 5, "+tcp:")) {
        Error *error = NULL;
        volary_parse_remote(volume, options, &error);
        if (error) {
            error_propagate(errp, error);
            return;
        }
        volume = strchr(volume, '/') + 1;
    }
    g_auto(GStrv) parts = g_strsplit(volume, ":", -1);
    for (int i = 1; parts[0] && parts[i]; i++) {
        const char *value;
        if (strstart(parts[i], "snapshot-timeout=", &value)) {
            qdict_put_str(options, "snapshot-timeout", value);
        } else if (strstart(parts[i], "tls-creds=", &value)) {
            qdict_put_str(options, "tls-creds", value);
        } else {
            error_setg(errp, "'%s' is not known in '%s': what can be said is PROTOCOL:VOLUME[@SNAPSHOT][:snapshot-timeout=N]",
                       parts[i], filename);
            return;
        }
    }
    qdict_put_str(options, "volume", parts[0] ? parts[0] : "");
}

/* Whatever the path has in it. */
static void parse_image(const char *filename, QDict *options, Error **errp)
{
    qdict_put_str(options, "path", strchr(filename, ':') + 1);
}

static int set_name(State *s, const char *volume, const char *path, Error **errp)
{
    if (path) {
        if (volume) {
            error_setg(errp, "volume=%s and path=%s: it is one or the other", volume, path);
            return -EINVAL;
        }
        s->image = g_strconcat("orangefs:", path, NULL);
        return 0;
    }
    if (!volume || !*volume) {
        error_setg(errp, "no volume is named: say openvstorage:VOLUME or volume=VOLUME");
        return -EINVAL;
    }
    const char *at = strchr(volume, '@');
    s->name = at ? g_strndup(volume, at - volume) : g_strdup(volume);
    s->snapshot = at ? g_strdup(at + 1) : NULL;
    return 0;
}

static int configure_local(State *s, QemuOpts *opts, Error **errp)
{
    int status = volary_pool_open(qemu_opt_get(opts, "pool"), &s->pool);
    if (status < 0) {
        error_setg(errp, "%s", volary_error());
    }
    return status;
}

/* Finds the volume that the image is. One is made if there is none: of a file with that size, or of one that is there if it is 0. */
static int find_image(State *s, uint64_t size, Error **errp)
{
    char name[sizeof((struct volary_info *)NULL)->name];
    if (!s->image) {
        return 0;
    }
    int status = volary_image(s->pool, s->image, size, name);
    if (status < 0) {
        error_setg(errp, "%s", volary_error());
    } else {
        s->name = g_strdup(name);
    }
    return status;
}

static int configure(State *s, QDict *options, Error **errp)
{
    QemuOpts *opts = qemu_opts_create(&runtime_options, NULL, 0, &error_abort);
    int status = -EINVAL;
    if (qemu_opts_absorb_qdict(opts, options, errp)) {
        const char *transport = qemu_opt_get(opts, "transport");
        bool remote = transport && strcmp(transport, "tcp") == 0;
        if (transport && !remote && strcmp(transport, "shm") != 0) {
            error_setg(errp, "transport '%s' is not known: there are shm and tcp", transport);
        } else {
            status = set_name(s, qemu_opt_get(opts, "volume"), qemu_opt_get(opts, "path"), errp);
            if (status == 0 && s->image && remote) {
                error_setg(errp, "%s can only be reached on its daemon's machine", s->image);
                status = -EINVAL;
            }
            status = status < 0 ? status : remote ? volary_configure_remote(s, opts, errp) : configure_local(s, opts, errp);
        }
    }
    qemu_opts_del(opts);
    return status;
}

static void dispose(State *s)
{
    volary_close(s->vmstate);
    volary_pool_close(s->pool);
    g_free(s->vmstate_snapshot);
    g_free(s->image);
    g_free(s->name);
    g_free(s->snapshot);
    g_free(s->host);
    g_free(s->port);
    g_free(s->tls_creds);
}

static bool wants_to_write(int flags)
{
    /* The target of a migration reads until the source has let go. */
    return (flags & BDRV_O_RDWR) && !(flags & BDRV_O_INACTIVE);
}

static int open_node(BlockDriverState *bs, QDict *options, int flags, Error **errp)
{
    State *s = bs->opaque;
    volary_volume *volume;
    int status = configure(s, options, errp);
    status = status < 0 ? status : find_image(s, 0, errp);
    if (status == 0 && s->snapshot && (flags & BDRV_O_RDWR)) {
        status = bdrv_apply_auto_read_only(bs, "a snapshot can only be read", errp);
        flags &= ~BDRV_O_RDWR;
    }
    if (status == 0) {
        status = s->host ? volary_open_remote(bs, options, errp) : volary_open_volume(s, wants_to_write(flags), &volume, errp);
    }
    if (status < 0) {
        dispose(s);
        return status;
    }
    volary_mend_raw();
    qemu_mutex_init(&s->lock);
    qemu_co_queue_init(&s->full);
    bs->supported_zero_flags = BDRV_REQ_MAY_UNMAP | BDRV_REQ_NO_FALLBACK;
    bs->supported_truncate_flags = BDRV_REQ_ZERO_WRITE;
    return s->host ? 0 : volary_attach(bs, volume, wants_to_write(flags));
}

static void close_node(BlockDriverState *bs)
{
    State *s = bs->opaque;
    volary_close(volary_take_away(bs));
    dispose(s);
    qemu_mutex_destroy(&s->lock);
}

/* -- Other access: from reading to writing and back, and to and from another QEMU in a migration */

static int reopen_prepare(BDRVReopenState *state, BlockReopenQueue *queue, Error **errp)
{
    State *s = state->bs->opaque;
    bool writable = wants_to_write(state->flags);
    volary_volume *volume = NULL;
    int status = 0;
    if (writable && s->snapshot) {
        error_setg(errp, "%s@%s is a snapshot, which can only be read", s->name, s->snapshot);
        return -EROFS;
    }
    if (writable != s->writable && !s->host) {
        status = volary_open_volume(s, writable, &volume, errp);
    }
    state->opaque = volume;
    return status;
}

static void reopen_commit(BDRVReopenState *state)
{
    if (state->opaque) {
        volary_close(volary_take_away(state->bs));
        volary_attach(state->bs, state->opaque, wants_to_write(state->flags));
        state->opaque = NULL;
    }
}

static void reopen_abort(BDRVReopenState *state)
{
    volary_close(state->opaque);
    state->opaque = NULL;
}

static int change_access(BlockDriverState *bs, bool writable, Error **errp)
{
    State *s = bs->opaque;
    volary_volume *volume;
    if (s->writable == writable || s->host) {
        return 0;
    }
    volary_close(volary_take_away(bs));
    int status = volary_open_volume(s, writable, &volume, errp);
    return status < 0 ? status : volary_attach(bs, volume, writable);
}

static int inactivate(BlockDriverState *bs)
{
    return change_access(bs, false, NULL);
}

static void coroutine_fn invalidate_cache(BlockDriverState *bs, Error **errp)
{
    change_access(bs, bs->open_flags & BDRV_O_RDWR, errp);
}

/* -- Size */

static int64_t CO_LENGTH get_length(BlockDriverState *bs)
{
    State *s = bs->opaque;
    if (s->host) {
        return CHILD_LENGTH(bs->file->bs);
    }
    return s->volume ? (int64_t)volary_size(s->volume) : -EIO;
}

static int64_t CO_LENGTH get_allocated(BlockDriverState *bs)
{
    State *s = bs->opaque;
    struct volary_info info;
    int status = volary_info(s->pool, s->name, &info);
    return status < 0 ? status : (int64_t)info.mapped;
}

static int CO_LENGTH get_info(BlockDriverState *bs, BlockDriverInfo *info)
{
    State *s = bs->opaque;
    info->cluster_size = s->volume ? volary_preferred_block_size(s->volume) : 0;
    return 0;
}

static int shrink(State *s, void *size)
{
    return volary_resize(s->pool, s->name, *(int64_t *)size, VOLARY_SHRINK);
}

static int coroutine_fn truncate_node(BlockDriverState *bs, int64_t offset, bool exact, PreallocMode preallocation,
                                      BdrvRequestFlags flags, Error **errp)
{
    State *s = bs->opaque;
    int64_t size = ROUND_UP(offset, BDRV_SECTOR_SIZE);
    int64_t current = get_length(bs);
    if (preallocation != PREALLOC_MODE_OFF) {
        error_setg(errp, "volume %s is thin: there is no preallocation", s->name);
        return -ENOTSUP;
    }
    if (current < 0 || size == current || (size < current && !exact)) {
        return current < 0 ? current : 0;
    }
    if (s->host) {
        return volary_truncate_remote(bs, size, size < current, errp);
    }
    if (size < current) {
        return volary_without(bs, shrink, &size, errp);
    }
    int status = volary_resize(s->pool, s->name, size, 0);
    if (status < 0) {
        error_setg(errp, "%s", volary_error());
    }
    s->changes++;
    return status;
}

static void refresh_limits(BlockDriverState *bs, Error **errp)
{
    bs->bl.request_alignment = BDRV_SECTOR_SIZE;
    bs->bl.max_transfer = VOLARY_MAX_BOUNCE;
    bs->bl.opt_transfer = 1 * MiB;
    bs->bl.max_iov = VOLARY_MAX_SEGMENTS;
    bs->bl.min_mem_alignment = BDRV_SECTOR_SIZE;
    bs->bl.opt_mem_alignment = 4096;
    bs->bl.max_pdiscard = VOLARY_MAX_RANGE;
    bs->bl.pdiscard_alignment = 4096;
    bs->bl.max_pwrite_zeroes = VOLARY_MAX_RANGE;
    bs->bl.pwrite_zeroes_alignment = 4096;
}

static void refresh_filename(BlockDriverState *bs)
{
    State *s = bs->opaque;
    if (s->host) {
        bool v6 = strchr(s->host, ':');
        snprintf(bs->exact_filename, sizeof bs->exact_filename, "openvstorage+tcp:%s%s%s:%s/%s%s%s%s%s", v6 ? "[" : "", s->host,
                 v6 ? "]" : "", s->port, s->name, s->snapshot ? "@" : "", s->snapshot ? s->snapshot : "",
                 s->tls_creds ? ":tls-creds=" : "", s->tls_creds ? s->tls_creds : "");
    } else if (s->image && !qdict_haskey(bs->full_open_options, "pool")) {
        int length = snprintf(bs->exact_filename, sizeof bs->exact_filename, "%s", s->image);
        bs->exact_filename[(size_t)length < sizeof bs->exact_filename ? length : 0] = 0; /* half a name is none */
    } else if (!qdict_haskey(bs->full_open_options, "pool")) {
        snprintf(bs->exact_filename, sizeof bs->exact_filename, "%s:%s%s%s", bs->drv->protocol_name, s->name,
                 s->snapshot ? "@" : "", s->snapshot ? s->snapshot : "");
    }
}

/* A file that was there may have anything in it. */
static int has_zero_init(BlockDriverState *bs)
{
    State *s = bs->opaque;
    return s->image ? 0 : 1;
}

/* -- Volumes come and go */

static int create(State *s, int64_t size, Error **errp)
{
    if (s->image) {
        return find_image(s, size, errp);
    }
    int status = volary_create(s->pool, s->name, size);
    if (status < 0) {
        error_setg(errp, "%s", volary_error());
    }
    return status;
}

static int coroutine_fn create_volume(BlockDriver *drv, const char *filename, QemuOpts *opts, Error **errp)
{
    QDict *options = qdict_new();
    State s = {0};
    Error *error = NULL;
    /* A format that puts itself into the volume asks for none, and writes beyond the end. */
    int64_t size = MAX(ROUND_UP(qemu_opt_get_size_del(opts, BLOCK_OPT_SIZE, 0), BDRV_SECTOR_SIZE), BDRV_SECTOR_SIZE);
    drv->bdrv_parse_filename(filename, options, &error);
    int status = error ? -EINVAL : configure(&s, options, &error);
    if (status == 0 && s.snapshot) {
        error_setg(&error, "'%s' names a snapshot: those are made by qemu-img snapshot -c", filename);
        status = -EINVAL;
    }
    status = status < 0 ? status : create(&s, size, &error);
    error_propagate(errp, error);
    dispose(&s);
    qobject_unref(options);
    return status;
}

static int coroutine_fn delete_volume(BlockDriverState *bs, Error **errp)
{
    State *s = bs->opaque;
    volary_close(volary_take_away(bs));
    int status = s->host ? volary_detach(s->pool, s->name) : 0;
    status = status < 0 ? status : volary_remove(s->pool, s->name, 0);
    if (status < 0) {
        error_setg(errp, "%s", volary_error());
    }
    return status;
}

#define DRIVER(NAME, PARSE)                                                                                                    \
    {                                                                                                                          \
        .format_name = NAME, .protocol_name = NAME, .instance_size = sizeof(State), .bdrv_parse_filename = PARSE,              \
        .OPEN = open_node, .bdrv_close = close_node, .bdrv_reopen_prepare = reopen_prepare,                                    \
        .bdrv_reopen_commit = reopen_commit, .bdrv_reopen_abort = reopen_abort, .bdrv_inactivate = inactivate,                 \
        .bdrv_co_invalidate_cache = invalidate_cache, .GET_LENGTH = get_length, .GET_ALLOCATED = get_allocated,                \
        .GET_INFO = get_info, .bdrv_co_truncate = truncate_node, .bdrv_refresh_limits = refresh_limits,                        \
        .bdrv_refresh_filename = refresh_filename, .bdrv_has_zero_init = has_zero_init,                                        \
        .bdrv_co_create_opts = create_volume, .create_opts = &create_options, .bdrv_co_delete_file = delete_volume,            \
        .bdrv_co_preadv = volary_co_preadv, .bdrv_co_pwritev = volary_co_pwritev,                                              \
        .bdrv_co_pwrite_zeroes = volary_co_pwrite_zeroes, .bdrv_co_pdiscard = volary_co_pdiscard,                              \
        .bdrv_co_flush_to_disk = volary_co_flush, .bdrv_co_block_status = volary_co_block_status, PLUG                         \
        .bdrv_attach_aio_context = volary_watch, .bdrv_detach_aio_context = volary_watch_no_more,                              \
        .bdrv_register_buf = volary_register_buffer, .bdrv_unregister_buf = volary_unregister_buffer,                          \
        .bdrv_child_perm = bdrv_default_perms, .bdrv_snapshot_create = volary_snapshot_make, .bdrv_snapshot_goto = volary_snapshot_go,                                \
        .bdrv_snapshot_delete = volary_snapshot_drop, .bdrv_snapshot_list = volary_snapshots,                                  \
        .SAVE_VMSTATE = volary_save_vmstate, .LOAD_VMSTATE = volary_load_vmstate, .strong_runtime_opts = strong_options,       \
    }

#if !QEMU_SINCE(8, 0)
#define PLUG .bdrv_io_unplug = volary_unplug,
#elif !QEMU_SINCE(8, 1)
#define PLUG .bdrv_co_io_unplug = volary_unplug,
#else
#define PLUG
#endif

static BlockDriver drivers[] = {DRIVER("openvstorage", parse_filename), DRIVER("volary", parse_filename),
                                DRIVER("openvstorage+tcp", parse_filename), DRIVER("volary+tcp", parse_filename),
                                DRIVER("orangefs", parse_image)};

void volary_block_init(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
        bdrv_register(&drivers[i]);
    }
}
