/* Times in nanoseconds, each counted in a step that is at most a 32nd of it wide. */
#include <stdint.h>

enum { STEPS = 60 * 32 };

struct histogram {
    uint64_t counts[STEPS], total, most;
};

static inline void note(struct histogram *histogram, uint64_t nanos)
{
    /* What is left after the shift is less than 64, and at least 32 if anything was shifted out. */
    int shift = nanos < 64 ? 0 : 58 - __builtin_clzll(nanos);
    histogram->counts[(uint64_t)shift * 32 + (nanos >> shift)]++;
    histogram->total++;
    if (nanos > histogram->most)
        histogram->most = nanos;
}

static inline void merge(struct histogram *into, const struct histogram *from)
{
    for (int i = 0; i < STEPS; i++)
        into->counts[i] += from->counts[i];
    into->total += from->total;
    into->most = from->most > into->most ? from->most : into->most;
}

/* In microseconds; the upper end of the step. */
static inline double percentile(const struct histogram *histogram, double share)
{
    uint64_t seen = 0;
    for (int i = 0; i < STEPS; i++) {
        seen += histogram->counts[i];
        if (histogram->total > 0 && seen >= share * (double)histogram->total) {
            int shift = i < 64 ? 0 : i / 32 - 1;
            uint64_t end = ((uint64_t)(i - shift * 32) + 1) << shift;
            return (double)(end < histogram->most ? end : histogram->most) / 1e3;
        }
    }
    return 0;
}
