/* SPDX-License-Identifier: MIT */
/* One connection to REST, with TLS or without. */
#include "remote.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define SECONDS 300
#define CONNECT_SECONDS 30

struct stream {
    int socket;
    gnutls_session_t session; /* NULL: no TLS */
};

static void set_patience(int socket, int seconds)
{
    struct timeval patience = {.tv_sec = seconds};
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

/* The first of the host's addresses that answers. */
static int dial(const struct remote *remote)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *addresses;
    int found = getaddrinfo(remote->host, remote->port, &hints, &addresses);
    if (found != 0) {
        return volary_fail(EHOSTUNREACH, "%s: %s", remote->name, gai_strerror(found));
    }
    int descriptor = -1, number = EHOSTUNREACH;
    for (struct addrinfo *one = addresses; one && descriptor < 0; one = one->ai_next) {
        descriptor = socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
        if (descriptor >= 0) {
            set_patience(descriptor, CONNECT_SECONDS);
        }
        if (descriptor >= 0 && connect(descriptor, one->ai_addr, one->ai_addrlen) != 0) {
            number = errno;
            close(descriptor);
            descriptor = -1;
        }
    }
    freeaddrinfo(addresses);
    if (descriptor < 0) {
        return volary_fail(number, "cannot reach the daemon at %s: %s: is its network interface on?", remote->name,
                           strerror(number));
    }
    set_patience(descriptor, SECONDS);
    return descriptor;
}

static bool is_address(const char *host)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *address;
    bool is = getaddrinfo(host, NULL, &hints, &address) == 0;
    if (is) {
        freeaddrinfo(address);
    }
    return is;
}

static int refuse(const struct remote *remote, struct stream *stream, int status)
{
    if (status == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR) {
        gnutls_datum_t why = {0};
        unsigned found = gnutls_session_get_verify_cert_status(stream->session);
        gnutls_certificate_verification_status_print(found, GNUTLS_CRT_X509, &why, 0);
        status = volary_fail(EACCES, "%s: its certificate: %s", remote->name, why.data ? (char *)why.data : "not accepted");
        gnutls_free(why.data);
        return status;
    }
    return volary_fail(EACCES, "%s: TLS: %s", remote->name, gnutls_strerror(status));
}

static int shake_hands(const struct remote *remote, struct stream *stream)
{
    int status = gnutls_init(&stream->session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
    if (status < 0) {
        stream->session = NULL;
        return volary_fail(ENOMEM, "%s: TLS: %s", remote->name, gnutls_strerror(status));
    }
    gnutls_set_default_priority(stream->session);
    gnutls_credentials_set(stream->session, GNUTLS_CRD_CERTIFICATE, remote->credentials);
    if (!is_address(remote->host)) {
        gnutls_server_name_set(stream->session, GNUTLS_NAME_DNS, remote->host, strlen(remote->host));
    }
    gnutls_session_set_verify_cert(stream->session, remote->host, 0);
    gnutls_transport_set_int(stream->session, stream->socket);
    gnutls_handshake_set_timeout(stream->session, CONNECT_SECONDS * 1000);
    do {
        status = gnutls_handshake(stream->session);
    } while (status < 0 && !gnutls_error_is_fatal(status));
    return status < 0 ? refuse(remote, stream, status) : 0;
}

int volary_stream_open(void *opaque, void **opened)
{
    const struct remote *remote = opaque;
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream) {
        return volary_fail(ENOMEM, "%s: no memory for a connection", remote->name);
    }
    stream->socket = dial(remote);
    int status = stream->socket < 0 ? stream->socket : 0;
    if (status == 0 && remote->credentials) {
        status = shake_hands(remote, stream);
    }
    if (status) {
        volary_stream_close(stream);
        return status;
    }
    *opened = stream;
    return 0;
}

static bool comes(int socket)
{
    struct pollfd event = {.fd = socket, .events = POLLIN};
    return poll(&event, 1, SECONDS * 1000) == 1;
}

/* As send() and recv() return it. */
static ssize_t result_of(ssize_t status)
{
    if (status >= 0) {
        return status;
    }
    errno = status == GNUTLS_E_AGAIN ? EAGAIN : status == GNUTLS_E_INTERRUPTED ? EINTR : ECONNRESET;
    return -1;
}

ssize_t volary_stream_send(void *opaque, const void *data, size_t length)
{
    struct stream *stream = opaque;
    return stream->session ? result_of(gnutls_record_send(stream->session, data, length))
                           : send(stream->socket, data, length, MSG_NOSIGNAL);
}

ssize_t volary_stream_receive(void *opaque, void *data, size_t length)
{
    struct stream *stream = opaque;
    if (!stream->session) {
        return recv(stream->socket, data, length, 0);
    }
    ssize_t received;
    do { /* what TLS had to say was no data, such as a ticket */
        received = gnutls_record_recv(stream->session, data, length);
    } while (received == GNUTLS_E_REHANDSHAKE || (received == GNUTLS_E_AGAIN && comes(stream->socket)));
    return result_of(received);
}

void volary_stream_close(void *opaque)
{
    struct stream *stream = opaque;
    if (stream->session) {
        gnutls_bye(stream->session, GNUTLS_SHUT_WR);
        gnutls_deinit(stream->session);
    }
    if (stream->socket >= 0) {
        close(stream->socket);
    }
    free(stream);
}
