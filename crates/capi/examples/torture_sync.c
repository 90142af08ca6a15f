/* Synchronous requests whose handles are closed by other threads at any moment.
 *
 *   torture_sync PORT PATH ROUNDS SEED
 *
 * Every call returns, with success, ERROR_WINHTTP_OPERATION_CANCELLED or ERROR_INVALID_HANDLE; exactly one
 * HANDLE_CLOSING for each request. */
#include "program.h"

#define WORKERS 6
#define CLOSERS 2

static HINTERNET server;
static WCHAR path[1024];
static int rounds, stop, closings, finished, cancelled;
static HINTERNET exposed[WORKERS];

static unsigned chance(unsigned *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void CALLBACK notified(HINTERNET handle, DWORD_PTR context, DWORD status, void *information, DWORD length) {
    (void)handle, (void)information, (void)length;
    if (context != 0 && status == WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING) {
        __atomic_add_fetch(&closings, 1, __ATOMIC_SEQ_CST);
    }
}

static int exchange(HINTERNET request) {
    char buffer[300];
    DWORD read;

    if (!WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 1) || !WinHttpReceiveResponse(request, NULL)) {
        return 0;
    }
    do {
        if (!WinHttpReadData(request, buffer, sizeof buffer, &read)) {
            return 0;
        }
    } while (read > 0);
    return 1;
}

static void *worker(void *argument) {
    intptr_t me = (intptr_t)argument;
    int at;

    for (at = 0; at < rounds; at++) {
        HINTERNET request = WinHttpOpenRequest(server, NULL, path, NULL, NULL, NULL, 0);
        DWORD_PTR context = 1;

        CHECK(request != NULL);
        CHECK(WinHttpSetOption(request, WINHTTP_OPTION_CONTEXT_VALUE, &context, sizeof context));
        __atomic_store_n(&exposed[me], request, __ATOMIC_SEQ_CST);
        if (exchange(request)) {
            __atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
        } else {
            DWORD error = WinHttpCompatGetLastError();

            CHECK(error == ERROR_WINHTTP_OPERATION_CANCELLED || error == ERROR_INVALID_HANDLE);
            __atomic_add_fetch(&cancelled, 1, __ATOMIC_SEQ_CST);
        }
        WinHttpCloseHandle(request);
    }
    return NULL;
}

static void *closer(void *argument) {
    unsigned seed = (unsigned)(uintptr_t)argument;

    while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
        HINTERNET handle = __atomic_load_n(&exposed[chance(&seed) % WORKERS], __ATOMIC_SEQ_CST);

        if (handle != NULL && chance(&seed) % 3 == 0) {
            WinHttpCloseHandle(handle);
        }
        usleep(chance(&seed) % 300);
    }
    return NULL;
}

int main(int count, char **arguments) {
    pthread_t workers[WORKERS], closers[CLOSERS];
    HINTERNET session;
    intptr_t at;
    int waits;

    CHECK(count == 5);
    widen(arguments[2], path, sizeof path / sizeof *path);
    rounds = atoi(arguments[3]);
    session = WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    CHECK(session != NULL);
    CHECK(WinHttpSetStatusCallback(session, notified, WINHTTP_CALLBACK_FLAG_HANDLES, 0) == NULL);
    server = WinHttpConnect(session, T("127.0.0.1"), (INTERNET_PORT)atoi(arguments[1]), 0);
    CHECK(server != NULL);
    for (at = 0; at < WORKERS; at++) {
        CHECK(pthread_create(&workers[at], NULL, worker, (void *)at) == 0);
    }
    for (at = 0; at < CLOSERS; at++) {
        CHECK(pthread_create(&closers[at], NULL, closer, (void *)(atoi(arguments[4]) + at)) == 0);
    }
    for (at = 0; at < WORKERS; at++) {
        CHECK(pthread_join(workers[at], NULL) == 0);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    for (at = 0; at < CLOSERS; at++) {
        CHECK(pthread_join(closers[at], NULL) == 0);
    }
    for (waits = 0; waits < 100 && __atomic_load_n(&closings, __ATOMIC_SEQ_CST) < WORKERS * rounds; waits++) {
        usleep(20000);
    }
    CHECK(closings == WORKERS * rounds);
    CHECK(finished + cancelled == WORKERS * rounds);
    CHECK(WinHttpCloseHandle(server));
    CHECK(WinHttpCloseHandle(session));
    puts("ok");
    return 0;
}
