/* A disk that is reached by some protocol. Each of its queues is used by one thread. */
#include <stddef.h>
#include <stdint.h>

enum operation { READ, WRITE, FLUSH };

/* One request that has ended: which one, and 0 or a negative errno. */
struct ending {
    unsigned slot;
    int result;
};

struct disk {
    uint64_t bytes;
    char *memory; /* the data of all requests has to lie here */
    void *protocol;
    void (*begin)(struct disk *, unsigned queue, enum operation, uint64_t at, char *data, size_t length, unsigned slot);
    /* Waits for at least one; returns how many. */
    int (*finish)(struct disk *, unsigned queue, struct ending *, int most);
};

/* Each ends the program with a message when it fails. */
struct disk *open_vhost_user(const char *socket, unsigned queues, size_t memory);
struct disk *open_file(const char *path, unsigned queues, size_t memory);
struct disk *open_nbd(const char *uri, unsigned queues, unsigned depth, size_t memory);
void check(int good, const char *what, const char *why);
