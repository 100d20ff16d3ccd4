/* SPDX-License-Identifier: MIT */
/* One thread per open volume, which sleeps until the daemon goes away, and then connects again. */
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define FIRST_PAUSE_MS 20
#define MAX_PAUSE_MS 1000

/* Returns true when the volume is being closed. */
static bool await(volary_volume *volume, int socket, int timeout_ms)
{
    struct pollfd events[] = {{.fd = volume->wake, .events = POLLIN}, {.fd = socket, .events = POLLRDHUP}};
    while (poll(events, socket < 0 ? 1 : 2, timeout_ms) < 0 && errno == EINTR) {
    }
    return atomic_load(&volume->closing);
}

static time_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

/* Requests wait for a daemon that is away, but not for a volume that has been deleted. */
static bool is_final(int status)
{
    return status == -ENOENT || status == -EPROTO || status == -EINVAL;
}

/* Has the users of queues look at their rings. */
static void wake_all(volary_volume *volume)
{
    for (unsigned i = 0; i < volume->queue_count; i++) {
        eventfd_write(volume->rings[i].ring.call, 1);
    }
}

static void give_up(volary_volume *volume, int number)
{
    atomic_store(&volume->failed, number);
    wake_all(volume);
}

/* Returns false if there is nothing to connect to any more, or the volume is being closed. */
static bool reconnect(volary_volume *volume)
{
    time_t end = now() + volume->reconnect_seconds;
    int pause = FIRST_PAUSE_MS;
    for (;;) {
        pthread_mutex_lock(&volume->lock);
        int status = volary_session_connect(volume);
        pthread_mutex_unlock(&volume->lock);
        if (status == 0) {
            wake_all(volume); /* the daemon may have died between giving something back and telling of it */
            return true;
        }
        if (is_final(status) || now() >= end) {
            give_up(volume, is_final(status) ? ENODEV : ETIMEDOUT);
            return false;
        }
        if (await(volume, -1, pause)) {
            return false;
        }
        pause = pause * 2 < MAX_PAUSE_MS ? pause * 2 : MAX_PAUSE_MS;
    }
}

static void *keep(void *argument)
{
    volary_volume *volume = argument;
    do {
        if (await(volume, volume->session.socket, -1)) {
            return NULL;
        }
        pthread_mutex_lock(&volume->lock);
        close(volume->session.socket);
        volume->session.socket = -1;
        pthread_mutex_unlock(&volume->lock);
    } while (reconnect(volume));
    return NULL;
}

int volary_keeper_start(volary_volume *volume)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the program's */
    int number = pthread_create(&volume->keeper, NULL, keep, volume);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return number ? volary_fail(number, "%s: no thread: %s", volume->reference, strerror(number)) : 0;
}

void volary_keeper_stop(volary_volume *volume)
{
    atomic_store(&volume->closing, true);
    eventfd_write(volume->wake, 1);
    pthread_join(volume->keeper, NULL);
}
