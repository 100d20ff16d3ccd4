/* SPDX-License-Identifier: MIT */
/* Volumes and snapshots come, change and go. */
#include <time.h>

#include "test.h"

#define MIB ((uint64_t)1 << 20)

static void fill(volary_pool *pool, const char *name, int byte)
{
    static char data[1 << 20];
    volary_volume *volume;
    CHECK(volary_open(pool, name, NULL, &volume) == 0);
    memset(data, byte, sizeof data);
    CHECK(volary_write(volume, data, sizeof data, MIB) == 0);
    CHECK(volary_flush(volume) == 0);
    volary_close(volume);
}

static int byte_of(volary_pool *pool, const char *name)
{
    char data[512];
    volary_volume *volume;
    CHECK(volary_open(pool, name, &(struct volary_open_options){.struct_size = sizeof(struct volary_open_options),
                                                                .flags = VOLARY_READ_ONLY},
                      &volume) == 0);
    CHECK(volary_is_read_only(volume));
    CHECK(volary_read(volume, data, sizeof data, MIB) == 0);
    REFUSED(volary_write(volume, data, sizeof data, 0), EROFS, name);
    volary_close(volume);
    return data[100];
}

static void snapshots(volary_pool *pool)
{
    struct volary_snapshot *list;
    size_t count;
    int64_t now = (int64_t)time(NULL) * 1000;
    fill(pool, "c", 1);
    CHECK(volary_snapshot_create(pool, "c", "first") == 0);
    fill(pool, "c", 2);
    CHECK(volary_snapshot_create(pool, "c", "second") == 0);
    fill(pool, "c", 3);
    CHECK(volary_snapshot_list(pool, "c", &list, &count) == 0);
    CHECK(count == 2 && strcmp(list[0].name, "first") == 0 && strcmp(list[1].name, "second") == 0);
    CHECK(list[0].size == 8 * MIB && llabs(list[0].created - now) < 60000);
    free(list);
    CHECK(byte_of(pool, "c@first") == 1 && byte_of(pool, "c@second") == 2 && byte_of(pool, "c") == 3);
    CHECK(volary_snapshot_rollback(pool, "c", "first") == 0);
    CHECK(byte_of(pool, "c") == 1);
    CHECK(volary_clone(pool, "c", "second", "d") == 0);
    CHECK(byte_of(pool, "d") == 2);
    CHECK(volary_snapshot_remove(pool, "c", "first") == 0);
    REFUSED(volary_snapshot_rollback(pool, "c", "first"), ENOENT, "first");
    REFUSED(volary_remove(pool, "c", 0), EBUSY, "snapshot");
    CHECK(volary_remove(pool, "c", VOLARY_WITH_SNAPSHOTS) == 0);
}

static void extents(volary_pool *pool)
{
    struct volary_extent found[8];
    size_t count = 8;
    CHECK(volary_extents(pool, "d", NULL, 0, 8 * MIB, found, &count) == 0);
    CHECK(count == 3 && found[0].kind == VOLARY_HOLE && found[1].kind == VOLARY_DATA && found[2].kind == VOLARY_HOLE);
    CHECK(found[0].length == MIB && found[1].length == MIB && found[2].length == 6 * MIB);
    count = 1;
    CHECK(volary_extents(pool, "d", NULL, MIB, 8192, found, &count) == 0);
    CHECK(count == 1 && found[0].kind == VOLARY_DATA && found[0].length == 8192);
}

void test_control(volary_pool *pool)
{
    struct volary_info info, *list;
    size_t count;
    CHECK(volary_create(pool, "c", 4 * MIB) == 0);
    CHECK(volary_info(pool, "c", &info) == 0);
    CHECK(strcmp(info.name, "c") == 0 && info.size == 4 * MIB && info.snapshots == 0 && !info.holder[0] && !info.parent[0]);
    CHECK(volary_resize(pool, "c", 9 * MIB, 0) == 0);
    CHECK(volary_resize(pool, "c", 8 * MIB, VOLARY_SHRINK) == 0);
    snapshots(pool);
    extents(pool);
    CHECK(volary_list(pool, &list, &count) == 0);
    CHECK(count == 1 && strcmp(list[0].name, "d") == 0 && list[0].size == 8 * MIB);
    free(list);
    CHECK(volary_remove(pool, "d", 0) == 0);
    CHECK(volary_list(pool, &list, &count) == 0 && count == 0);
    free(list);
}
