/* Handles under stress: closed twice, inside callbacks, from other threads, in every phase.
 *
 *   torture PORT PATH ROUNDS SEED
 *
 * Exactly one HANDLE_CLOSING for each request, nothing after it, no descriptor and no thread left over. */
#include "program.h"

#define THREADS 4

typedef struct VICTIM {
    HINTERNET handle;
    char buffer[512];
    unsigned close_at; /* the number of the callback that closes it, 0 for none */
    unsigned calls;
    int closings;
    int opened;
} VICTIM;

static HINTERNET session, server;
static WCHAR path[1024];
static int rounds, alive;
static EVENT none_left = EVENT_INITIAL;

static unsigned chance(unsigned *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void CALLBACK notified(HINTERNET handle, DWORD_PTR context, DWORD status, void *information, DWORD length) {
    VICTIM *victim = (VICTIM *)context;

    (void)information;
    if (victim == NULL) {
        return;
    }
    CHECK(__atomic_load_n(&victim->closings, __ATOMIC_SEQ_CST) == 0);
    if (status == WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING) {
        CHECK(__atomic_add_fetch(&victim->closings, 1, __ATOMIC_SEQ_CST) == 1);
        /* The value is dead: closing it again changes nothing. */
        CHECK(!WinHttpCloseHandle(handle));
        if (__atomic_sub_fetch(&alive, 1, __ATOMIC_SEQ_CST) == 0) {
            event_set(&none_left);
        }
        return;
    }
    if (__atomic_add_fetch(&victim->calls, 1, __ATOMIC_SEQ_CST) == victim->close_at) {
        /* Another thread may have been faster. */
        WinHttpCloseHandle(handle);
        CHECK(!WinHttpCloseHandle(handle));
    }
    switch (status) {
    case WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE:
        WinHttpReceiveResponse(handle, NULL);
        break;
    case WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE:
        WinHttpQueryDataAvailable(handle, NULL);
        break;
    case WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE:
        WinHttpReadData(handle, victim->buffer, sizeof victim->buffer, NULL);
        break;
    case WINHTTP_CALLBACK_STATUS_READ_COMPLETE:
        if (length > 0) {
            WinHttpReadData(handle, victim->buffer, sizeof victim->buffer, NULL);
        } else {
            WinHttpCloseHandle(handle);
        }
        break;
    case WINHTTP_CALLBACK_STATUS_REQUEST_ERROR:
        WinHttpCloseHandle(handle);
        break;
    default:
        break;
    }
}

static void *tormentor(void *argument) {
    unsigned seed = (unsigned)(uintptr_t)argument;
    VICTIM *victims = calloc((size_t)rounds, sizeof *victims);
    int at;

    CHECK(victims != NULL);
    for (at = 0; at < rounds; at++) {
        VICTIM *victim = &victims[at];
        DWORD_PTR context = (DWORD_PTR)victim;
        unsigned when = chance(&seed) % 6;

        victim->close_at = chance(&seed) % 16;
        __atomic_add_fetch(&alive, 1, __ATOMIC_SEQ_CST);
        victim->handle = WinHttpOpenRequest(server, NULL, path, NULL, NULL, NULL, 0);
        CHECK(victim->handle != NULL);
        victim->opened = 1;
        CHECK(WinHttpSetOption(victim->handle, WINHTTP_OPTION_CONTEXT_VALUE, &context, sizeof context));
        if (when == 0) {
            CHECK(WinHttpCloseHandle(victim->handle));
            continue;
        }
        CHECK(WinHttpSendRequest(victim->handle, NULL, 0, NULL, 0, 0, context));
        if (when == 1) {
            WinHttpCloseHandle(victim->handle);
        } else if (when == 2) {
            usleep(chance(&seed) % 2000);
            WinHttpCloseHandle(victim->handle);
            WinHttpCloseHandle(victim->handle);
        } else if (when == 3) {
            /* An old value of this very thread, long since somebody else's or nobody's. */
            VICTIM *old = &victims[chance(&seed) % (unsigned)(at + 1)];
            WinHttpCloseHandle(old->handle);
        }
    }
    return victims;
}

static int threads_now(void) {
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    int count = -1;

    if (status == NULL) {
        return -1;
    }
    while (fgets(line, sizeof line, status) != NULL) {
        sscanf(line, "Threads: %d", &count);
    }
    fclose(status);
    return count;
}

/* Descriptors, once they are no more than wanted or have stayed the same for a while. */
static int settled(int wanted) {
    int now = descriptors(), before, waits;

    for (waits = 0; waits < 50 && now > wanted; waits++) {
        before = now;
        usleep(100000);
        now = descriptors();
        if (wanted == 0 && now == before) {
            break;
        }
    }
    return now;
}

int main(int count, char **arguments) {
    pthread_t threads[THREADS];
    void *victims[THREADS];
    int at, turn, first_descriptors = 0;
    BOOL yes = TRUE;

    CHECK(count == 5);
    widen(arguments[2], path, sizeof path / sizeof *path);
    rounds = atoi(arguments[3]);
    for (turn = 0; turn < 3; turn++) {
        event_reset(&none_left);
        alive = 1;
        session = WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, WINHTTP_FLAG_ASYNC);
        CHECK(session != NULL);
        /* Connections at rest go with the session, so that what is left over can be counted. */
        CHECK(WinHttpSetOption(session, WINHTTP_OPTION_DISABLE_GLOBAL_POOLING, &yes, sizeof yes));
        CHECK(WinHttpSetStatusCallback(session, notified, WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0) == NULL);
        server = WinHttpConnect(session, T("127.0.0.1"), (INTERNET_PORT)atoi(arguments[1]), 0);
        CHECK(server != NULL);
        for (at = 0; at < THREADS; at++) {
            unsigned seed = (unsigned)atoi(arguments[4]) * 1000u + (unsigned)(turn * THREADS + at);

            CHECK(pthread_create(&threads[at], NULL, tormentor, (void *)(uintptr_t)seed) == 0);
        }
        for (at = 0; at < THREADS; at++) {
            CHECK(pthread_join(threads[at], &victims[at]) == 0);
        }
        if (__atomic_sub_fetch(&alive, 1, __ATOMIC_SEQ_CST) == 0) {
            event_set(&none_left);
        }
        if (!event_wait(&none_left, 60)) {
            fprintf(stderr, "%d handles were never told that they close\n", alive);
            return 1;
        }
        /* The callback counts before it returns; nothing may follow. */
        usleep(20000);
        for (at = 0; at < THREADS; at++) {
            VICTIM *each = victims[at];
            int of;

            for (of = 0; of < rounds; of++) {
                CHECK(each[of].closings == 1);
            }
            free(each);
        }
        CHECK(WinHttpCloseHandle(server));
        CHECK(WinHttpCloseHandle(session));
        /* The first turn brings the library's own descriptors, the ones after it bring none. */
        if (turn == 0) {
            first_descriptors = settled(0);
        }
    }
    if (first_descriptors > 0) {
        int now = settled(first_descriptors);

        if (now > first_descriptors) {
            fprintf(stderr, "%d descriptors after the first turn, %d now\n", first_descriptors, now);
            return 1;
        }
    }
    CHECK(threads_now() < 40);
    puts("ok");
    return 0;
}
