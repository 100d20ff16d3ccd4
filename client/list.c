/* SPDX-License-Identifier: MIT */
/* What the daemon tells of volumes, snapshots and their extents. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "internal.h"

#define PATH_BYTES 512

static int not_understood(json_t *answer, const char *what)
{
    json_decref(answer);
    return volary_fail(EPROTO, "the daemon's %s are not as they should be: library and daemon are of different versions", what);
}

static void copy(char *target, size_t capacity, const char *text)
{
    snprintf(target, capacity, "%s", text ? text : "");
}

/* The port of the first NBD address on TCP, nbd://HOST:PORT/... or nbds://..., or 0. */
static unsigned nbd_port(json_t *exports)
{
    size_t i;
    json_t *export;
    json_array_foreach(exports, i, export)
    {
        const char *address = json_string_value(json_object_get(export, "address"));
        const char *host = !address                              ? NULL
                           : strncmp(address, "nbd://", 6) == 0  ? address + 6
                           : strncmp(address, "nbds://", 7) == 0 ? address + 7
                                                                 : NULL;
        const char *end = host ? strchr(host, '/') : NULL;
        const char *colon = end ? memrchr(host, ':', (size_t)(end - host)) : NULL;
        if (colon) {
            return (unsigned)strtoul(colon + 1, NULL, 10);
        }
    }
    return 0;
}

static bool parse_volume(json_t *value, struct volary_info *info)
{
    json_int_t size, mapped, exclusive, stored;
    int snapshots;
    const char *name;
    if (json_unpack(value, "{s:s, s:I, s:I, s:I, s:I, s:i}", "name", &name, "size", &size, "mapped", &mapped, "exclusive",
                    &exclusive, "stored", &stored, "snapshots", &snapshots)) {
        return false;
    }
    *info = (struct volary_info){.size = (uint64_t)size,
                                 .mapped = (uint64_t)mapped,
                                 .exclusive = (uint64_t)exclusive,
                                 .stored = (uint64_t)stored,
                                 .snapshots = (unsigned)snapshots,
                                 .nbd_port = nbd_port(json_object_get(value, "exports"))};
    copy(info->name, sizeof info->name, name);
    copy(info->parent, sizeof info->parent, json_string_value(json_object_get(value, "parent")));
    copy(info->holder, sizeof info->holder, json_string_value(json_object_get(value, "holder")));
    return true;
}

int volary_info(volary_pool *pool, const char *volume, struct volary_info *info)
{
    int status = volary_check_name("volume", volume);
    if (status) {
        return status;
    }
    char path[PATH_BYTES];
    json_t *answer;
    snprintf(path, sizeof path, "/volumes/%s", volume);
    if ((status = volary_ask(pool, "GET", path, NULL, &answer))) {
        return status;
    }
    if (!parse_volume(answer, info)) {
        return not_understood(answer, "facts about a volume");
    }
    json_decref(answer);
    return 0;
}

int volary_image(volary_pool *pool, const char *location, uint64_t size, char *name)
{
    json_t *answer;
    json_t *body = json_pack("{s:s, s:o}", "on", location, "size", size ? json_integer((json_int_t)size) : json_null());
    if (!body) {
        return volary_fail(EINVAL, "the place of an image is no UTF-8");
    }
    int status = volary_ask(pool, "POST", "/images", body, &answer);
    json_decref(body);
    if (status) {
        return status;
    }
    struct volary_info info;
    if (!parse_volume(answer, &info)) {
        return not_understood(answer, "facts about a volume");
    }
    copy(name, sizeof info.name, info.name);
    json_decref(answer);
    return 0;
}

int volary_list(volary_pool *pool, struct volary_info **list, size_t *count)
{
    json_t *answer;
    int status = volary_ask(pool, "GET", "/volumes", NULL, &answer);
    if (status) {
        return status;
    }
    *count = json_array_size(answer);
    *list = calloc(*count + 1, sizeof **list);
    for (size_t i = 0; *list && i < *count; i++) {
        if (!parse_volume(json_array_get(answer, i), *list + i)) {
            free(*list);
            return not_understood(answer, "volumes");
        }
    }
    json_decref(answer);
    return *list ? 0 : volary_fail(ENOMEM, "no memory for a list of volumes");
}

/* ISO 8601 in UTC, with or without a fraction of a second. */
static int64_t milliseconds(const char *text)
{
    struct tm calendar = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &calendar);
    if (!rest) {
        return -1;
    }
    double fraction = *rest == '.' ? strtod(rest, NULL) : 0;
    return (int64_t)timegm(&calendar) * 1000 + (int64_t)(fraction * 1000);
}

static bool parse_snapshot(json_t *value, struct volary_snapshot *snapshot)
{
    json_int_t size, exclusive;
    const char *name, *created;
    if (json_unpack(value, "{s:s, s:s, s:I, s:I}", "name", &name, "created", &created, "size", &size, "exclusive",
                    &exclusive)) {
        return false;
    }
    *snapshot = (struct volary_snapshot){
        .size = (uint64_t)size, .exclusive = (uint64_t)exclusive, .created = milliseconds(created)};
    copy(snapshot->name, sizeof snapshot->name, name);
    return snapshot->created >= 0;
}

int volary_snapshot_list(volary_pool *pool, const char *volume, struct volary_snapshot **list, size_t *count)
{
    int status = volary_check_name("volume", volume);
    if (status) {
        return status;
    }
    char path[PATH_BYTES];
    json_t *answer;
    snprintf(path, sizeof path, "/volumes/%s/snapshots", volume);
    if ((status = volary_ask(pool, "GET", path, NULL, &answer))) {
        return status;
    }
    *count = json_array_size(answer);
    *list = calloc(*count + 1, sizeof **list);
    for (size_t i = 0; *list && i < *count; i++) {
        if (!parse_snapshot(json_array_get(answer, i), *list + i)) {
            free(*list);
            return not_understood(answer, "snapshots");
        }
    }
    json_decref(answer);
    return *list ? 0 : volary_fail(ENOMEM, "no memory for a list of snapshots");
}

static bool parse_extent(json_t *value, struct volary_extent *extent)
{
    json_int_t length;
    const char *kind;
    if (json_unpack(value, "{s:I, s:s}", "length", &length, "kind", &kind) || length <= 0) {
        return false;
    }
    extent->length = (uint64_t)length;
    extent->kind = strcmp(kind, "HOLE") == 0 ? VOLARY_HOLE : strcmp(kind, "ZERO") == 0 ? VOLARY_ZERO : VOLARY_DATA;
    return true;
}

int volary_extents(volary_pool *pool, const char *volume, const char *snapshot, uint64_t offset, uint64_t length,
                   struct volary_extent *extents, size_t *count)
{
    int status = volary_check_name("volume", volume);
    if (status || (snapshot && (status = volary_check_name("snapshot", snapshot)))) {
        return status;
    }
    char path[PATH_BYTES];
    json_t *answer;
    snprintf(path, sizeof path, "/volumes/%s%s%s/extents?offset=%llu&length=%llu&count=%zu", volume,
             snapshot ? "/snapshots/" : "", snapshot ? snapshot : "", (unsigned long long)offset, (unsigned long long)length,
             *count);
    if ((status = volary_ask(pool, "GET", path, NULL, &answer))) {
        return status;
    }
    size_t found = json_array_size(answer);
    if (found == 0 || found > *count) {
        return not_understood(answer, "extents");
    }
    for (size_t i = 0; i < found; i++) {
        if (!parse_extent(json_array_get(answer, i), extents + i)) {
            return not_understood(answer, "extents");
        }
    }
    *count = found;
    json_decref(answer);
    return 0;
}
