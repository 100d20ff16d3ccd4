/* SPDX-License-Identifier: MIT */
/* The carrier to a daemon of this machine: its socket DIR/run/api.sock. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "internal.h"

#define SECONDS 300

static void *connection_of(int descriptor)
{
    return (void *)(intptr_t)descriptor;
}

static int descriptor_of(void *connection)
{
    return (int)(intptr_t)connection;
}

static int connect_to(void *directory, void **connection)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path, sizeof address.sun_path, "%s/run/api.sock", (char *)directory);
    if (length >= (int)sizeof address.sun_path) {
        return volary_fail(ENAMETOOLONG, "the vPool's name is too long for a socket: %s", (char *)directory);
    }
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return volary_fail(errno, "no socket to ask the daemon of the vPool %s: %s", (char *)directory, strerror(errno));
    }
    struct timeval patience = {.tv_sec = SECONDS};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0) {
        *connection = connection_of(descriptor);
        return 0;
    }
    int number = errno;
    close(descriptor);
    if (number == ENOENT || number == ECONNREFUSED) {
        return volary_fail(ECONNREFUSED, "no daemon serves the vPool %s: start it with: volary --pool '%s' start",
                           (char *)directory, (char *)directory);
    }
    return volary_fail(number, "cannot reach the daemon at %s: %s", address.sun_path, strerror(number));
}

static ssize_t send_some(void *connection, const void *data, size_t length)
{
    return send(descriptor_of(connection), data, length, MSG_NOSIGNAL);
}

static ssize_t receive(void *connection, void *data, size_t length)
{
    return recv(descriptor_of(connection), data, length, 0);
}

static void disconnect(void *connection)
{
    close(descriptor_of(connection));
}

/* `opaque` is the directory. */
const struct volary_carrier volary_unix_carrier = {.struct_size = sizeof volary_unix_carrier,
                                                   .name = "localhost",
                                                   .open = connect_to,
                                                   .send = send_some,
                                                   .receive = receive,
                                                   .close = disconnect};
