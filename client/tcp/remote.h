/* SPDX-License-Identifier: MIT */
/* What libvolary-tcp's files share. */
#ifndef VOLARY_REMOTE_H
#define VOLARY_REMOTE_H

#include "volary_tcp.h"
#include "volary_transport.h"

#include <gnutls/gnutls.h>

struct remote {
    char *host;
    char *port;
    char *name;                                   /* HOST:PORT */
    char *certificates;                           /* NULL: no TLS */
    gnutls_certificate_credentials_t credentials; /* of REST */
};

/* link.c */
extern const struct volary_links volary_nbd_links;

/* stream.c: a connection to REST */
int volary_stream_open(void *remote, void **stream);
ssize_t volary_stream_send(void *stream, const void *data, size_t length);
ssize_t volary_stream_receive(void *stream, void *data, size_t length);
void volary_stream_close(void *stream);

#endif
