/* SPDX-License-Identifier: MIT */
/* The connection to the daemon: features, memory, rings, and what survives a daemon's death. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "internal.h"

/* Virtio's features, and those of its block device. */
#define FEATURE_BLOCK_SIZE (1ull << 6)
#define FEATURE_FLUSH (1ull << 9)
#define FEATURE_TOPOLOGY (1ull << 10)
#define FEATURE_QUEUES (1ull << 12)
#define FEATURE_DISCARD (1ull << 13)
#define FEATURE_WRITE_ZEROES (1ull << 14)
#define FEATURE_READ_ONLY (1ull << 5)
#define FEATURE_INDIRECT (1ull << 28)
#define FEATURE_EVENT_INDEX (1ull << 29)
#define FEATURE_PROTOCOL (1ull << 30)
#define FEATURE_VERSION_1 (1ull << 32)

#define NEEDED                                                                                                                 \
    (FEATURE_FLUSH | FEATURE_BLOCK_SIZE | FEATURE_TOPOLOGY | FEATURE_QUEUES | FEATURE_INDIRECT | FEATURE_EVENT_INDEX |           \
     FEATURE_PROTOCOL | FEATURE_VERSION_1)
#define USED (FEATURE_DISCARD | FEATURE_WRITE_ZEROES | FEATURE_READ_ONLY)

/* vhost-user's own. */
#define PROTOCOL_QUEUES (1ull << 0)
#define PROTOCOL_REPLY_ACK (1ull << 3)
#define PROTOCOL_CONFIG (1ull << 9)
#define PROTOCOL_INFLIGHT (1ull << 12)
#define PROTOCOL_MEMORY_SLOTS (1ull << 15)
#define PROTOCOL_NEEDED                                                                                                        \
    (PROTOCOL_QUEUES | PROTOCOL_REPLY_ACK | PROTOCOL_CONFIG | PROTOCOL_INFLIGHT | PROTOCOL_MEMORY_SLOTS)

#define PATIENCE_SECONDS 35

struct ring_value {
    uint32_t ring;
    uint32_t value;
};

struct ring_addresses {
    uint32_t ring;
    uint32_t flags;
    uint64_t descriptors;
    uint64_t used;
    uint64_t available;
    uint64_t log;
};

struct region_message {
    uint64_t padding;
    uint64_t guest_address;
    uint64_t bytes;
    uint64_t address;
    uint64_t offset;
};

struct inflight_message {
    uint64_t bytes;
    uint64_t offset;
    uint16_t queues;
    uint16_t queue_size;
} __attribute__((packed));

/* Struct virtio_blk_config, as far as it is of interest. */
struct config {
    uint64_t sectors;
    uint32_t size_max;
    uint32_t seg_max;
    uint8_t geometry[4];
    uint32_t block_size;
    uint8_t physical_block_exponent;
    uint8_t alignment_offset;
    uint16_t min_io_blocks;
    uint32_t optimal_io_blocks;
} __attribute__((packed));

struct config_message {
    uint32_t offset;
    uint32_t bytes;
    uint32_t flags;
    struct config config;
} __attribute__((packed));

/* Where the volume is offered; it is from now on if it is not yet. */
static int ask_address(volary_volume *volume, struct sockaddr_un *address)
{
    char path[512];
    json_t *answer;
    bool snapshot = volume->snapshot[0];
    snprintf(path, sizeof path, "/volumes/%s%s%s/offer%s", volume->name, snapshot ? "/snapshots/" : "", volume->snapshot,
             volume->read_only && !snapshot ? "?readOnly=true" : "");
    int status = volary_ask(&volume->pool, "POST", path, NULL, &answer);
    if (status) {
        return status;
    }
    const char *where = json_string_value(json_object_get(answer, "address"));
    if (!where || strlen(where) >= sizeof address->sun_path) {
        status = volary_fail(EPROTO, "%s: the daemon does not say where it is offered", volume->reference);
    } else {
        *address = (struct sockaddr_un){.sun_family = AF_UNIX};
        strcpy(address->sun_path, where);
    }
    json_decref(answer);
    return status;
}

static int dial(const struct sockaddr_un *address)
{
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0) {
        return -errno;
    }
    struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(connection, (const struct sockaddr *)address, sizeof *address) != 0) {
        int number = errno == ENOENT ? ECONNREFUSED : errno;
        close(connection);
        return -number;
    }
    return connection;
}

/* At the place that every volume has, and a snapshot that was offered before: that saves the question. */
static int dial_at_once(const volary_volume *volume)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path, sizeof address.sun_path, "%s/run/vhost/%s%s.sock", volume->pool.directory,
                          volume->reference, volume->read_only && !volume->snapshot[0] ? "@" : "");
    return length < (int)sizeof address.sun_path ? dial(&address) : -ENAMETOOLONG;
}

static int open_socket(volary_volume *volume)
{
    struct sockaddr_un address;
    int connection = dial_at_once(volume);
    if (connection < 0) {
        int status = ask_address(volume, &address);
        if (status) {
            return status;
        }
        connection = dial(&address);
    }
    if (connection < 0) {
        return volary_fail(-connection, "%s: cannot connect to %s: %s", volume->reference, address.sun_path, strerror(-connection));
    }
    volume->session.socket = connection;
    return 0;
}

static int get(int socket, enum message_type type, uint64_t *value)
{
    return volary_message_ask(socket, type, NULL, 0, value, sizeof *value, NULL);
}

static int set(int socket, enum message_type type, uint64_t value)
{
    return volary_message_send(socket, type, &value, sizeof value, -1);
}

static int agree(volary_volume *volume)
{
    int socket = volume->session.socket;
    uint64_t offered, protocol;
    int status;
    if ((status = volary_message_send(socket, MESSAGE_SET_OWNER, NULL, 0, -1)) ||
        (status = get(socket, MESSAGE_GET_FEATURES, &offered)) ||
        (status = get(socket, MESSAGE_GET_PROTOCOL_FEATURES, &protocol))) {
        return status;
    }
    if ((offered & NEEDED) != NEEDED || (protocol & PROTOCOL_NEEDED) != PROTOCOL_NEEDED) {
        return volary_fail(EPROTO, "%s: the daemon lacks what the library needs: they are of different versions",
                           volume->reference);
    }
    volume->read_only |= (offered & FEATURE_READ_ONLY) != 0;
    if ((status = set(socket, MESSAGE_SET_FEATURES, offered & (NEEDED | USED)))) {
        return status;
    }
    return set(socket, MESSAGE_SET_PROTOCOL_FEATURES, PROTOCOL_NEEDED);
}

int volary_session_refresh(volary_volume *volume)
{
    struct config_message message = {.bytes = sizeof message.config};
    int status = volary_message_ask(volume->session.socket, MESSAGE_GET_CONFIG, &message, sizeof message, &message,
                                    sizeof message, NULL);
    if (status == 0) {
        atomic_store(&volume->size, message.config.sectors * SECTOR);
        volume->preferred_block_size = message.config.block_size << message.config.physical_block_exponent;
    }
    return status;
}

/* Memory in which the daemon notes what is under way, so that the next one can go on: the first daemon makes it. */
static int share_inflight(volary_volume *volume)
{
    struct session *session = &volume->session;
    struct inflight_message message = {.queues = (uint16_t)volume->queue_count, .queue_size = (uint16_t)volume->depth};
    if (session->inflight < 0) {
        struct inflight_message answer;
        int status = volary_message_ask(session->socket, MESSAGE_GET_INFLIGHT_FD, &message, sizeof message, &answer,
                                        sizeof answer, &session->inflight);
        if (status) {
            return status;
        }
        session->inflight_bytes = answer.bytes;
        session->inflight_offset = answer.offset;
    }
    message.bytes = session->inflight_bytes;
    message.offset = session->inflight_offset;
    return volary_message_send(session->socket, MESSAGE_SET_INFLIGHT_FD, &message, sizeof message, session->inflight);
}

static int start_ring(int socket, unsigned index, const struct ring *ring)
{
    /* A ring that was served before goes on behind what was given back; the inflight memory knows of the rest. */
    struct ring_value size = {index, ring->size}, enable = {index, 1};
    struct ring_value base = {index, atomic_load_explicit(&ring->used->index, memory_order_acquire)};
    struct ring_addresses addresses = {.ring = index,
                                       .descriptors = (uintptr_t)ring->descriptors,
                                       .used = (uintptr_t)ring->used,
                                       .available = (uintptr_t)ring->available};
    uint64_t number = index;
    int status;
    if ((status = volary_message_send(socket, MESSAGE_SET_VRING_NUM, &size, sizeof size, -1)) ||
        (status = volary_message_send(socket, MESSAGE_SET_VRING_BASE, &base, sizeof base, -1)) ||
        (status = volary_message_send(socket, MESSAGE_SET_VRING_ADDR, &addresses, sizeof addresses, -1)) ||
        (status = volary_message_send(socket, MESSAGE_SET_VRING_CALL, &number, sizeof number, ring->call)) ||
        (status = volary_message_send(socket, MESSAGE_SET_VRING_KICK, &number, sizeof number, ring->kick))) {
        return status;
    }
    return volary_message_send(socket, MESSAGE_SET_VRING_ENABLE, &enable, sizeof enable, -1);
}

static struct region_message describe(const struct region *region)
{
    return (struct region_message){
        .guest_address = region->address, .bytes = region->length, .address = region->address, .offset = region->offset};
}

int volary_session_add(volary_volume *volume, const struct region *region)
{
    struct region_message message = describe(region);
    return volary_message_tell(volume->session.socket, MESSAGE_ADD_MEM_REG, &message, sizeof message, region->fd);
}

void volary_session_remove(volary_volume *volume, const struct region *region)
{
    struct region_message message = describe(region);
    volary_message_tell(volume->session.socket, MESSAGE_REM_MEM_REG, &message, sizeof message, -1);
}

static int set_up(volary_volume *volume)
{
    int status = agree(volume);
    for (unsigned i = 0; status == 0 && i < MAX_REGIONS; i++) {
        if (volume->memory.regions[i].length > 0) {
            status = volary_session_add(volume, &volume->memory.regions[i]);
        }
    }
    if (status || (status = volary_session_refresh(volume)) || (status = share_inflight(volume))) {
        return status;
    }
    for (unsigned i = 0; status == 0 && i < volume->queue_count; i++) {
        status = start_ring(volume->session.socket, i, &volume->rings[i].ring);
    }
    return status;
}

int volary_session_connect(volary_volume *volume)
{
    int status = open_socket(volume);
    if (status == 0 && (status = set_up(volume))) {
        close(volume->session.socket);
        volume->session.socket = -1;
    }
    return status;
}

/* Waits for what is under way, and until the daemon has let go of the volume. */
void volary_session_end(volary_volume *volume)
{
    struct session *session = &volume->session;
    int status = session->socket < 0;
    for (unsigned i = 0; status == 0 && i < volume->queue_count; i++) {
        struct ring_value ring = {.ring = i}, base;
        status = volary_message_ask(session->socket, MESSAGE_GET_VRING_BASE, &ring, sizeof ring, &base, sizeof base, NULL);
    }
    if (session->socket >= 0) {
        char ignored;
        shutdown(session->socket, SHUT_WR);
        while (recv(session->socket, &ignored, 1, 0) > 0) {
        }
        close(session->socket);
        session->socket = -1;
    }
    if (session->inflight >= 0) {
        close(session->inflight);
        session->inflight = -1;
    }
}
