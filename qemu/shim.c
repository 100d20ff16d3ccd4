/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preloaded into a program of QEMU's, brings the driver that was made for that build of it: VOLARY_QEMU_MODULES/STAMP.so. Any
 * other program, such as those that QEMU starts, it leaves alone. */
#define _GNU_SOURCE
#include <errno.h>
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of QEMU's include/qemu/module.h, the same from 7.2 to 10.0. */
#define MODULE_INIT_BLOCK 1

#define PREFIX "qemu_stamp_"
#define STAMP_DIGITS 40

static char stamp[STAMP_DIGITS + 1];

static void fail(const char *what, const char *detail)
{
    fprintf(stderr, "volary: %s%s\n", what, detail);
    _exit(1);
}

static int is_stamp(const char *text)
{
    return strspn(text, "0123456789abcdef") == STAMP_DIGITS && text[STAMP_DIGITS] == 0;
}

static void search(const char *begin, const char *end)
{
    const char *found;
    while (!stamp[0] && (found = memmem(begin, (size_t)(end - begin), PREFIX, strlen(PREFIX)))) {
        begin = found + strlen(PREFIX);
        if (end - begin > STAMP_DIGITS && is_stamp(begin)) {
            memcpy(stamp, begin, STAMP_DIGITS);
        }
    }
}

/* The first object is the program. */
static int search_program(struct dl_phdr_info *object, size_t size, void *ignored)
{
    (void)size;
    (void)ignored;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && (part->p_flags & (PF_R | PF_W | PF_X)) == PF_R) {
            const char *begin = (const char *)object->dlpi_addr + part->p_vaddr;
            search(begin, begin + part->p_memsz);
        }
    }
    return 1;
}

/* When QEMU brings up its block layer. */
static void load(void)
{
    char path[4096];
    const char *directory = getenv("VOLARY_QEMU_MODULES");
    dl_iterate_phdr(search_program, NULL);
    if (!directory || !stamp[0]) {
        fail("this is no QEMU of the distribution's, or not run by volary: ", program_invocation_name);
    }
    snprintf(path, sizeof path, "%s/%s.so", directory, stamp);
    if (access(path, R_OK) != 0) {
        fail("there is no driver yet for this build of QEMU: make it by: volary qemu-driver; it is not at ", path);
    }
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void (*start)(void) = module ? (void (*)(void))dlsym(module, "volary_qemu_register") : NULL;
    if (!start) {
        fail("the driver for QEMU does not fit; make it anew by: volary qemu-driver --force; ", dlerror());
    }
    start();
}

/* What this program starts is not ours. */
static void leave_environment(void)
{
    Dl_info own;
    const char *before = getenv("LD_PRELOAD");
    if (!before || !dladdr((void *)leave_environment, &own)) {
        return;
    }
    char *list = strdup(before), *rest = list, *entry;
    char *kept = calloc(1, strlen(before) + 1);
    while (list && kept && (entry = strsep(&rest, ": "))) {
        if (*entry && strcmp(entry, own.dli_fname) != 0) {
            strcat(strcat(kept, *kept ? ":" : ""), entry);
        }
    }
    if (kept && *kept) {
        setenv("LD_PRELOAD", kept, 1);
    } else {
        unsetenv("LD_PRELOAD");
    }
    free(list);
    free(kept);
}

__attribute__((constructor)) static void begin(void)
{
    void (*register_init)(void (*)(void), int) = (void (*)(void (*)(void), int))dlsym(RTLD_DEFAULT, "register_module_init");
    if (register_init && dlsym(RTLD_DEFAULT, "bdrv_register")) {
        leave_environment();
        register_init(load, MODULE_INIT_BLOCK);
    }
}
