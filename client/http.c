/* SPDX-License-Identifier: MIT */
/* One HTTP request to the daemon, on a connection of its own. Why not libcurl: docs/adr/0005. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define MAX_ANSWER ((size_t)64 << 20)

struct buffer {
    char *text;
    size_t length;
    size_t capacity;
};

static bool send_all(const struct volary_carrier *carrier, void *connection, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t sent = carrier->send(connection, text, length);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            return false;
        }
        text += sent;
        length -= (size_t)sent;
    }
    return true;
}

static bool send_request(const struct volary_carrier *carrier, void *connection, const char *method, const char *path,
                         const char *body)
{
    char head[1024];
    int length = snprintf(head, sizeof head,
                          "%s /v1%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: application/json\r\n"
                          "Content-Length: %zu\r\n\r\n",
                          method, path, carrier->name, strlen(body));
    return length < (int)sizeof head && send_all(carrier, connection, head, (size_t)length) &&
           send_all(carrier, connection, body, strlen(body));
}

static bool has_room(struct buffer *answer)
{
    if (answer->length + 1 < answer->capacity) {
        return true;
    }
    size_t capacity = answer->capacity ? 2 * answer->capacity : 4096;
    char *larger = capacity > MAX_ANSWER ? NULL : realloc(answer->text, capacity);
    if (!larger) {
        errno = ENOMEM;
        return false;
    }
    answer->text = larger;
    answer->capacity = capacity;
    return true;
}

/* Whether head and body are there; the daemon leaves the connection open behind them. */
static bool is_complete(const struct buffer *answer)
{
    const char *end = strstr(answer->text, "\r\n\r\n");
    const char *length = end ? strcasestr(answer->text, "\r\nContent-Length:") : NULL;
    size_t body = length && length < end ? strtoul(strchr(length, ':') + 1, NULL, 10) : 0;
    return end && answer->length >= (size_t)(end + 4 - answer->text) + body;
}

/* Ends with a zero byte. */
static bool receive_answer(const struct volary_carrier *carrier, void *connection, struct buffer *answer)
{
    while (has_room(answer)) {
        ssize_t received =
            carrier->receive(connection, answer->text + answer->length, answer->capacity - answer->length - 1);
        if (received < 0 && errno == EINTR) {
            continue;
        }
        if (received <= 0) {
            errno = received < 0 ? errno : ECONNRESET;
            return false;
        }
        answer->length += (size_t)received;
        answer->text[answer->length] = 0;
        if (is_complete(answer)) {
            return true;
        }
    }
    return false;
}

static int number_of(const char *kind)
{
    static const struct {
        const char *kind;
        int number;
    } numbers[] = {{"NOT_FOUND", ENOENT}, {"EXISTS", EEXIST}, {"BUSY", EBUSY},           {"INVALID", EINVAL},
                   {"NO_SPACE", ENOSPC},  {"FENCED", ESHUTDOWN}, {"NEWER_FORMAT", EPROTO}};
    for (size_t i = 0; kind && i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(kind, numbers[i].kind) == 0) {
            return numbers[i].number;
        }
    }
    return EIO;
}

static int refused(json_t *answer, int code)
{
    const char *message = json_string_value(json_object_get(answer, "message"));
    const char *kind = json_string_value(json_object_get(answer, "error"));
    if (!message) {
        return volary_fail(EPROTO, "the daemon answered with status %d: library and daemon are of different versions", code);
    }
    return volary_fail(number_of(kind), "%s", message);
}

static int understand(struct buffer *text, json_t **answer)
{
    int code = 0;
    char *body = text->text ? strstr(text->text, "\r\n\r\n") : NULL;
    if (!body || sscanf(text->text, "HTTP/1.%*d %d", &code) != 1) {
        return volary_fail(ECONNRESET, "the daemon went away while it was asked: try again");
    }
    body += 4;
    size_t length = text->length - (size_t)(body - text->text);
    json_t *value = length ? json_loadb(body, length, JSON_DECODE_ANY, NULL) : NULL;
    int status = code / 100 == 2 ? 0 : refused(value, code);
    if (status == 0 && answer && !value) {
        status = volary_fail(EPROTO, "the daemon's answer is not JSON: library and daemon are of different versions");
    }
    if (status == 0 && answer) {
        *answer = value;
    } else {
        json_decref(value);
    }
    return status;
}

int volary_ask(const volary_pool *pool, const char *method, const char *path, json_t *body, json_t **answer)
{
    const struct volary_carrier *carrier = &pool->carrier;
    void *connection;
    int status = carrier->open(carrier->opaque, &connection);
    if (status) {
        return status;
    }
    char *text = body ? json_dumps(body, JSON_COMPACT) : strdup("");
    struct buffer received = {0};
    if (!text) {
        status = volary_fail(ENOMEM, "no memory to ask the daemon");
    } else if (!send_request(carrier, connection, method, path, text) || !receive_answer(carrier, connection, &received)) {
        status = volary_fail(errno == EPIPE ? ECONNRESET : errno, "the daemon of the vPool %s does not answer: %s",
                             pool->directory, strerror(errno));
    } else {
        status = understand(&received, answer);
    }
    free(text);
    free(received.text);
    carrier->close(connection);
    return status;
}
