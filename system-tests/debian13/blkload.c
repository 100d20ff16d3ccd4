/* Puts load on a disk over vhost-user-blk or NBD, or on a file, verifies it if asked to, and prints one line of JSON.
 *
 *   blkload [OPTION...] SOCKET-OR-NBD-URI-OR-FILE
 *
 *   --reads PERCENT    how many of the requests read; the others write (100)
 *   --block BYTES      length of a request (4096)          --depth N        requests in flight, of each queue (1)
 *   --sequential       instead of at random                --queues N       each with a thread and a part of the disk (1)
 *   --sync             after each write its flush; both together are one request
 *   --seconds S        at least so long (1)                --bytes N        and at least so much of all queues together (0)
 *   --warmup S         before that, not counted (0)        --span BYTES     use only the beginning of the disk
 *   --verify           every sector read is compared with what was written to it, and in the end all that were written
 *   --seed N           another order and other data (1)
 *
 * Who writes ends with a flush, within the time. Latencies are in microseconds, from the handing over of a request to the
 * finding of its end. "cpu" is this process's, "busy" all of the machine's, both in seconds within the measured time.
 */
#include "disk.h"
#include "histogram.h"
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static unsigned reads = 100, depth = 1, queues = 1;
static int sequential, sync_writes, verify;
static size_t block = 4096;
static double seconds = 1, warmup;
static uint64_t least_bytes, span, seed = 1;

struct request {
    enum operation operation;
    uint64_t at; /* number of the block, within the disk */
    uint64_t begun;
    char *data;
};

/* A queue's thread: it alone uses the blocks from first on. */
struct worker {
    struct disk *disk;
    unsigned queue;
    pthread_t thread;
    uint64_t first, blocks, position, random, written;
    struct request *requests;
    unsigned *idle, idle_count;
    uint64_t *stamps; /* with verify: what was last written to a block, 0 if nothing was */
    char *busy;       /* ... and which blocks a request is in flight for */
    uint64_t time; /* when it last looked at the clock: after waiting, so requests that begin together share it */
    uint64_t began, ended, wrong, checked;
    struct histogram latencies;
};

static double cpu_began, cpu_ended, busy_began, busy_ended;

void check(int good, const char *what, const char *why)
{
    if (!good) {
        fprintf(stderr, "blkload: %s: %s\n", what, why ? why : "failed");
        exit(1);
    }
}

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* All processors' time but idle, waiting for the disk, and stolen. */
static double busy_seconds(void)
{
    unsigned long long user, nice, system, idle, wait, interrupts, soft;
    FILE *file = fopen("/proc/stat", "r");
    check(file && fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &wait, &interrupts, &soft) == 7,
          "/proc/stat", "not as expected");
    fclose(file);
    return (double)(user + nice + system + interrupts + soft) / (double)sysconf(_SC_CLK_TCK);
}

static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 31) * 0x9e6c63d0876a3f6bULL;
    value = (value ^ value >> 29) * 0xd1342543de82ef95ULL;
    return value ^ value >> 32;
}

static uint64_t word(uint64_t at, uint64_t stamp, size_t index)
{
    return mix(seed * 0x9e3779b97f4a7c15ULL + at) ^ mix(stamp) ^ mix(index + 1);
}

static void fill(struct request *request, uint64_t stamp)
{
    uint64_t *words = (uint64_t *)request->data;
    for (size_t i = 0; i < block / 8; i++)
        words[i] = word(request->at, stamp, i);
}

/* Counts the sectors that are not as they were written. */
static void compare(struct worker *worker, const struct request *request)
{
    uint64_t stamp = worker->stamps[request->at - worker->first];
    const uint64_t *words = (const uint64_t *)request->data;
    for (size_t sector = 0; stamp != 0 && sector < block / 512; sector++) {
        int wrong = 0;
        for (size_t i = sector * 64; i < sector * 64 + 64; i++)
            wrong |= words[i] != word(request->at, stamp, i);
        worker->wrong += (uint64_t)wrong;
        worker->checked++;
    }
}

static uint64_t random_number(struct worker *worker)
{
    return mix(worker->random += 0x9e3779b97f4a7c15ULL);
}

static uint64_t next_block(struct worker *worker)
{
    uint64_t index = sequential ? worker->position++ % worker->blocks
                                : (uint64_t)((unsigned __int128)random_number(worker) * worker->blocks >> 64);
    /* What requests that are in flight together do to the same place has no order. */
    while (worker->busy && worker->busy[index])
        index = (index + 1) % worker->blocks;
    return worker->first + index;
}

static void hand_over(struct worker *worker, unsigned slot)
{
    struct request *request = &worker->requests[slot];
    worker->disk->begin(worker->disk, worker->queue, request->operation, request->at * block, request->data,
                        request->operation == FLUSH ? 0 : block, slot);
}

static void begin_request(struct worker *worker, enum operation operation, uint64_t at)
{
    unsigned slot = worker->idle[--worker->idle_count];
    struct request *request = &worker->requests[slot];
    request->operation = operation;
    request->at = at;
    if (verify && operation != FLUSH)
        worker->busy[at - worker->first] = 1;
    if (verify && operation == WRITE)
        fill(request, worker->stamps[at - worker->first] = ++worker->written);
    request->begun = worker->time;
    hand_over(worker, slot);
}

static void end_request(struct worker *worker, unsigned slot)
{
    struct request *request = &worker->requests[slot];
    if (sync_writes && request->operation == WRITE) {
        request->operation = FLUSH;
        hand_over(worker, slot);
        return;
    }
    if (verify && request->operation == READ)
        compare(worker, request);
    if (verify)
        worker->busy[request->at - worker->first] = 0;
    note(&worker->latencies, worker->time - request->begun);
    worker->idle[worker->idle_count++] = slot;
}

static void await(struct worker *worker)
{
    struct ending endings[64];
    int count = worker->disk->finish(worker->disk, worker->queue, endings, 64);
    worker->time = now();
    for (int i = 0; i < count; i++) {
        check(endings[i].result == 0, "a request failed", strerror(-endings[i].result));
        end_request(worker, endings[i].slot);
    }
}

static void drain(struct worker *worker)
{
    while (worker->idle_count < depth)
        await(worker);
}

static enum operation next_operation(struct worker *worker)
{
    if (reads == 0 || reads == 100)
        return reads == 0 ? WRITE : READ;
    return random_number(worker) % 100 < reads ? READ : WRITE;
}

/* At least so long, and so many requests. */
static void run_for(struct worker *worker, double time, uint64_t requests)
{
    uint64_t end = (worker->time = now()) + (uint64_t)(time * 1e9), begun = 0;
    while (begun < requests || worker->time < end) {
        while (worker->idle_count > 0) {
            begin_request(worker, next_operation(worker), next_block(worker));
            begun++;
        }
        await(worker);
    }
    drain(worker);
}

static void flush(struct worker *worker)
{
    struct histogram kept = worker->latencies; /* this one is no request of the load */
    begin_request(worker, FLUSH, worker->first);
    drain(worker);
    worker->latencies = kept;
}

static void read_back(struct worker *worker)
{
    struct histogram kept = worker->latencies;
    for (uint64_t i = 0; i < worker->blocks; i++) {
        while (worker->idle_count == 0)
            await(worker);
        if (worker->stamps[i] != 0)
            begin_request(worker, READ, worker->first + i);
    }
    drain(worker);
    worker->latencies = kept;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    if (warmup > 0)
        run_for(worker, warmup, 0);
    memset(&worker->latencies, 0, sizeof worker->latencies);
    worker->began = now();
    if (worker->queue == 0) {
        cpu_began = cpu_seconds();
        busy_began = busy_seconds();
    }
    run_for(worker, seconds, (least_bytes + block * queues - 1) / (block * queues));
    if (reads < 100)
        flush(worker);
    worker->ended = now();
    if (worker->queue == 0) {
        cpu_ended = cpu_seconds();
        busy_ended = busy_seconds();
    }
    if (verify)
        read_back(worker);
    return NULL;
}

static void prepare(struct worker *worker, struct disk *disk, unsigned queue, uint64_t blocks)
{
    *worker = (struct worker){.disk = disk, .queue = queue, .first = queue * blocks, .blocks = blocks, .random = seed * 1000 + queue};
    worker->requests = calloc(depth, sizeof *worker->requests);
    worker->idle = calloc(depth, sizeof *worker->idle);
    worker->idle_count = depth;
    for (unsigned i = 0; i < depth; i++) {
        worker->idle[i] = i;
        worker->requests[i].data = disk->memory + ((size_t)queue * depth + i) * block;
        fill(&worker->requests[i], random_number(worker));
    }
    if (verify) {
        worker->stamps = calloc(blocks, sizeof *worker->stamps);
        worker->busy = calloc(blocks, 1);
    }
}

static int report(const struct worker *workers)
{
    static struct histogram all;
    uint64_t began = workers[0].began, ended = 0, wrong = 0, checked = 0;
    for (unsigned i = 0; i < queues; i++) {
        merge(&all, &workers[i].latencies);
        began = workers[i].began < began ? workers[i].began : began;
        ended = workers[i].ended > ended ? workers[i].ended : ended;
        wrong += workers[i].wrong;
        checked += workers[i].checked;
    }
    double time = (double)(ended - began) / 1e9, ios = (double)all.total;
    printf("{\"ios\": %.0f, \"seconds\": %.6f, \"iops\": %.1f, \"mib_per_second\": %.2f, \"p50\": %.1f, \"p99\": %.1f, \"p999\": %.1f, "
           "\"max\": %.1f, \"cpu\": %.6f, \"busy\": %.2f, \"checked\": %llu, \"wrong\": %llu}\n",
           ios, time, ios / time, ios / time * (double)block / 1048576, percentile(&all, .5), percentile(&all, .99),
           percentile(&all, .999), (double)all.most / 1e3, cpu_ended - cpu_began, busy_ended - busy_began,
           (unsigned long long)checked, (unsigned long long)wrong);
    return wrong != 0;
}

static const char *parse(int count, char **arguments)
{
    static const struct option options[] = {
        {"reads", 1, 0, 'r'}, {"block", 1, 0, 'b'}, {"depth", 1, 0, 'd'}, {"queues", 1, 0, 'q'}, {"sequential", 0, &sequential, 1},
        {"sync", 0, &sync_writes, 1}, {"seconds", 1, 0, 's'}, {"bytes", 1, 0, 'n'}, {"warmup", 1, 0, 'w'}, {"span", 1, 0, 'l'},
        {"verify", 0, &verify, 1}, {"seed", 1, 0, 'x'}, {0}};
    int option;
    while ((option = getopt_long(count, arguments, "", options, NULL)) != -1)
        switch (option) {
        case 0: break;
        case 'r': reads = (unsigned)atoi(optarg); break;
        case 'b': block = strtoull(optarg, NULL, 0); break;
        case 'd': depth = (unsigned)atoi(optarg); break;
        case 'q': queues = (unsigned)atoi(optarg); break;
        case 's': seconds = atof(optarg); break;
        case 'n': least_bytes = strtoull(optarg, NULL, 0); break;
        case 'w': warmup = atof(optarg); break;
        case 'l': span = strtoull(optarg, NULL, 0); break;
        case 'x': seed = strtoull(optarg, NULL, 0); break;
        default: exit(2);
        }
    check(optind == count - 1 && depth > 0 && queues > 0 && block >= 512 && block % 512 == 0, "usage",
          "blkload [--reads PERCENT] [--block BYTES] [--depth N] [--queues N] [--sequential] [--sync] [--seconds S] [--bytes N] "
          "[--warmup S] [--span BYTES] [--verify] [--seed N] SOCKET-OR-NBD-URI-OR-FILE");
    return arguments[optind];
}

static struct disk *open_disk(const char *address, size_t memory)
{
    struct stat status;
    if (strncmp(address, "nbd", 3) == 0 && strchr(address, ':'))
        return open_nbd(address, queues, depth, memory);
    check(stat(address, &status) == 0, address, strerror(errno));
    return S_ISSOCK(status.st_mode) ? open_vhost_user(address, queues, memory) : open_file(address, queues, memory);
}

int main(int count, char **arguments)
{
    const char *address = parse(count, arguments);
    size_t memory = block * depth * queues;
    struct disk *disk = open_disk(address, memory);
    uint64_t bytes = span > 0 && span < disk->bytes ? span : disk->bytes;
    check(bytes / block / queues > depth, address, "the disk is too small for so many requests");
    struct worker *workers = calloc(queues, sizeof *workers);
    for (unsigned i = 0; i < queues; i++)
        prepare(&workers[i], disk, i, bytes / block / queues);
    for (unsigned i = 1; i < queues; i++)
        check(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0, "thread", "cannot be made");
    work(&workers[0]);
    for (unsigned i = 1; i < queues; i++)
        pthread_join(workers[i].thread, NULL);
    return report(workers);
}
