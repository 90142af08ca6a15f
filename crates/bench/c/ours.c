/* Our client: winhttp.h alone for the network, every notification on, the next request started from inside a
 * callback. Portable to any winhttp.h with 16-bit text apart from the clock and the accounting of common.h. */
#include "common.h"
#include <pthread.h>
#include <windows.h>
#include <winhttp.h>

#define W(s) ((const WCHAR *)u##s)

struct slot {
    HINTERNET request;
    uint64_t began;
    char *buffer;
    const void *thread;      /* that told its last callback */
    long callbacks, handoffs, sent, ticket;
    int opened, blocker;
};

static struct flags o;
static struct run r;
static struct slot *slots;
static HINTERNET session, connection;
static WCHAR path16[256], host16[64];
static int secure, up, fresh, opening, blocking;
static long started, finished, opened, launched;
static uint64_t *quiet, *disturbed;
static long quiet_n, disturbed_n, blockings, leads;
static const void *leader;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t bell = PTHREAD_COND_INITIALIZER;
static int over, arrived;
static __thread char here;

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
    *what = 0;
    pthread_mutex_unlock(&lock);
}

static void fail(const char *what) {
    if (add(&r.errors) < 5) fprintf(stderr, "%s: error %lu\n", what, (unsigned long)GetLastError());
    ring(&over);
}

static void start(struct slot *s) {
    s->began = now_ns();
    s->sent = 0;
    s->request = WinHttpOpenRequest(connection, up ? W("POST") : W("GET"), path16, NULL, WINHTTP_NO_REFERER,
                                    WINHTTP_DEFAULT_ACCEPT_TYPES, secure ? WINHTTP_FLAG_SECURE : 0);
    if (!s->request) { fail("WinHttpOpenRequest"); return; }
    if (fresh) {
        DWORD off = WINHTTP_DISABLE_KEEP_ALIVE;
        if (!WinHttpSetOption(s->request, WINHTTP_OPTION_DISABLE_FEATURE, &off, sizeof off)) fail("keep-alive");
    }
    if (!WinHttpSendRequest(s->request, WINHTTP_NO_ADDITIONAL_HEADERS, 0, WINHTTP_NO_REQUEST_DATA, 0,
                            up ? (DWORD)o.size : 0, (DWORD_PTR)s))
        fail("WinHttpSendRequest");
}

static void note_latency(struct slot *s, uint64_t ns) {
    if (!blocking) {
        if (s->ticket < r.room) r.latency[s->ticket] = ns;
        return;
    }
    if (s->blocker) return;
    if (s->ticket < o.count / 2) { quiet[add(&quiet_n) - 1] = ns; }
    else disturbed[add(&disturbed_n) - 1] = ns;
}

static void done(struct slot *s) {
    note_latency(s, now_ns() - s->began);
    HINTERNET h = s->request;
    s->request = NULL;
    WinHttpCloseHandle(h);
    if (s->blocker && __atomic_load_n(&finished, __ATOMIC_RELAXED) >= o.count / 2) {
        struct timespec t = {0, o.hold_ms * 1000000};
        nanosleep(&t, NULL);
        blockings++;
    }
    if (add(&finished) == o.count) {
        stop_clock(&r);
        ring(&over);
    } else if (o.from_app) {
        ring(&arrived);
    } else {
        long ticket = add(&started) - 1;
        if (ticket < o.count) {
            s->ticket = ticket;
            start(s);
        }
    }
}

static void more(struct slot *s) {
    if (!WinHttpReadData(s->request, s->buffer, (DWORD)o.buffer, NULL)) fail("WinHttpReadData");
}

static void push(struct slot *s) {
    if (s->sent == o.size) {
        if (!WinHttpReceiveResponse(s->request, NULL)) fail("WinHttpReceiveResponse");
        return;
    }
    long n = o.size - s->sent < o.buffer ? o.size - s->sent : o.buffer;
    s->sent += n;
    __atomic_add_fetch(&r.bytes, (uint64_t)n, __ATOMIC_RELAXED);
    if (!WinHttpWriteData(s->request, s->buffer, (DWORD)n, NULL)) fail("WinHttpWriteData");
}

/* A slot is open when its headers are in and a read is pending. At most 256 are on the way. */
static void one_open(struct slot *s) {
    if (s->opened) return;
    s->opened = 1;
    if (add(&opened) == o.conc) {
        stop_clock(&r);
        ring(&over);
        return;
    }
    long next = add(&launched) - 1;
    if (next < o.conc) start(&slots[next]);
}

static void watch_thread(struct slot *s) {
    s->callbacks++;
    if (s->thread && s->thread != &here) s->handoffs++;
    s->thread = &here;
    if (!blocking || s->blocker || __atomic_load_n(&leader, __ATOMIC_RELAXED) == &here) return;
    __atomic_store_n(&leader, &here, __ATOMIC_RELAXED);
    add(&leads);
}

static void CALLBACK heard(HINTERNET h, DWORD_PTR context, DWORD status, LPVOID info, DWORD length) {
    struct slot *s = (struct slot *)context;
    (void)info;
    if (!s) return;
    watch_thread(s);
    switch (status) {
    case WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE:
        if (up) push(s);
        else if (!WinHttpReceiveResponse(h, NULL)) fail("WinHttpReceiveResponse");
        break;
    case WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE:
        push(s);
        break;
    case WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE:
        more(s);
        if (opening) one_open(s);
        break;
    case WINHTTP_CALLBACK_STATUS_READ_COMPLETE:
        if (!r.first) r.first = now_ns();
        if (!length) { done(s); break; }
        if (!up) __atomic_add_fetch(&r.bytes, length, __ATOMIC_RELAXED);
        more(s);
        break;
    case WINHTTP_CALLBACK_STATUS_REQUEST_ERROR: {
        const WINHTTP_ASYNC_RESULT *e = info;
        fprintf(stderr, "REQUEST_ERROR call %lu error %lu\n", (unsigned long)e->dwResult, (unsigned long)e->dwError);
        add(&r.errors);
        ring(&over);
        break;
    }
    default:
        break;
    }
}

static void loop_sync(void) {
    for (long i = 0; i < o.count; i++) {
        uint64_t began = now_ns();
        DWORD got = 1;
        HINTERNET h = WinHttpOpenRequest(connection, W("GET"), path16, NULL, NULL, NULL, secure ? WINHTTP_FLAG_SECURE : 0);
        if (!h || !WinHttpSendRequest(h, NULL, 0, NULL, 0, 0, 0) || !WinHttpReceiveResponse(h, NULL)) { fail("sync"); return; }
        while (got) {
            if (!WinHttpReadData(h, slots[0].buffer, (DWORD)o.buffer, &got)) { fail("WinHttpReadData"); return; }
            r.bytes += got;
        }
        WinHttpCloseHandle(h);
        timed(&r, now_ns() - began);
    }
    stop_clock(&r);
}

static void load(void) {
    long first = opening && o.conc > 256 ? 256 : o.conc;
    started = launched = first;
    if (o.from_app) {
        for (long i = 0; i < o.count; i++) {
            slots[0].ticket = i;
            start(&slots[0]);
            if (i + 1 < o.count) wait_for(&arrived);
        }
    } else {
        for (long i = 0; i < first; i++) {
            slots[i].ticket = i;
            start(&slots[i]);
        }
    }
    wait_for(&over);
    if (!r.end) stop_clock(&r);
    if (opening) usleep((useconds_t)(o.hold_ms * 1000));
    else r.timed = blocking ? 0 : (finished < r.room ? finished : r.room);
}

int main(int argc, char **argv) {
    char host[64], path[256], extra[512];
    int port;
    parse_flags(argc, argv, &o);
    if (split_url(o.url, &secure, host, &port, path)) return 2;
    for (int i = 0; (host16[i] = (WCHAR)host[i]); i++) {}
    for (int i = 0; (path16[i] = (WCHAR)path[i]); i++) {}
    up = is_work(&o, "up"), fresh = is_work(&o, "fresh"), opening = is_work(&o, "open"), blocking = is_work(&o, "block");
    int sync = is_work(&o, "sync");
    /* Two series when blocking, each with room for all. */
    prepare(&r, blocking ? 2 * o.count : o.count);
    quiet = r.latency, disturbed = r.latency + (blocking ? o.count : 0);
    slots = calloc((size_t)o.conc, sizeof *slots);
    if (!slots) return 1;
    for (long i = 0; i < o.conc; i++)
        if (!(slots[i].buffer = calloc(1, (size_t)o.buffer))) return 1;
    slots[0].blocker = blocking;
    session = WinHttpOpen(W("bench"), WINHTTP_ACCESS_TYPE_NO_PROXY, WINHTTP_NO_PROXY_NAME, WINHTTP_NO_PROXY_BYPASS,
                          sync ? 0 : WINHTTP_FLAG_ASYNC);
    if (!session) { fail("WinHttpOpen"); return 1; }
    if (!sync && WinHttpSetStatusCallback(session, heard, WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0) ==
                     WINHTTP_INVALID_STATUS_CALLBACK) { fail("WinHttpSetStatusCallback"); return 1; }
    connection = WinHttpConnect(session, host16, (INTERNET_PORT)port, 0);
    if (!connection) { fail("WinHttpConnect"); return 1; }
    begin(&r);
    if (sync) loop_sync();
    else load();
    weigh(&r);
    long callbacks = 0, handoffs = 0;
    for (long i = 0; i < o.conc; i++) callbacks += slots[i].callbacks, handoffs += slots[i].handoffs;
    double p90q = blocking ? percentile(quiet, quiet_n, 0.9) : 0, p90d = percentile(disturbed, disturbed_n, 0.9);
    double n = (double)(opening ? o.conc : o.count);
    snprintf(extra, sizeof extra,
             ",\"opened\":%ld,\"callbacks_per\":%.3f,\"handoffs_per\":%.5f,\"p90_quiet_us\":%.2f,\"p90_others_us\":%.2f,"
             "\"p90_ratio\":%.3f,\"blockings\":%ld,\"leads_per_14\":%.3f",
             opened, (double)callbacks / n, (double)handoffs / n, p90q, p90d, p90q > 0 ? p90d / p90q : 0, blockings,
             blockings ? (double)leads * 14 / (double)blockings : 0);
    report("ours", &o, &r, extra);
    if (opening || r.errors) _exit(r.errors != 0);
    WinHttpCloseHandle(connection);
    WinHttpCloseHandle(session);
    return 0;
}
