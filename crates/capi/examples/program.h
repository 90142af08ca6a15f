/* What the example programs share: text for both widths of WCHAR, a thread-safe flag to wait for, and checks that
 * end the program. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <winhttp.h>
#include <winhttp/library.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* T("text") is text in WCHARs. */
#if WINHTTP_WCHAR_BITS == 16
#define T(s) ((const WCHAR *)u##s)
#else
#define T(s) ((const WCHAR *)L##s)
#endif

/* Ends the program with a line that says where, unless the condition holds. */
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s (last error %u)\n", __FILE__, __LINE__, #condition,                             \
                    (unsigned)WinHttpCompatGetLastError());                                                            \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* The last error right after a call that fails. */
#define FAILS_WITH(error, call)                                                                                        \
    do {                                                                                                               \
        WinHttpCompatSetLastError(0xdeadbeef);                                                                         \
        CHECK(!(call));                                                                                                \
        CHECK(WinHttpCompatGetLastError() == (error));                                                                 \
    } while (0)

/* A call that succeeds leaves 0. */
#define SUCCEEDS(call)                                                                                                 \
    do {                                                                                                               \
        WinHttpCompatSetLastError(0xdeadbeef);                                                                         \
        CHECK(call);                                                                                                   \
        CHECK(WinHttpCompatGetLastError() == 0);                                                                       \
    } while (0)

/* An event: set once, waited for with a limit in seconds. */
typedef struct EVENT {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int set;
} EVENT;

#define EVENT_INITIAL {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0}

static inline void event_set(EVENT *event) {
    pthread_mutex_lock(&event->lock);
    event->set = 1;
    pthread_cond_broadcast(&event->changed);
    pthread_mutex_unlock(&event->lock);
}

static inline void event_reset(EVENT *event) {
    pthread_mutex_lock(&event->lock);
    event->set = 0;
    pthread_mutex_unlock(&event->lock);
}

static inline int event_wait(EVENT *event, int seconds) {
    struct timespec limit;
    int set;

    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += seconds;
    pthread_mutex_lock(&event->lock);
    while (!event->set && pthread_cond_timedwait(&event->changed, &event->lock, &limit) == 0) {
    }
    set = event->set;
    pthread_mutex_unlock(&event->lock);
    return set;
}

/* ASCII text as WCHARs. */
static inline void widen(const char *text, WCHAR *wide, size_t room) {
    size_t at = 0;

    for (; text[at] != 0 && at + 1 < room; at++) {
        wide[at] = (WCHAR)(unsigned char)text[at];
    }
    wide[at] = 0;
}

static inline size_t wide_length(const WCHAR *text) {
    size_t length = 0;

    while (text[length] != 0) {
        length++;
    }
    return length;
}

/* Whether WCHARs spell an ASCII text. */
static inline int spells(const WCHAR *wide, const char *text) {
    size_t at = 0;

    while (text[at] != 0 && wide[at] == (WCHAR)(unsigned char)text[at]) {
        at++;
    }
    return text[at] == 0 && wide[at] == 0;
}

/* Open descriptors of this process, -1 where that cannot be seen. */
static inline int descriptors(void) {
    int count = 0;
    int at;

    for (at = 0; at < 4096; at++) {
        char name[64];
        char target[8];

        snprintf(name, sizeof name, "/proc/self/fd/%d", at);
        if (readlink(name, target, sizeof target) >= 0) {
            count++;
        }
    }
    return count > 0 ? count : -1;
}

#endif
