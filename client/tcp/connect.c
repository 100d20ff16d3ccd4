/* SPDX-License-Identifier: MIT */
/* The vPool of another machine. */
#include "remote.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT "21321"
#define PATH_BYTES 4096

/* 127.example.com is not. */
static bool is_loopback(const char *host)
{
    struct in_addr address;
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           (inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127);
}

static void dispose(void *opaque)
{
    struct remote *remote = opaque;
    if (remote->credentials) {
        gnutls_certificate_free_credentials(remote->credentials);
    }
    free(remote->host);
    free(remote->port);
    free(remote->name);
    free(remote->certificates);
    free(remote);
}

static int refuse(const char *file, int status)
{
    return volary_fail(EINVAL, "%s: %s: no TLS with that", file, gnutls_strerror(status));
}

static int load(struct remote *remote)
{
    char authority[PATH_BYTES], certificate[PATH_BYTES], key[PATH_BYTES];
    snprintf(authority, sizeof authority, "%s/ca-cert.pem", remote->certificates);
    snprintf(certificate, sizeof certificate, "%s/client-cert.pem", remote->certificates);
    snprintf(key, sizeof key, "%s/client-key.pem", remote->certificates);
    int status = gnutls_certificate_allocate_credentials(&remote->credentials);
    if (status < 0) {
        return refuse(remote->certificates, status);
    }
    status = gnutls_certificate_set_x509_trust_file(remote->credentials, authority, GNUTLS_X509_FMT_PEM);
    if (status <= 0) {
        return refuse(authority, status < 0 ? status : GNUTLS_E_NO_CERTIFICATE_FOUND);
    }
    status = gnutls_certificate_set_x509_key_file(remote->credentials, certificate, key, GNUTLS_X509_FMT_PEM);
    return status < 0 ? refuse(certificate, status) : 0;
}

static int describe(struct remote *remote, const char *host, const char *port, const char *certificates)
{
    size_t bytes = strlen(host) + strlen(port) + 4;
    remote->host = strdup(host);
    remote->port = strdup(port);
    remote->name = malloc(bytes);
    remote->certificates = certificates ? strdup(certificates) : NULL;
    if (!remote->host || !remote->port || !remote->name || (certificates && !remote->certificates)) {
        return volary_fail(ENOMEM, "no memory for the vPool at %s", host);
    }
    snprintf(remote->name, bytes, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
    return certificates ? load(remote) : 0;
}

int volary_pool_connect(const char *host, const char *port, const char *certificates, volary_pool **pool)
{
    if (!host || !*host) {
        return volary_fail(EINVAL, "no host is named");
    }
    if (!certificates && !is_loopback(host)) {
        return volary_fail(EINVAL, "%s is another machine, which needs TLS: name a directory with certificates", host);
    }
    struct remote *remote = calloc(1, sizeof *remote);
    if (!remote) {
        return volary_fail(ENOMEM, "no memory for the vPool at %s", host);
    }
    int status = describe(remote, host, port ? port : PORT, certificates);
    struct volary_carrier carrier = {.struct_size = sizeof carrier,
                                     .name = remote->name,
                                     .open = volary_stream_open,
                                     .send = volary_stream_send,
                                     .receive = volary_stream_receive,
                                     .close = volary_stream_close,
                                     .dispose = dispose,
                                     .links = &volary_nbd_links,
                                     .opaque = remote};
    status = status ? status : volary_pool_open_by(&carrier, pool);
    if (status) {
        dispose(remote);
    }
    return status;
}
