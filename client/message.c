/* SPDX-License-Identifier: MIT */
/* Messages of the vhost-user protocol, as its front-end sends them. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "internal.h"

#define VERSION 1
#define FLAG_REPLY 4
#define FLAG_NEED_REPLY 8
#define MAX_PAYLOAD 512

struct header {
    uint32_t type;
    uint32_t flags;
    uint32_t bytes;
};

static int lost(void)
{
    return volary_fail(ECONNRESET, "the daemon has closed the connection");
}

static int transmit(int socket, enum message_type type, uint32_t flags, const void *payload, size_t bytes, int fd)
{
    struct header header = {type, VERSION | flags, (uint32_t)bytes};
    struct iovec parts[] = {{&header, sizeof header}, {(void *)payload, bytes}};
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(sizeof fd)];
    } control = {0};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = bytes ? 2 : 1};
    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    }
    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    /* These are far smaller than a socket's buffer, so there is no part of one. */
    return sent == (ssize_t)(sizeof header + bytes) ? 0 : lost();
}

static int take_descriptor(struct msghdr *message)
{
    int fd = -1;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) {
            memcpy(&fd, CMSG_DATA(part), sizeof fd);
        }
    }
    return fd;
}

/* Exactly `bytes`. */
static int receive(int socket, void *target, size_t bytes, int *fd)
{
    char *at = target;
    while (bytes > 0) {
        union {
            struct cmsghdr alignment;
            char bytes[CMSG_SPACE(sizeof *fd)];
        } control;
        struct iovec part = {at, bytes};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        if (fd) {
            message.msg_control = &control;
            message.msg_controllen = sizeof control;
        }
        ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
        if (received < 0 && errno == EINTR) {
            continue;
        }
        if (received <= 0) {
            return lost();
        }
        if (fd && *fd < 0) {
            *fd = take_descriptor(&message);
        }
        at += received;
        bytes -= (size_t)received;
    }
    return 0;
}

static int answer_of(int socket, enum message_type type, void *answer, size_t bytes, int *fd)
{
    struct header header;
    int descriptor = -1;
    int status = receive(socket, &header, sizeof header, &descriptor);
    if (status == 0 && (header.type != type || !(header.flags & FLAG_REPLY) || header.bytes != bytes)) {
        status = volary_fail(EPROTO, "the daemon answered message %d with message %u of %u bytes", type, header.type,
                             header.bytes);
    }
    if (status == 0) {
        status = receive(socket, answer, bytes, NULL);
    }
    if (fd && status == 0) {
        *fd = descriptor;
    } else if (descriptor >= 0) {
        close(descriptor);
    }
    return status;
}

int volary_message_send(int socket, enum message_type type, const void *payload, size_t bytes, int fd)
{
    return transmit(socket, type, 0, payload, bytes, fd);
}

int volary_message_ask(int socket, enum message_type type, const void *payload, size_t bytes, void *answer, size_t answer_bytes,
                       int *answer_fd)
{
    int status = transmit(socket, type, 0, payload, bytes, -1);
    return status ? status : answer_of(socket, type, answer, answer_bytes, answer_fd);
}

int volary_message_tell(int socket, enum message_type type, const void *payload, size_t bytes, int fd)
{
    uint64_t result;
    int status = transmit(socket, type, FLAG_NEED_REPLY, payload, bytes, fd);
    if (status == 0) {
        status = answer_of(socket, type, &result, sizeof result, NULL);
    }
    if (status == 0 && result != 0) {
        status = volary_fail(EPROTO, "the daemon refused message %d", type);
    }
    return status;
}
