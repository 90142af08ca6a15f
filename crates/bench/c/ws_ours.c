/* Our WebSocket client: -c sockets, each sends a message of --size bytes, receives it back and sends the next, all from
 * inside callbacks; -n messages in all. */
#include "common.h"
#include <pthread.h>
#include <windows.h>
#include <winhttp.h>

#define W(s) ((const WCHAR *)u##s)

struct slot {
    HINTERNET request, socket;
    uint64_t began;
    char *out, *in;
    long got, ticket;
};

static struct flags o;
static struct run r;
static struct slot *slots;
static HINTERNET session, connection;
static long open_now, started, finished;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t bell = PTHREAD_COND_INITIALIZER;
static int ready, over;

static long add(long *n) { return __atomic_add_fetch(n, 1, __ATOMIC_RELAXED); }

static void ring(int *what) {
    pthread_mutex_lock(&lock);
    *what = 1;
    pthread_cond_signal(&bell);
    pthread_mutex_unlock(&lock);
}

static void wait_for(int *what) {
    pthread_mutex_lock(&lock);
    while (!*what) pthread_cond_wait(&bell, &lock);
    pthread_mutex_unlock(&lock);
}

static void fail(const char *what, DWORD error) {
    if (add(&r.errors) < 5) fprintf(stderr, "%s: error %lu\n", what, (unsigned long)error);
    ring(&ready);
    ring(&over);
}

static void say(struct slot *s) {
    s->began = now_ns();
    s->got = 0;
    DWORD error = WinHttpWebSocketSend(s->socket, WINHTTP_WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, s->out, (DWORD)o.size);
    if (error) fail("WinHttpWebSocketSend", error);
}

static void hear(struct slot *s) {
    DWORD error = WinHttpWebSocketReceive(s->socket, s->in + s->got, (DWORD)(o.size - s->got), NULL, NULL);
    if (error) fail("WinHttpWebSocketReceive", error);
}

static void heard(struct slot *s, const WINHTTP_WEB_SOCKET_STATUS *status) {
    s->got += status->dwBytesTransferred;
    if (status->eBufferType == WINHTTP_WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE) { hear(s); return; }
    if (status->eBufferType != WINHTTP_WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE || s->got != o.size) {
        fail("the echo", (DWORD)s->got);
        return;
    }
    __atomic_add_fetch(&r.bytes, (uint64_t)s->got, __ATOMIC_RELAXED);
    if (s->ticket < r.room) r.latency[s->ticket] = now_ns() - s->began;
    if (add(&finished) == o.count) {
        stop_clock(&r);
        ring(&over);
        return;
    }
    long ticket = add(&started) - 1;
    if (ticket < o.count) {
        s->ticket = ticket;
        say(s);
    }
}

static void CALLBACK told(HINTERNET h, DWORD_PTR context, DWORD status, LPVOID info, DWORD length) {
    struct slot *s = (struct slot *)context;
    (void)length;
    if (!s) return;
    switch (status) {
    case WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE:
        if (!WinHttpReceiveResponse(h, NULL)) fail("WinHttpReceiveResponse", GetLastError());
        break;
    case WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE:
        if (!(s->socket = WinHttpWebSocketCompleteUpgrade(h, context))) fail("WinHttpWebSocketCompleteUpgrade", GetLastError());
        else if (add(&open_now) == o.conc) ring(&ready);
        break;
    case WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE:
        hear(s);
        break;
    case WINHTTP_CALLBACK_STATUS_READ_COMPLETE:
        heard(s, info);
        break;
    case WINHTTP_CALLBACK_STATUS_REQUEST_ERROR:
        fail("REQUEST_ERROR", ((const WINHTTP_ASYNC_RESULT *)info)->dwError);
        break;
    default:
        break;
    }
}

static int dial(struct slot *s, const WCHAR *path) {
    s->out = calloc(1, (size_t)o.size), s->in = calloc(1, (size_t)o.size);
    if (!s->out || !s->in) return 0;
    s->request = WinHttpOpenRequest(connection, W("GET"), path, NULL, WINHTTP_NO_REFERER, WINHTTP_DEFAULT_ACCEPT_TYPES, 0);
    return s->request && WinHttpSetOption(s->request, WINHTTP_OPTION_UPGRADE_TO_WEB_SOCKET, NULL, 0) &&
           WinHttpSendRequest(s->request, WINHTTP_NO_ADDITIONAL_HEADERS, 0, NULL, 0, 0, (DWORD_PTR)s);
}

int main(int argc, char **argv) {
    char host[64], path[256];
    WCHAR host16[64], path16[256];
    int port, secure;
    parse_flags(argc, argv, &o);
    if (split_url(o.url, &secure, host, &port, path) || secure || o.size < 1) return 2;
    for (int i = 0; (host16[i] = (WCHAR)host[i]); i++) {}
    for (int i = 0; (path16[i] = (WCHAR)path[i]); i++) {}
    prepare(&r, o.count);
    slots = calloc((size_t)o.conc, sizeof *slots);
    session = WinHttpOpen(W("bench"), WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, WINHTTP_FLAG_ASYNC);
    if (!slots || !session || WinHttpSetStatusCallback(session, told, WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0) ==
                                  WINHTTP_INVALID_STATUS_CALLBACK) { fail("WinHttpOpen", GetLastError()); return 1; }
    connection = WinHttpConnect(session, host16, (INTERNET_PORT)port, 0);
    for (long i = 0; i < o.conc; i++)
        if (!dial(&slots[i], path16)) { fail("WinHttpSendRequest", GetLastError()); return 1; }
    wait_for(&ready);
    if (r.errors) return 1;
    begin(&r);
    started = o.conc;
    for (long i = 0; i < o.conc; i++) {
        slots[i].ticket = i;
        say(&slots[i]);
    }
    wait_for(&over);
    if (!r.end) stop_clock(&r);
    r.timed = finished < r.room ? finished : r.room;
    weigh(&r);
    report("ours", &o, &r, "");
    _exit(r.errors != 0);
}
