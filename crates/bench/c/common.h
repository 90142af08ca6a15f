/* What every measured client shares: flags, the clock, its own cost, one line of JSON. */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* -s get | down | up | fresh | open | sync | block | ws: see README.md. */
struct flags {
    const char *work, *url, *ca;
    long conc, count, buffer, size, hold_ms;
    int resume, from_app;
};

/* One run: latencies in nanoseconds, counters, and the process's cost between begin and end. */
struct run {
    uint64_t *latency;
    long timed, room;
    uint64_t bytes, start, end, first;
    long errors, rss_before, rss_after, threads;
    struct rusage cost_before, cost_after;
};

static inline uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline double seconds(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec / 1e6; }

/* A line of /proc/self/status, in kB or as a plain number; -1 where there is none. */
static inline long status_line(const char *key) {
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    long value = -1;
    size_t n = strlen(key);
    if (!f) return -1;
    while (fgets(line, sizeof line, f))
        if (!strncmp(line, key, n)) {
            value = atol(line + n + 1);
            break;
        }
    fclose(f);
    return value;
}

static inline int is_work(const struct flags *o, const char *name) { return !strcmp(o->work, name); }

static inline void parse_flags(int argc, char **argv, struct flags *o) {
    *o = (struct flags){.work = "get", .url = "", .ca = "", .conc = 1, .count = 1, .buffer = 8192};
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (!strcmp(a, "--resume")) { o->resume = 1; continue; }
        if (!strcmp(a, "--app")) { o->from_app = 1; continue; }
        if (i + 1 == argc) { fprintf(stderr, "%s needs a value\n", a); exit(2); }
        const char *v = argv[++i];
        if (!strcmp(a, "-s")) o->work = v;
        else if (!strcmp(a, "-c")) o->conc = atol(v);
        else if (!strcmp(a, "-n")) o->count = atol(v);
        else if (!strcmp(a, "-u")) o->url = v;
        else if (!strcmp(a, "--ca")) o->ca = v;
        else if (!strcmp(a, "--buf")) o->buffer = atol(v);
        else if (!strcmp(a, "--size")) o->size = atol(v);
        else if (!strcmp(a, "--hold")) o->hold_ms = atol(v);
        else { fprintf(stderr, "unknown flag %s\n", a); exit(2); }
    }
    if (o->conc < 1 || o->buffer < 1) { fprintf(stderr, "-c and --buf are at least 1\n"); exit(2); }
    if (o->conc > o->count) o->count = o->conc;
}

/* Latencies are paged in beforehand, so that they do not count as memory of the load. */
static inline void prepare(struct run *r, long count) {
    r->room = count;
    r->latency = malloc(sizeof *r->latency * (size_t)count);
    if (!r->latency) { perror("malloc"); exit(1); }
    memset(r->latency, 1, sizeof *r->latency * (size_t)count);
}

static inline void begin(struct run *r) {
    r->rss_before = status_line("VmRSS");
    getrusage(RUSAGE_SELF, &r->cost_before);
    r->start = now_ns();
}

/* The measured time is over. */
static inline void stop_clock(struct run *r) {
    r->end = now_ns();
    getrusage(RUSAGE_SELF, &r->cost_after);
}

/* Memory and threads, taken while what they belong to is still there. */
static inline void weigh(struct run *r) {
    r->rss_after = status_line("VmRSS");
    r->threads = status_line("Threads");
}

static inline void timed(struct run *r, uint64_t ns) {
    if (r->timed < r->room) r->latency[r->timed++] = ns;
}

static inline int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* In microseconds; sorts, unless somebody counts this process's instructions. */
static inline double percentile(uint64_t *v, long n, double q) {
    if (n <= 0 || getenv("BENCH_COUNTED")) return 0;
    qsort(v, (size_t)n, sizeof *v, by_size);
    long at = (long)((double)n * q);
    return (double)v[at < n ? at : n - 1] / 1e3;
}

/* `extra` is empty or more members, each with a comma in front. */
static inline void report(const char *client, const struct flags *o, struct run *r, const char *extra) {
    double wall = (double)(r->end - r->start) / 1e9;
    double user = seconds(r->cost_after.ru_utime) - seconds(r->cost_before.ru_utime);
    double sys = seconds(r->cost_after.ru_stime) - seconds(r->cost_before.ru_stime);
    double done = r->timed ? (double)r->timed : (double)o->count;
    const char *spawned = getenv("BENCH_SPAWNED_NS");
    double first = spawned && r->first ? (double)(r->first - strtoull(spawned, NULL, 10)) / 1e3 : 0;
    double p50 = percentile(r->latency, r->timed, 0.5), p99 = percentile(r->latency, r->timed, 0.99);
    printf("{\"client\":\"%s\",\"work\":\"%s\",\"conc\":%ld,\"count\":%ld,\"done\":%ld,\"errors\":%ld,\"bytes\":%llu,"
           "\"wall_s\":%.6f,\"rps\":%.1f,\"mb_s\":%.1f,\"p50_us\":%.2f,\"p99_us\":%.2f,\"user_s\":%.6f,\"sys_s\":%.6f,"
           "\"cpu_us\":%.3f,\"cpu_s_gb\":%.5f,\"rss_before_kb\":%ld,\"rss_after_kb\":%ld,\"kb_per_open\":%.3f,"
           "\"threads\":%ld,\"first_us\":%.1f%s}\n",
           client, o->work, o->conc, o->count, r->timed, r->errors, (unsigned long long)r->bytes, wall,
           wall > 0 ? done / wall : 0, wall > 0 ? (double)r->bytes / 1e6 / wall : 0, p50, p99, user, sys,
           (user + sys) * 1e6 / done, r->bytes ? (user + sys) / ((double)r->bytes / 1e9) : 0, r->rss_before,
           r->rss_after, (double)(r->rss_after - r->rss_before) / (double)o->conc, r->threads, first, extra);
    fflush(stdout);
}

/* scheme://host[:port]/path into its parts; the scheme decides `secure`. */
static inline int split_url(const char *url, int *secure, char host[64], int *port, char path[256]) {
    if (!strncmp(url, "https://", 8)) { *secure = 1; url += 8; }
    else if (!strncmp(url, "http://", 7)) { *secure = 0; url += 7; }
    else return -1;
    strcpy(path, "/");
    return sscanf(url, "%63[^:]:%d%255s", host, port, path) >= 2 ? 0 : -1;
}
#endif
