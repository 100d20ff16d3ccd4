/* SPDX-License-Identifier: MIT */
#include <volary_tcp.h>

#include "test.h"

uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* The vPool of VOLARY_TEST_HOST, or the one that the command line would take. */
static volary_pool *open_pool(void)
{
    const char *host = getenv("VOLARY_TEST_HOST");
    volary_pool *pool;
    if (host) {
        CHECK(volary_pool_connect(host, getenv("VOLARY_TEST_PORT"), getenv("VOLARY_TEST_CERTIFICATES"), &pool) == 0);
    } else {
        CHECK(volary_pool_open(NULL, &pool) == 0);
    }
    return pool;
}

int main(int argc, char **argv)
{
    const char *test = argc > 1 ? argv[1] : "";
    volary_pool *pool = open_pool();
    if (strcmp(test, "control") == 0) {
        test_control(pool);
    } else if (strcmp(test, "refusals") == 0) {
        test_refusals(pool);
    } else if (strcmp(test, "remote") == 0) {
        test_remote(pool);
    } else if (strcmp(test, "random") == 0 && argc == 5) {
        test_random(pool, argv[2], strtoull(argv[3], NULL, 0), atoi(argv[4]));
    } else if (strcmp(test, "load") == 0 && argc == 4) {
        test_load(pool, argv[2], atoi(argv[3]));
    } else if (strcmp(test, "hold") == 0 && argc == 3) {
        test_hold(pool, argv[2]);
    } else {
        fprintf(stderr, "usage: %s control | refusals | remote | random VOLUME SEED OPERATIONS | load VOLUME SECONDS | hold VOLUME\n",
                argv[0]);
        return 2;
    }
    volary_pool_close(pool);
    return 0;
}
