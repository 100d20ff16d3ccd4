/* SPDX-License-Identifier: MIT */
/* What people ask of volumes and snapshots. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define PATH_BYTES 512

static bool is_name(const char *name)
{
    const char *first = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strlen(name);
    return length > 0 && length < NAME_BYTES && strspn(name, first) == length && !strchr("._-", name[0]);
}

int volary_check_name(const char *what, const char *name)
{
    if (name && is_name(name)) {
        return 0;
    }
    return volary_fail(EINVAL,
                       "'%s' cannot be the name of a %s: letters, digits, '.', '_' and '-', beginning with a letter or digit, at"
                       " most 64 of them",
                       name ? name : "", what);
}

/* Checks the names, so that they can be part of a path. */
static int check(const char *volume, const char *snapshot)
{
    int status = volary_check_name("volume", volume);
    return status || !snapshot ? status : volary_check_name("snapshot", snapshot);
}

static int ask(volary_pool *pool, const char *method, const char *path, json_t *body, json_t **answer)
{
    int status = volary_ask(pool, method, path, body, answer);
    json_decref(body);
    return status;
}

int volary_create(volary_pool *pool, const char *volume, uint64_t size)
{
    int status = check(volume, NULL);
    if (status) {
        return status;
    }
    return ask(pool, "POST", "/volumes", json_pack("{s:s, s:I}", "name", volume, "size", (json_int_t)size), NULL);
}

int volary_clone(volary_pool *pool, const char *volume, const char *snapshot, const char *name)
{
    int status = check(volume, snapshot);
    if (status || (status = check(name, NULL))) {
        return status;
    }
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "/volumes/%s/clones", volume);
    return ask(pool, "POST", path, json_pack("{s:s, s:s?}", "name", name, "snapshot", snapshot), NULL);
}

int volary_resize(volary_pool *pool, const char *volume, uint64_t size, unsigned flags)
{
    int status = check(volume, NULL);
    if (status) {
        return status;
    }
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "/volumes/%s/resize", volume);
    json_t *body = json_pack("{s:I, s:b}", "size", (json_int_t)size, "shrink", (flags & VOLARY_SHRINK) != 0);
    return ask(pool, "POST", path, body, NULL);
}

int volary_remove(volary_pool *pool, const char *volume, unsigned flags)
{
    int status = check(volume, NULL);
    if (status) {
        return status;
    }
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "/volumes/%s%s", volume, flags & VOLARY_WITH_SNAPSHOTS ? "?snapshots=true" : "");
    return ask(pool, "DELETE", path, NULL, NULL);
}

/* A snapshot's path, with what is asked of it behind it. */
static int at_snapshot(volary_pool *pool, const char *method, const char *volume, const char *snapshot, const char *what)
{
    int status = check(volume, snapshot);
    if (status) {
        return status;
    }
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "/volumes/%s/snapshots/%s%s", volume, snapshot, what);
    return ask(pool, method, path, NULL, NULL);
}

int volary_snapshot_create(volary_pool *pool, const char *volume, const char *snapshot)
{
    int status = volary_check_name("snapshot", snapshot);
    if (status || (status = check(volume, NULL))) {
        return status;
    }
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "/volumes/%s/snapshots", volume);
    return ask(pool, "POST", path, json_pack("{s:s}", "name", snapshot), NULL);
}

int volary_snapshot_remove(volary_pool *pool, const char *volume, const char *snapshot)
{
    int status = volary_check_name("snapshot", snapshot);
    return status ? status : at_snapshot(pool, "DELETE", volume, snapshot, "");
}

int volary_snapshot_rollback(volary_pool *pool, const char *volume, const char *snapshot)
{
    int status = volary_check_name("snapshot", snapshot);
    return status ? status : at_snapshot(pool, "POST", volume, snapshot, "/rollback");
}

int volary_detach(volary_pool *pool, const char *volume)
{
    int status = check(volume, NULL);
    if (status) {
        return status;
    }
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "/volumes/%s/detach", volume);
    return ask(pool, "POST", path, NULL, NULL);
}
