/* SPDX-License-Identifier: MIT */
/* A queue as a program sees it: requests are checked, and go to the queue's link, whatever that is. */
#include <poll.h>
#include <time.h>

#include "internal.h"

static const char *const names[] = {"a read", "a write", "a flush", "a discard", "write zeroes"};

static int explain(volary_queue *queue, const struct volary_request *request, int status)
{
    const char *volume = queue->volume->reference;
    if (status == -EINVAL) {
        return volary_fail(EINVAL,
                           "%s: %s at %llu of %llu bytes: offset and length have to be multiples of 512, and within limits",
                           volume, names[request->operation], (unsigned long long)request->offset,
                           (unsigned long long)request->length);
    }
    if (status == -EROFS) {
        return volary_fail(EROFS, "%s: it is open for reading only", volume);
    }
    return status == -EAGAIN ? status : volary_fail(-status, "%s: there is no daemon, or no such volume, any more: close it", volume);
}

static bool is_aligned(const struct volary_request *request)
{
    return request->length > 0 && (request->length | request->offset) % SECTOR == 0;
}

static int begin(volary_queue *queue, const struct volary_request *request)
{
    bool changes = request->operation != VOLARY_OP_READ && request->operation != VOLARY_OP_FLUSH;
    bool clears = request->operation == VOLARY_OP_DISCARD || request->operation == VOLARY_OP_WRITE_ZEROES;
    int status = 0;
    if (changes && queue->volume->read_only) {
        status = -EROFS;
    } else if (request->operation != VOLARY_OP_FLUSH && !is_aligned(request)) {
        status = -EINVAL;
    } else if (clears && request->length > VOLARY_MAX_RANGE) {
        status = -EINVAL;
    }
    status = status ? status : queue->links->begin(queue->link, request);
    return status ? explain(queue, request, status) : 0;
}

static int transfer(volary_queue *queue, enum volary_operation operation, uint64_t offset, const struct iovec *iov, int iovcnt,
                    void *user)
{
    struct volary_request request = {.operation = operation, .offset = offset, .iov = iov, .iovcnt = iovcnt, .user = user};
    for (int i = 0; i < iovcnt; i++) {
        request.length += iov[i].iov_len;
    }
    return begin(queue, &request);
}

int volary_queue_read(volary_queue *queue, uint64_t offset, const struct iovec *iov, int iovcnt, void *user)
{
    return transfer(queue, VOLARY_OP_READ, offset, iov, iovcnt, user);
}

int volary_queue_write(volary_queue *queue, uint64_t offset, const struct iovec *iov, int iovcnt, void *user)
{
    return transfer(queue, VOLARY_OP_WRITE, offset, iov, iovcnt, user);
}

int volary_queue_flush(volary_queue *queue, void *user)
{
    return begin(queue, &(struct volary_request){.operation = VOLARY_OP_FLUSH, .user = user});
}

int volary_queue_discard(volary_queue *queue, uint64_t offset, uint64_t length, void *user)
{
    return begin(queue,
                 &(struct volary_request){.operation = VOLARY_OP_DISCARD, .offset = offset, .length = length, .user = user});
}

int volary_queue_write_zeroes(volary_queue *queue, uint64_t offset, uint64_t length, unsigned flags, void *user)
{
    return begin(queue, &(struct volary_request){.operation = VOLARY_OP_WRITE_ZEROES,
                                                 .flags = flags,
                                                 .offset = offset,
                                                 .length = length,
                                                 .user = user});
}

void volary_queue_submit(volary_queue *queue)
{
    queue->links->submit(queue->link);
}

int volary_queue_reap(volary_queue *queue, struct volary_completion *completions, int max)
{
    return queue->links->reap(queue->link, completions, max);
}

bool volary_queue_ready(const volary_queue *queue)
{
    return queue->links->ready(queue->link);
}

unsigned volary_queue_pending(const volary_queue *queue)
{
    return queue->links->pending(queue->link);
}

int volary_queue_fd(const volary_queue *queue)
{
    return queue->links->fd(queue->link);
}

static int64_t milliseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int volary_queue_wait(volary_queue *queue, struct volary_completion *completions, int min, int max, int timeout_ms)
{
    volary_queue_submit(queue);
    int64_t limit = milliseconds() + timeout_ms;
    int count = volary_queue_reap(queue, completions, max);
    while (count < min && volary_queue_pending(queue) > 0) {
        int64_t left = timeout_ms < 0 ? -1 : limit - milliseconds();
        if (timeout_ms >= 0 && left <= 0) {
            break;
        }
        struct pollfd event = {.fd = volary_queue_fd(queue), .events = POLLIN};
        poll(&event, 1, (int)left);
        count += volary_queue_reap(queue, completions + count, max - count);
    }
    return count;
}
