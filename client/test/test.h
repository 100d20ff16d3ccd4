/* SPDX-License-Identifier: MIT */
/* What the library's tests share. Each ends the process with status 1 and a line when something is not as it should be. */
#ifndef TEST_H
#define TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>

#include <volary.h>

#define CHECK(condition)                                                                                                       \
    do {                                                                                                                       \
        if (!(condition)) {                                                                                                    \
            fprintf(stderr, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #condition, volary_error());                       \
            exit(1);                                                                                                           \
        }                                                                                                                      \
    } while (0)

/* The call has to fail like that, with a message that has `words` in it. */
#define REFUSED(call, number, words)                                                                                           \
    do {                                                                                                                       \
        int refused_status = (call);                                                                                           \
        if (refused_status != -(number) || !strstr(volary_error(), words)) {                                                   \
            fprintf(stderr, "%s:%d: %s: status %d: %s\n", __FILE__, __LINE__, #call, refused_status, volary_error());          \
            exit(1);                                                                                                           \
        }                                                                                                                      \
    } while (0)

/* A stream of numbers that a seed fixes. */
uint64_t next_random(uint64_t *state);

void test_control(volary_pool *pool);
void test_random(volary_pool *pool, const char *name, uint64_t seed, int operations);
void test_load(volary_pool *pool, const char *name, int seconds);
void test_refusals(volary_pool *pool);
void test_remote(volary_pool *pool);
void test_hold(volary_pool *pool, const char *name);

#endif
