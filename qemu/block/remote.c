/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Volumes of another machine: libvolary asks REST at its network interface, over QEMU's own channels; it says where NBD is, and
 * QEMU's own NBD driver carries the data. */
#include "openvstorage.h"

#include "crypto/tlscreds.h"
#include "io/channel-socket.h"
#include "io/channel-tls.h"
#include "qom/object_interfaces.h"

#include <arpa/inet.h>

#define PORT "21321"
#define RECONNECT_SECONDS "300"

/* 127.example.com is not. */
static bool is_loopback(const char *host)
{
    struct in_addr address;
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           (inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127);
}

static QCryptoTLSCreds *find_credentials(const char *id, Error **errp)
{
    Object *object = object_resolve_path_component(object_get_objects_root(), id);
    if (!object || !object_dynamic_cast(object, TYPE_QCRYPTO_TLS_CREDS)) {
        error_setg(errp, "there are no TLS credentials '%s': say --object tls-creds-x509,id=%s,endpoint=client,dir=...", id, id);
        return NULL;
    }
    return QCRYPTO_TLS_CREDS(object);
}

static void shake_hands(QIOTask *task, void *opaque)
{
    qio_task_propagate_error(task, opaque);
}

/* Blocking, so the handshake is over when this returns. */
static QIOChannel *with_tls(QIOChannel *plain, State *s, Error **errp)
{
    Error *error = NULL;
    QCryptoTLSCreds *credentials = find_credentials(s->tls_creds, errp);
    QIOChannelTLS *tls = credentials ? qio_channel_tls_new_client(plain, credentials, s->host, errp) : NULL;
    object_unref(OBJECT(plain));
    if (!tls) {
        return NULL;
    }
    qio_channel_tls_handshake(tls, shake_hands, &error, NULL, NULL);
    if (error) {
        error_propagate(errp, error);
        object_unref(OBJECT(tls));
        return NULL;
    }
    return QIO_CHANNEL(tls);
}

static QIOChannel *connect_to(State *s, Error **errp)
{
    SocketAddress address = {.type = SOCKET_ADDRESS_TYPE_INET, .u.inet = {.host = s->host, .port = s->port}};
    QIOChannelSocket *socket = qio_channel_socket_new();
    if (!s->tls_creds && !is_loopback(s->host)) {
        error_setg(errp, "%s is another machine, which needs TLS: say tls-creds=ID", s->host);
    } else if (qio_channel_socket_connect_sync(socket, &address, errp) == 0) {
        return s->tls_creds ? with_tls(QIO_CHANNEL(socket), s, errp) : QIO_CHANNEL(socket);
    }
    object_unref(OBJECT(socket));
    return NULL;
}

/* -- What libvolary calls to talk to REST; `opaque` is the node's state, a connection is a channel */

static int open_channel(void *opaque, void **connection)
{
    Error *error = NULL;
    QIOChannel *channel = connect_to(opaque, &error);
    if (!channel) {
        int status = volary_fail(EIO, "%s", error_get_pretty(error));
        error_free(error);
        return status;
    }
    *connection = channel;
    return 0;
}

/* As send() and recv() return it. TLS may have something to say that is no data. */
static ssize_t result_of(ssize_t status)
{
    if (status < 0) {
        errno = status == QIO_CHANNEL_ERR_BLOCK ? EINTR : ECONNRESET;
        return -1;
    }
    return status;
}

static ssize_t send_some(void *connection, const void *data, size_t length)
{
    return result_of(qio_channel_write(connection, data, length, NULL));
}

static ssize_t receive(void *connection, void *data, size_t length)
{
    return result_of(qio_channel_read(connection, data, length, NULL));
}

static void close_channel(void *connection)
{
    object_unref(OBJECT(connection));
}

/* -- The node */

static void describe_child(State *s, unsigned nbd_port, QDict *options)
{
    g_autofree char *port = g_strdup_printf("%u", nbd_port);
    g_autofree char *export = s->snapshot ? g_strconcat(s->name, "@", s->snapshot, NULL) : g_strdup(s->name);
    qdict_put_str(options, "file.driver", "nbd");
    qdict_put_str(options, "file.server.type", "inet");
    qdict_put_str(options, "file.server.host", s->host);
    qdict_put_str(options, "file.server.port", port);
    qdict_put_str(options, "file.export", export);
    qdict_put_str(options, "file.reconnect-delay", RECONNECT_SECONDS);
    if (s->tls_creds) {
        qdict_put_str(options, "file.tls-creds", s->tls_creds);
    }
}

int volary_open_remote(BlockDriverState *bs, QDict *options, Error **errp)
{
    State *s = bs->opaque;
    struct volary_info info;
    int status = volary_info(s->pool, s->name, &info);
    if (status < 0) {
        error_setg(errp, "%s", volary_error());
        return status;
    }
    if (!info.nbd_port) {
        error_setg(errp, "%s:%s serves no NBD on TCP: set nbd.listen in its vpool.json", s->host, s->port);
        return -EIO;
    }
    describe_child(s, info.nbd_port, options);
    Error *error = NULL;
    status = bdrv_open_file_child(NULL, options, "file", bs, &error);
    if (status < 0 && (bs->open_flags & BDRV_O_RDWR) && info.holder[0]) { /* NBD says to others that it can only be read */
        error_setg(errp, "volume %s is held by %s: end that first, or open it for reading only (%s)", s->name, info.holder,
                   error_get_pretty(error));
        error_free(error);
        return -EBUSY;
    }
    error_propagate(errp, error);
    return status;
}

/* NBD's driver learns the new size when it connects anew, which it does with its next request. */
int coroutine_fn volary_truncate_remote(BlockDriverState *bs, int64_t size, bool shrinks, Error **errp)
{
    State *s = bs->opaque;
    char sector[BDRV_SECTOR_SIZE];
    int status = shrinks ? volary_detach(s->pool, s->name) : 0;
    status = status < 0 ? status : volary_resize(s->pool, s->name, size, shrinks ? VOLARY_SHRINK : 0);
    status = status < 0 || shrinks ? status : volary_detach(s->pool, s->name);
    if (status < 0) {
        error_setg(errp, "%s", volary_error());
        return status;
    }
    status = bdrv_co_pread(bs->file, 0, BDRV_SECTOR_SIZE, sector, 0);
    if (status < 0) {
        error_setg_errno(errp, -status, "volume %s has been resized, but cannot be read any more", s->name);
        return status;
    }
    return bdrv_co_truncate(bs->file, size, true, PREALLOC_MODE_OFF, 0, errp);
}

int volary_roll_back_remote(State *s, const char *snapshot)
{
    int status = volary_detach(s->pool, s->name);
    return status < 0 ? status : volary_snapshot_rollback(s->pool, s->name, snapshot);
}

/* HOST[:PORT]/VOLUME, where HOST may be [an IPv6 address]. */
void volary_parse_remote(const char *text, QDict *options, Error **errp)
{
    const char *slash = strchr(text, '/');
    const char *bracket = text[0] == '[' ? strchr(text, ']') : NULL;
    const char *colon = slash ? memchr(bracket ? bracket : text, ':', slash - (bracket ? bracket : text)) : NULL;
    const char *end = colon ? colon : slash;
    if (!slash || end == text || (text[0] == '[' && !bracket)) {
        error_setg(errp, "'%s' has no host: what can be said is PROTOCOL:HOST[:PORT]/VOLUME[@SNAPSHOT][:tls-creds=ID]", text);
        return;
    }
    g_autofree char *host = bracket ? g_strndup(text + 1, bracket - text - 1) : g_strndup(text, end - text);
    g_autofree char *port = colon ? g_strndup(colon + 1, slash - colon - 1) : g_strdup(PORT);
    qdict_put_str(options, "transport", "tcp");
    qdict_put_str(options, "host", host);
    qdict_put_str(options, "port", port);
}

int volary_configure_remote(State *s, QemuOpts *opts, Error **errp)
{
    const char *host = qemu_opt_get(opts, "host"), *port = qemu_opt_get(opts, "port");
    if (!host || !*host) {
        error_setg(errp, "transport tcp needs the host of the daemon: say host=HOST");
        return -EINVAL;
    }
    if (qemu_opt_get(opts, "pool")) {
        error_setg(errp, "pool is a directory of this machine: over tcp say host and port");
        return -EINVAL;
    }
    s->host = g_strdup(host);
    s->port = g_strdup(port ? port : PORT);
    s->tls_creds = g_strdup(qemu_opt_get(opts, "tls-creds"));
    g_autofree char *name = g_strdup_printf(strchr(host, ':') ? "[%s]:%s" : "%s:%s", s->host, s->port);
    struct volary_carrier carrier = {.struct_size = sizeof carrier,
                                     .name = name,
                                     .open = open_channel,
                                     .send = send_some,
                                     .receive = receive,
                                     .close = close_channel,
                                     .opaque = s};
    int status = volary_pool_open_by(&carrier, &s->pool);
    if (status < 0) {
        error_setg(errp, "%s", volary_error());
    }
    return status;
}
