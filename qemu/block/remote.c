/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Volumes of another machine: REST at its network interface says where NBD is, and QEMU's own NBD driver does the rest. */
#include "openvstorage.h"

#include "crypto/tlscreds.h"
#include "io/channel-socket.h"
#include "io/channel-tls.h"
#include "qom/object_interfaces.h"

#include <jansson.h>

#define PORT "21321"
#define MAX_ANSWER (1 * MiB)
#define RECONNECT_SECONDS "300"

static bool is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 || strncmp(host, "127.", 4) == 0;
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

/* Where the body begins, if all of it is there. */
static const char *body_of(const GString *answer)
{
    const char *end = strstr(answer->str, "\r\n\r\n");
    g_autofree char *head = end ? g_ascii_strdown(answer->str, end - answer->str) : NULL;
    const char *length = head ? strstr(head, "\r\ncontent-length:") : NULL;
    size_t bytes = length ? strtoul(strchr(length, ':') + 1, NULL, 10) : 0;
    return end && answer->len >= (size_t)(end + 4 - answer->str) + bytes ? end + 4 : NULL;
}

static int understand(const char *text, const char *body, json_t **answer, Error **errp)
{
    int code = 0;
    sscanf(text, "HTTP/1.%*d %d", &code);
    *answer = json_loads(body, JSON_DECODE_ANY, NULL);
    if (code / 100 == 2 && *answer) {
        return 0;
    }
    const char *message = json_string_value(json_object_get(*answer, "message"));
    error_setg(errp, "%s", message ? message : "what answers is no daemon of Volary's, or of another version");
    json_decref(*answer);
    return code == 404 ? -ENOENT : -EIO;
}

static int ask(State *s, const char *method, const char *path, const char *body, json_t **answer, Error **errp)
{
    g_autoptr(GString) text = g_string_new("");
    g_autofree char *request =
        g_strdup_printf("%s /v1/volumes%s HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\n\r\n%s",
                        method, path, s->host, s->port, strlen(body), body);
    QIOChannel *channel = connect_to(s, errp);
    const char *found = NULL;
    if (!channel) {
        return -EIO;
    }
    ssize_t received = qio_channel_write_all(channel, request, strlen(request), errp);
    while (received >= 0 && text->len < MAX_ANSWER && !found) {
        char piece[4096];
        do { /* TLS may have something to say that is no data */
            received = qio_channel_read(channel, piece, sizeof piece, errp);
        } while (received == QIO_CHANNEL_ERR_BLOCK);
        if (received == 0) {
            error_setg(errp, "%s:%s has closed the connection", s->host, s->port);
            received = -1;
        } else if (received > 0) {
            g_string_append_len(text, piece, received);
            found = body_of(text);
        }
    }
    object_unref(OBJECT(channel));
    if (received < 0 || !found) {
        return -EIO;
    }
    return understand(text->str, found, answer, errp);
}

static char *nbd_port(json_t *volume)
{
    size_t i;
    json_t *export;
    json_array_foreach(json_object_get(volume, "exports"), i, export)
    {
        const char *address = json_string_value(json_object_get(export, "address"));
        const char *authority = address && !strstr(address, "+unix") ? strstr(address, "://") : NULL;
        const char *end = authority ? strchr(authority + 3, '/') : NULL;
        const char *colon = end ? memrchr(authority, ':', end - authority) : NULL;
        if (colon && g_str_has_prefix(address, "nbd")) {
            return g_strndup(colon + 1, end - colon - 1);
        }
    }
    return NULL;
}

static void describe_child(State *s, const char *port, QDict *options)
{
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
    json_t *volume;
    g_autofree char *path = g_strconcat("/", s->name, NULL);
    int status = ask(s, "GET", path, "", &volume, errp);
    if (status < 0) {
        return status;
    }
    g_autofree char *port = nbd_port(volume);
    json_decref(volume);
    if (!port) {
        error_setg(errp, "%s:%s serves no NBD on TCP: set nbd.listen in its vpool.json", s->host, s->port);
        return -EIO;
    }
    describe_child(s, port, options);
    return bdrv_open_file_child(NULL, options, "file", bs, errp);
}

int volary_create_remote(State *s, int64_t size, Error **errp)
{
    json_t *created;
    g_autofree char *body = g_strdup_printf("{\"name\": \"%s\", \"size\": %" PRId64 "}", s->name, size);
    int status = ask(s, "POST", "", body, &created, errp);
    if (status == 0) {
        json_decref(created);
    }
    return status;
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
    return 0;
}
