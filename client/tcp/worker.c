/* SPDX-License-Identifier: MIT */
/* The thread that has a queue's NBD connection: it issues requests, and when the connection breaks, makes a new one and issues
 * again what was under way. */
#include "link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#define CONNECT_MS 30000
#define FIRST_PAUSE_MS 20
#define MAX_PAUSE_MS 1000

static int64_t milliseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Waits until the server or the program has something for us, and lets libnbd go on; -1 when there is no connection any more. */
static int turn(struct link *link, int timeout_ms)
{
    struct pollfd events[] = {{.fd = link->wake, .events = POLLIN}, {.fd = nbd_aio_get_fd(link->nbd)}};
    unsigned direction = nbd_aio_get_direction(link->nbd);
    events[1].events = (short)((direction & LIBNBD_AIO_DIRECTION_READ ? POLLIN : 0) |
                               (direction & LIBNBD_AIO_DIRECTION_WRITE ? POLLOUT : 0));
    if (poll(events, 2, timeout_ms) < 0) {
        return errno == EINTR ? 0 : -1;
    }
    if (events[0].revents) {
        eventfd_t ignored;
        eventfd_read(link->wake, &ignored);
    }
    if (events[1].revents & (POLLIN | POLLHUP | POLLERR) && direction & LIBNBD_AIO_DIRECTION_READ) {
        return nbd_aio_notify_read(link->nbd);
    }
    return events[1].revents ? nbd_aio_notify_write(link->nbd) : 0;
}

static int describe(struct link *link)
{
    struct nbd_handle *nbd = link->nbd;
    /* The server knows best where the volume ends now. */
    if (nbd_set_strict_mode(nbd, LIBNBD_STRICT_COMMANDS | LIBNBD_STRICT_FLAGS) < 0 || nbd_set_export_name(nbd, link->export) < 0) {
        return -1;
    }
    if (!link->remote->certificates) {
        return 0;
    }
    return nbd_set_tls(nbd, LIBNBD_TLS_REQUIRE) < 0 ? -1 : nbd_set_tls_certificates(nbd, link->remote->certificates);
}

static int shake_hands(struct link *link)
{
    int64_t end = milliseconds() + CONNECT_MS;
    if (describe(link) < 0 || nbd_aio_connect_tcp(link->nbd, link->remote->host, link->port) < 0) {
        return -1;
    }
    while (!nbd_aio_is_ready(link->nbd)) {
        int64_t left = end - milliseconds();
        if (left <= 0 || atomic_load(&link->closing) || nbd_aio_is_dead(link->nbd) || nbd_aio_is_closed(link->nbd) ||
            turn(link, (int)left) < 0) {
            return -1;
        }
    }
    return 0;
}

static void hang_up(struct link *link)
{
    nbd_close(link->nbd); /* its requests are not done, and stay with us */
    link->nbd = NULL;
    for (unsigned i = 0; i < link->depth; i++) {
        link->slots[i].issued = false;
    }
}

int volary_worker_connect(struct link *link)
{
    link->nbd = nbd_create();
    if (!link->nbd) {
        return volary_fail(ENOMEM, "%s: no memory for a connection", link->export);
    }
    if (shake_hands(link) < 0) {
        int number = nbd_get_errno();
        const char *why = nbd_get_error();
        int status = volary_fail(number ? number : ECONNRESET, "%s: no NBD at %s port %s: %s", link->export, link->remote->host,
                                 link->port, why ? why : "it takes too long");
        hang_up(link);
        return status;
    }
    if (!link->read_only && nbd_is_read_only(link->nbd)) {
        hang_up(link);
        return volary_fail(EBUSY, "%s: another client holds it", link->export);
    }
    return 0;
}

static void end(struct slot *slot, int result)
{
    struct link *link = slot->link;
    slot->result = result;
    slot->busy = false;
    slot->issued = false;
    link->under_way--;
    volary_fifo_put(link, &link->ended, (unsigned)(slot - link->slots));
    eventfd_write(link->call, 1);
}

/* Called by libnbd. When the connection has broken the request stays under way. */
static int completed(void *opaque, int *error)
{
    struct slot *slot = opaque;
    if (*error != ENOTCONN) {
        end(slot, *error == EPERM ? -EBUSY : -*error);
    }
    return 1;
}

static int64_t issue(struct nbd_handle *nbd, struct slot *slot)
{
    const struct volary_request *request = &slot->request;
    nbd_completion_callback callback = {.callback = completed, .user_data = slot};
    switch (request->operation) {
    case VOLARY_OP_READ:
        return nbd_aio_pread(nbd, slot->data, request->length, request->offset, callback, 0);
    case VOLARY_OP_WRITE:
        return nbd_aio_pwrite(nbd, slot->data, request->length, request->offset, callback, 0);
    case VOLARY_OP_FLUSH:
        return nbd_aio_flush(nbd, callback, 0);
    case VOLARY_OP_DISCARD:
        return nbd_aio_trim(nbd, request->length, request->offset, callback, 0);
    default:
        return nbd_aio_zero(nbd, request->length, request->offset, callback,
                            request->flags & VOLARY_UNMAP ? 0 : LIBNBD_CMD_FLAG_NO_HOLE);
    }
}

static bool is_broken(struct link *link)
{
    return nbd_aio_is_dead(link->nbd) || nbd_aio_is_closed(link->nbd);
}

/* Requests that libnbd does not take end; those that it has lost with the connection are issued again. */
static void issue_all(struct link *link)
{
    int index;
    while ((index = volary_fifo_take(link, &link->submitted)) >= 0) {
        link->slots[index].busy = true;
        link->under_way++;
    }
    for (unsigned i = 0; i < link->depth && !is_broken(link); i++) {
        struct slot *slot = &link->slots[i];
        if (slot->busy && !slot->issued) {
            slot->issued = true;
            if (issue(link->nbd, slot) < 0 && slot->busy && !is_broken(link)) {
                int number = nbd_get_errno();
                end(slot, number ? -number : -EIO);
            }
        }
    }
}

static void give_up(struct link *link, int number)
{
    atomic_store(&link->failed, number);
    while (!atomic_load(&link->closing) || link->submitted.count > 0) {
        int index;
        while ((index = volary_fifo_take(link, &link->submitted)) >= 0) {
            link->slots[index].busy = true;
            link->under_way++;
        }
        for (unsigned i = 0; i < link->depth; i++) {
            if (link->slots[i].busy) {
                end(&link->slots[i], -number);
            }
        }
        struct pollfd event = {.fd = link->wake, .events = POLLIN};
        eventfd_t ignored;
        if (!atomic_load(&link->closing) && poll(&event, 1, -1) == 1) {
            eventfd_read(link->wake, &ignored);
        }
    }
}

/* Requests wait for a daemon that is away, but not for a volume that has been deleted. */
static bool reconnect(struct link *link)
{
    int64_t last = milliseconds() + (int64_t)link->reconnect_seconds * 1000;
    int pause = FIRST_PAUSE_MS;
    hang_up(link);
    while (!atomic_load(&link->closing)) {
        int status = volary_worker_connect(link);
        if (status == 0) {
            return true;
        }
        if (status == -ENOENT || milliseconds() >= last) {
            give_up(link, status == -ENOENT ? ENODEV : ETIMEDOUT);
            return false;
        }
        struct pollfd event = {.fd = link->wake, .events = POLLIN};
        poll(&event, 1, pause);
        if (event.revents) {
            eventfd_t ignored;
            eventfd_read(link->wake, &ignored);
        }
        pause = pause * 2 < MAX_PAUSE_MS ? pause * 2 : MAX_PAUSE_MS;
    }
    return false;
}

/* Says goodbye, and waits until the server has let go of the volume. */
static void part(struct link *link)
{
    int64_t end = milliseconds() + CONNECT_MS;
    if (nbd_aio_disconnect(link->nbd, 0) == 0) {
        while (!is_broken(link) && milliseconds() < end && turn(link, CONNECT_MS) == 0) {
        }
    }
}

void *volary_worker_run(void *opaque)
{
    struct link *link = opaque;
    for (;;) {
        issue_all(link);
        if (link->under_way == 0 && atomic_load(&link->closing) && link->submitted.count == 0) {
            part(link);
            return NULL;
        }
        turn(link, -1);
        if (is_broken(link) && !reconnect(link)) {
            return NULL;
        }
    }
}
