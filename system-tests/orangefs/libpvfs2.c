/*
 * Plays OrangeFS's client library over a local directory, VOLARY_PLAYED_ORANGEFS, which all processes share: so a daemon can be tested with
 * the process that it starts for the library. Objects are files named by their handles, and an entry of a directory is a symbolic link to a
 * handle. While there is a file "down" in the directory, no server answers.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_SYSTEM 7
#define ROOT 1
#define START 0x7ffffffe
#define END 0x7ffffffd

struct reference {
    uint64_t handle;
    int32_t file_system, padding;
};

struct attributes {
    char before[40];
    int64_t size;
    char between[56];
    int32_t type;
    char after[28];
};

_Static_assert(sizeof(struct attributes) == 136, "as the library's");

struct credential {
    int32_t user, group_count;
    uint32_t *groups;
    char between[8];
    int64_t runs_out;
    char after[32];
};

struct entry {
    char name[257], padding[7];
    uint64_t handle;
};

struct page {
    uint64_t next;
    struct entry *entries;
    int32_t count, padding;
    uint64_t version;
};

static char one_byte;
void *PVFS_BYTE = &one_byte;

static uint32_t groups[1];
static const int numbers[][2] = {{2, ENOENT},  {4, EIO},      {11, EEXIST},    {15, EINVAL},
                                 {18, ENOSPC}, {16, EISDIR}, {26, ENOTEMPTY}, {54, ECONNREFUSED}};

static int failed(int number)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i][1] == number)
            return -(1 << 30 | numbers[i][0]);
    return -(1 << 30 | 4);
}

int PVFS_get_errno_mapping(int error)
{
    int code = -error & 0x7f;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i][0] == code)
            return numbers[i][1];
    return EIO;
}

static const char *object(char *path, uint64_t handle, const char *name)
{
    snprintf(path, PATH_MAX, "%s/objects/%llu%s%s", getenv("VOLARY_PLAYED_ORANGEFS"), (unsigned long long)handle,
             name ? "/" : "", name ? name : "");
    return path;
}

static int is_down(void)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/down", getenv("VOLARY_PLAYED_ORANGEFS"));
    return access(path, F_OK) == 0;
}

/* The handle of an entry, or 0. */
static uint64_t entry(uint64_t directory, const char *name)
{
    char path[PATH_MAX], target[32] = "";

    return readlink(object(path, directory, name), target, sizeof target - 1) < 0 ? 0 : strtoull(target, NULL, 10);
}

int PVFS_sys_initialize(uint64_t mask)
{
    char path[PATH_MAX];

    (void)mask;
    if (!getenv("VOLARY_PLAYED_ORANGEFS"))
        return failed(EINVAL);
    snprintf(path, sizeof path, "%s/objects", getenv("VOLARY_PLAYED_ORANGEFS"));
    mkdir(path, 0700);
    mkdir(object(path, ROOT, NULL), 0700);
    return 0;
}

int PVFS_sys_set_info(int option, int value)
{
    (void)option, (void)value;
    return 0;
}

void *PVFS_util_gen_mntent(char *server, char *name)
{
    (void)server, (void)name;
    return calloc(1, 80);
}

int PVFS_sys_fs_add(void *mount)
{
    *(int32_t *)((char *)mount + 40) = FILE_SYSTEM;
    return is_down() ? failed(ECONNREFUSED) : 0;
}

int PVFS_util_gen_credential_defaults(struct credential *credential)
{
    memset(credential, 0, sizeof *credential);
    credential->group_count = 1;
    credential->groups = groups;
    credential->runs_out = INT64_MAX;
    return 0;
}

int PVFS_util_refresh_credential(struct credential *credential)
{
    return PVFS_util_gen_credential_defaults(credential);
}

static int answer(void *response, uint64_t handle)
{
    struct reference found = {handle, FILE_SYSTEM, 0};

    if (!handle)
        return failed(ENOENT);
    memcpy(response, &found, sizeof found);
    return 0;
}

int PVFS_sys_lookup(int file_system, char *path, void *who, void *response, int follow, void *hint)
{
    uint64_t handle = ROOT;
    char *copy = strdup(path), *rest = NULL;

    (void)file_system, (void)who, (void)follow, (void)hint;
    for (char *name = strtok_r(copy, "/", &rest); name && handle; name = strtok_r(NULL, "/", &rest))
        handle = entry(handle, name);
    free(copy);
    return is_down() ? failed(ECONNREFUSED) : answer(response, handle);
}

static int make(int is_directory, char *name, uint64_t parent, void *response)
{
    char path[PATH_MAX], target[32];
    uint64_t handle = 0;

    if (is_down())
        return failed(ECONNREFUSED);
    if (getentropy(&handle, 7))
        return failed(EIO);
    object(path, handle += 2, NULL);
    if (is_directory ? mkdir(path, 0700) : close(open(path, O_CREAT | O_EXCL | O_RDWR, 0600)))
        return failed(errno);
    snprintf(target, sizeof target, "%llu", (unsigned long long)handle);
    if (symlink(target, object(path, parent, name))) {
        int number = errno;

        remove(object(path, handle, NULL));
        return failed(number);
    }
    return answer(response, handle);
}

int PVFS_sys_create(char *name, struct reference parent, struct attributes attributes, void *who, void *distribution,
                    void *response, void *layout, void *hint)
{
    (void)attributes, (void)who, (void)distribution, (void)layout, (void)hint;
    return make(0, name, parent.handle, response);
}

int PVFS_sys_mkdir(char *name, struct reference parent, struct attributes attributes, void *who, void *response, void *hint)
{
    (void)attributes, (void)who, (void)hint;
    return make(1, name, parent.handle, response);
}

int PVFS_sys_remove(char *name, struct reference parent, void *who, void *hint)
{
    char path[PATH_MAX];
    uint64_t handle = entry(parent.handle, name);

    (void)who, (void)hint;
    if (is_down() || !handle)
        return failed(handle ? ECONNREFUSED : ENOENT);
    unlink(object(path, parent.handle, name));
    return remove(object(path, handle, NULL)) ? failed(errno) : 0;
}

int PVFS_sys_rename(char *from, struct reference old, char *to, struct reference new, void *who, void *hint)
{
    char source[PATH_MAX], target[PATH_MAX];

    (void)who, (void)hint;
    if (is_down())
        return failed(ECONNREFUSED);
    return rename(object(source, old.handle, from), object(target, new.handle, to)) ? failed(errno) : 0;
}

int PVFS_sys_readdir(struct reference of, uint64_t position, int most, void *who, struct page *page, void *hint)
{
    char path[PATH_MAX];
    DIR *directory = opendir(object(path, of.handle, NULL));
    uint64_t at = 0, from = position == START ? 0 : position;

    (void)who, (void)hint;
    if (is_down() || !directory)
        return failed(directory ? ECONNREFUSED : ENOENT);
    memset(page, 0, sizeof *page);
    page->entries = calloc(most, sizeof *page->entries);
    for (struct dirent *next = readdir(directory); next && page->count < most; next = readdir(directory)) {
        if (*next->d_name == '.' || at++ < from)
            continue;
        strcpy(page->entries[page->count].name, next->d_name);
        page->entries[page->count++].handle = entry(of.handle, next->d_name);
    }
    page->next = page->count < most ? END : at;
    closedir(directory);
    return 0;
}

int PVFS_sys_getattr(struct reference of, uint32_t mask, void *who, struct attributes *attributes, void *hint)
{
    char path[PATH_MAX];
    struct stat status;

    (void)mask, (void)who, (void)hint;
    if (is_down())
        return failed(ECONNREFUSED);
    if (stat(object(path, of.handle, NULL), &status))
        return failed(errno);
    attributes->size = status.st_size;
    attributes->type = S_ISDIR(status.st_mode) ? 4 : 1;
    return 0;
}

int PVFS_sys_truncate(struct reference of, int64_t size, void *who, void *hint)
{
    char path[PATH_MAX];

    (void)who, (void)hint;
    if (is_down())
        return failed(ECONNREFUSED);
    return truncate(object(path, of.handle, NULL), size) ? failed(errno) : 0;
}

int PVFS_sys_flush(struct reference of, void *who, void *hint)
{
    char path[PATH_MAX];

    (void)who, (void)hint;
    if (is_down())
        return failed(ECONNREFUSED);
    return access(object(path, of.handle, NULL), F_OK) ? failed(errno) : 0;
}

/* Done at once: that is told by the operation's number. */
int PVFS_isys_io(struct reference of, void *file, int64_t offset, char *memory, void *request, void *who, int64_t *done,
                 int type, int64_t *operation, void *hint, void *tag)
{
    char path[PATH_MAX];
    int fd = is_down() ? (errno = ECONNREFUSED, -1) : open(object(path, of.handle, NULL), O_RDWR);
    int64_t bytes = *(int *)request;

    (void)file, (void)who, (void)hint, (void)tag;
    *operation = -1;
    if (fd < 0)
        return failed(errno);
    for (*done = 0; *done < bytes;) {
        ssize_t moved = type == 1 ? pread(fd, memory + *done, bytes - *done, offset + *done)
                                  : pwrite(fd, memory + *done, bytes - *done, offset + *done);
        if (moved <= 0)
            break;
        *done += moved;
    }
    close(fd);
    return 0;
}

int PVFS_sys_testany(int64_t *operations, int *count, void **tags, int *errors, int timeout)
{
    (void)operations, (void)tags, (void)errors, (void)timeout;
    *count = 0;
    return 0;
}

int PVFS_Request_contiguous(int bytes, void *of, void **request)
{
    (void)of;
    *request = malloc(sizeof bytes);
    memcpy(*request, &bytes, sizeof bytes);
    return 0;
}

int PVFS_Request_free(void **request)
{
    free(*request);
    return 0;
}

void PINT_free2(void *returned)
{
    free(returned);
}
