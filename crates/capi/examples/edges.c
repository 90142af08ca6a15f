/* What lies at the edges of the contract: last errors of calls that go on, nesting, callbacks that are replaced,
 * events, forks and cancelled threads.
 *
 *   edges PORT FAST SLOW
 *
 * SLOW must not answer for a long time. */
#include "program.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static INTERNET_PORT port;
static WCHAR fast[256], slow[256];

/* ---- callbacks ---- */

static void CALLBACK first(HINTERNET handle, DWORD_PTR context, DWORD status, void *information, DWORD length) {
    (void)handle, (void)context, (void)status, (void)information, (void)length;
}

static void CALLBACK second(HINTERNET handle, DWORD_PTR context, DWORD status, void *information, DWORD length) {
    (void)handle, (void)context, (void)status, (void)information, (void)length;
}

static void replaced(void) {
    HINTERNET session = WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, WINHTTP_FLAG_ASYNC), server;
    WINHTTP_STATUS_CALLBACK callback = NULL;
    DWORD size = sizeof callback;

    WinHttpCompatSetLastError(0xdeadbeef);
    CHECK(WinHttpSetStatusCallback(session, first, WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0) == NULL);
    CHECK(WinHttpCompatGetLastError() == 0);
    server = WinHttpConnect(session, T("127.0.0.1"), port, 0);
    CHECK(WinHttpSetStatusCallback(session, second, WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0) == first);
    /* A handle has its parent's callback of the moment when it was made. */
    SUCCEEDS(WinHttpQueryOption(server, WINHTTP_OPTION_CALLBACK, (void *)&callback, &size));
    CHECK(callback == first && size == sizeof callback);
    CHECK(WinHttpSetStatusCallback(server, NULL, 0, 0) == first);
    CHECK(WinHttpSetStatusCallback(server, NULL, 0, 0) == NULL);
    CHECK(WinHttpCloseHandle(server));
    CHECK(WinHttpCloseHandle(session));
}

/* ---- calls that go on ---- */

typedef struct EXCHANGE {
    EVENT headers, done, closed;
    pthread_t main;
    char buffer[16];
    int depth, deepest, inline_calls, later_calls;
    DWORD count;
} EXCHANGE;

/* Reads byte by byte from inside the completion of the byte before. */
static void CALLBACK nested(HINTERNET handle, DWORD_PTR context, DWORD status, void *information, DWORD length) {
    EXCHANGE *exchange = (EXCHANGE *)context;

    (void)information;
    if (exchange == NULL) {
        return;
    }
    switch (status) {
    case WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE:
        CHECK(WinHttpReceiveResponse(handle, NULL));
        CHECK(WinHttpCompatGetLastError() == 0);
        break;
    case WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE:
    case WINHTTP_CALLBACK_STATUS_READ_COMPLETE: {
        DWORD read = 0xdeadbeef;

        if (status == WINHTTP_CALLBACK_STATUS_READ_COMPLETE && length == 0) {
            event_set(&exchange->done);
            break;
        }
        exchange->depth++;
        if (exchange->depth > exchange->deepest) {
            exchange->deepest = exchange->depth;
        }
        CHECK(WinHttpReadData(handle, exchange->buffer, 1, &read));
        if (WinHttpCompatGetLastError() == 0) {
            exchange->inline_calls++;
            CHECK(read <= 1);
        } else {
            CHECK(WinHttpCompatGetLastError() == ERROR_IO_PENDING);
            exchange->later_calls++;
        }
        exchange->depth--;
        break;
    }
    case WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING:
        event_set(&exchange->closed);
        break;
    default:
        break;
    }
}

static void nesting(void) {
    static EXCHANGE exchange = {.headers = EVENT_INITIAL, .done = EVENT_INITIAL, .closed = EVENT_INITIAL};
    HINTERNET session = WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, WINHTTP_FLAG_ASYNC);
    HINTERNET server = WinHttpConnect(session, T("127.0.0.1"), port, 0);
    HINTERNET request = WinHttpOpenRequest(server, NULL, fast, NULL, NULL, NULL, 0);

    CHECK(request != NULL);
    CHECK(WinHttpSetStatusCallback(request, nested, WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0) == NULL);
    SUCCEEDS(WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, (DWORD_PTR)&exchange));
    CHECK(event_wait(&exchange.done, 20));
    CHECK(exchange.inline_calls > 0 && exchange.later_calls > 0);
    /* HEADERS_AVAILABLE and at most three READ_COMPLETE of the request on one stack. */
    CHECK(exchange.deepest >= 2 && exchange.deepest <= 3);
    SUCCEEDS(WinHttpCloseHandle(request));
    CHECK(event_wait(&exchange.closed, 10));
    CHECK(WinHttpCloseHandle(server));
    CHECK(WinHttpCloseHandle(session));
}

/* ---- events ---- */

static EVENT unloaded = EVENT_INITIAL;

static void signalled(WINHTTP_HANDLE event) {
    event_set((EVENT *)event);
}

static void unloading(void) {
    HINTERNET session = WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, WINHTTP_FLAG_ASYNC);
    HINTERNET server = WinHttpConnect(session, T("127.0.0.1"), port, 0);
    WINHTTP_HANDLE event = &unloaded;

    WinHttpCompatSetEventHook(signalled);
    SUCCEEDS(WinHttpSetOption(session, WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT, &event, sizeof event));
    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE,
               WinHttpSetOption(server, WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT, &event, sizeof event));
    CHECK(WinHttpCloseHandle(session));
    /* A child is still there. */
    CHECK(!unloaded.set);
    CHECK(WinHttpCloseHandle(server));
    CHECK(event_wait(&unloaded, 10));
}

/* ---- a connection that serves nobody else ---- */

static INTERNET_PORT local_port(HINTERNET request) {
    WINHTTP_CONNECTION_INFO info;
    DWORD size = sizeof info;
    INTERNET_PORT local;

    memset(&info, 0, sizeof info);
    SUCCEEDS(WinHttpQueryOption(request, WINHTTP_OPTION_CONNECTION_INFO, &info, &size));
    CHECK(size == sizeof info && info.cbSize == sizeof info);
    memcpy(&local, (char *)&info.LocalAddress + 2, sizeof local);
    return local;
}

static INTERNET_PORT get_and(HINTERNET server, int expire) {
    HINTERNET request = WinHttpOpenRequest(server, NULL, fast, NULL, NULL, NULL, 0);
    char buffer[4096];
    INTERNET_PORT local;
    DWORD read;

    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_STATE,
               WinHttpSetOption(request, WINHTTP_OPTION_EXPIRE_CONNECTION, NULL, 0));
    CHECK(WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0));
    if (expire) {
        SUCCEEDS(WinHttpSetOption(request, WINHTTP_OPTION_EXPIRE_CONNECTION, NULL, 0));
    }
    local = local_port(request);
    CHECK(WinHttpReceiveResponse(request, NULL));
    SUCCEEDS(WinHttpReadData(request, buffer, sizeof buffer, &read));
    CHECK(local_port(request) == local);
    CHECK(WinHttpCloseHandle(request));
    return local;
}

static void expiring(void) {
    HINTERNET session = WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    HINTERNET server = WinHttpConnect(session, T("127.0.0.1"), port, 0);
    INTERNET_PORT used = get_and(server, 0);

    CHECK(get_and(server, 1) == used);
    CHECK(get_and(server, 0) != used);
    CHECK(WinHttpCloseHandle(server));
    CHECK(WinHttpCloseHandle(session));
}

/* ---- one more process ---- */

static DWORD get(void) {
    HINTERNET session = WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    HINTERNET server = WinHttpConnect(session, T("127.0.0.1"), port, 0);
    HINTERNET request = WinHttpOpenRequest(server, NULL, fast, NULL, NULL, NULL, 0);
    DWORD status = 0, size = sizeof status;

    CHECK(WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0));
    CHECK(WinHttpReceiveResponse(request, NULL));
    CHECK(WinHttpQueryHeaders(request, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER, NULL, &status, &size,
                              NULL));
    CHECK(WinHttpCloseHandle(request));
    CHECK(WinHttpCloseHandle(server));
    CHECK(WinHttpCloseHandle(session));
    return status;
}

static void forking(void) {
    HINTERNET session = WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    int status = 0;
    pid_t child;

    CHECK(get() == 200);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        /* The parent's handles are not this process's; everything else works. */
        FAILS_WITH(ERROR_INVALID_HANDLE, WinHttpConnect(session, T("127.0.0.1"), port, 0) != NULL);
        /* Memory of the parent's threads is nobody's here: a checker that looked for it at the end would call it
         * lost. A program that is replaced is not looked at. */
        execl("/bin/sh", "sh", "-c", get() == 200 ? "exit 0" : "exit 1", (char *)NULL);
        _exit(1);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(get() == 200);
    CHECK(WinHttpCloseHandle(session));
}

/* ---- a thread that is cancelled inside a call ---- */

static int after_the_call;

static void *blocked(void *request) {
    if (WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0)) {
        WinHttpReceiveResponse(request, NULL);
    }
    after_the_call = 1;
    pthread_testcancel();
    after_the_call = 2;
    return NULL;
}

static void cancelling(void) {
    HINTERNET session = WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    HINTERNET server = WinHttpConnect(session, T("127.0.0.1"), port, 0);
    HINTERNET request = WinHttpOpenRequest(server, NULL, slow, NULL, NULL, NULL, 0);
    pthread_t thread;
    void *result = NULL;

    CHECK(pthread_create(&thread, NULL, blocked, request) == 0);
    usleep(200000);
    CHECK(pthread_cancel(thread) == 0);
    usleep(100000);
    /* It waits for the call to end, and then has its effect. */
    CHECK(after_the_call == 0);
    CHECK(WinHttpCloseHandle(request));
    CHECK(pthread_join(thread, &result) == 0);
    CHECK(result == PTHREAD_CANCELED && after_the_call == 1);
    CHECK(WinHttpCloseHandle(server));
    CHECK(WinHttpCloseHandle(session));
    CHECK(get() == 200);
}

/* ---- a callback that does not come back ---- */

static void CALLBACK leaves(HINTERNET handle, DWORD_PTR context, DWORD status, void *information, DWORD length) {
    (void)handle, (void)context, (void)information, (void)length;
    if (status == WINHTTP_CALLBACK_STATUS_SENDING_REQUEST) {
        pthread_exit(NULL);
    }
}

static void *leaving_thread(void *mode) {
    HINTERNET session = WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, (DWORD)(uintptr_t)mode);
    HINTERNET server = WinHttpConnect(session, T("127.0.0.1"), port, 0);
    HINTERNET request = WinHttpOpenRequest(server, NULL, fast, NULL, NULL, NULL, 0);

    WinHttpSetStatusCallback(request, leaves, WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0);
    WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0);
    return NULL;
}

/* It ends the process, on the application's own threads and on the library's. */
static void leaving(DWORD mode) {
    int status = 0;
    pid_t child = fork();

    CHECK(child >= 0);
    if (child == 0) {
        struct rlimit none = {0, 0};
        pthread_t thread;

        setrlimit(RLIMIT_CORE, &none);
        CHECK(freopen("/dev/null", "w", stderr) != NULL);
        if (pthread_create(&thread, NULL, leaving_thread, (void *)(uintptr_t)mode) == 0) {
            sleep(10);
        }
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(int count, char **arguments) {
    CHECK(count == 4);
    port = (INTERNET_PORT)atoi(arguments[1]);
    widen(arguments[2], fast, sizeof fast / sizeof *fast);
    widen(arguments[3], slow, sizeof slow / sizeof *slow);
    replaced();
    nesting();
    unloading();
    expiring();
    forking();
    cancelling();
    /* Under a checker that looks at what a process leaves behind, ends like these are none of its business. */
    if (getenv("WINHTTP_PROGRAMS") == NULL) {
        leaving(0);
        leaving(WINHTTP_FLAG_ASYNC);
    }
    puts("ok");
    return 0;
}
