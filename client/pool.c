/* SPDX-License-Identifier: MIT */
/* Where the vPool is: the same order as the command line's. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#define MACHINE_FILE "/etc/volary/volary.json"
#define MACHINE_POOL "/var/lib/volary"

static int absolute(const char *directory, char **result)
{
    if (directory[0] == '/') {
        *result = strdup(directory);
        return *result ? 0 : volary_fail(ENOMEM, "no memory for the name of the vPool %s", directory);
    }
    char *here = getcwd(NULL, 0);
    if (!here) {
        return volary_fail(errno, "the vPool %s is relative, and the working directory is gone", directory);
    }
    size_t bytes = strlen(here) + strlen(directory) + 2;
    *result = malloc(bytes);
    if (*result) {
        strcpy(*result, here);
        strcat(*result, "/");
        strcat(*result, directory);
    }
    free(here);
    return *result ? 0 : volary_fail(ENOMEM, "no memory for the name of the vPool %s", directory);
}

/* 1 if the machine's file names one. */
static int named_by_machine(char **result)
{
    json_error_t error;
    json_t *file = json_load_file(MACHINE_FILE, 0, &error);
    if (!file) {
        return volary_fail(EINVAL, MACHINE_FILE ": not JSON: line %d: %s", error.line, error.text);
    }
    const char *pool = json_string_value(json_object_get(file, "pool"));
    int status = pool ? absolute(pool, result) : 0;
    json_decref(file);
    return status ? status : pool != NULL;
}

int volary_find_pool(char **result)
{
    const char *variable = getenv("VOLARY_POOL");
    if (variable && *variable) {
        return absolute(variable, result);
    }
    if (access(MACHINE_FILE, F_OK) == 0) {
        int status = named_by_machine(result);
        if (status) {
            return status < 0 ? status : 0;
        }
    }
    struct stat found;
    bool machine = stat(MACHINE_POOL, &found) == 0 && S_ISDIR(found.st_mode);
    return absolute(machine ? MACHINE_POOL : "vpool", result);
}

int volary_pool_open(const char *directory, volary_pool **pool)
{
    if (directory && !*directory) {
        return volary_fail(EINVAL, "the name of the vPool is empty");
    }
    char *path;
    int status = directory ? absolute(directory, &path) : volary_find_pool(&path);
    if (status) {
        return status;
    }
    *pool = malloc(sizeof **pool);
    if (!*pool) {
        free(path);
        return volary_fail(ENOMEM, "no memory for the vPool %s", directory);
    }
    **pool = (struct volary_pool){.directory = path, .carrier = volary_unix_carrier};
    (*pool)->carrier.opaque = path;
    return 0;
}

int volary_pool_open_by(const struct volary_carrier *carrier, volary_pool **pool)
{
    if (carrier->struct_size != sizeof *carrier) {
        return volary_fail(EINVAL, "%s: the carrier's struct_size is not that of this library's", carrier->name);
    }
    *pool = malloc(sizeof **pool);
    char *name = strdup(carrier->name);
    if (!*pool || !name) {
        free(*pool);
        free(name);
        return volary_fail(ENOMEM, "no memory for the vPool at %s", carrier->name);
    }
    **pool = (struct volary_pool){.directory = name, .carrier = *carrier};
    (*pool)->carrier.name = name;
    return 0;
}

void volary_pool_close(volary_pool *pool)
{
    if (pool) {
        if (pool->carrier.dispose) {
            pool->carrier.dispose(pool->carrier.opaque);
        }
        free(pool->directory);
        free(pool);
    }
}

const char *volary_pool_directory(const volary_pool *pool)
{
    return pool->directory;
}

bool volary_is_remote(const volary_pool *pool)
{
    return pool->carrier.open != volary_unix_carrier.open;
}
