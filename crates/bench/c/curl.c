/* libcurl's multi interface. BENCH_DRIVE=socket: epoll and curl_multi_socket_action; poll: curl_multi_poll. */
#include "common.h"
#include <curl/curl.h>
#include <sys/epoll.h>

struct transfer {
    CURL *easy;
    uint64_t began;
    long sent;
    int opened;
};

static struct flags o;
static struct run r;
static struct transfer *transfers;
static CURLM *multi;
static int ep, up, opening, socket_drive;
static uint64_t deadline;
static int timer_set;
static long started, opened;

static void need(int ok, const char *what) {
    if (!ok) { fprintf(stderr, "%s failed\n", what); exit(1); }
}

static size_t on_body(char *data, size_t size, size_t n, void *of) {
    struct transfer *t = of;
    (void)data;
    if (!r.first) r.first = now_ns();
    if (!up) r.bytes += size * n;
    if (opening && !t->opened) t->opened = 1, opened++;
    return size * n;
}

static size_t on_upload(char *data, size_t size, size_t n, void *of) {
    struct transfer *t = of;
    long room = (long)(size * n), left = o.size - t->sent, now = left < room ? left : room;
    memset(data, 0, (size_t)now);
    t->sent += now, r.bytes += (uint64_t)now;
    return (size_t)now;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known) {
    struct epoll_event e = {.data.fd = fd};
    (void)easy, (void)user;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL);
        curl_multi_assign(multi, fd, NULL);
        return 0;
    }
    e.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    epoll_ctl(ep, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e);
    if (!known) curl_multi_assign(multi, fd, &ep);
    return 0;
}

static int on_timer(CURLM *m, long ms, void *user) {
    (void)m, (void)user;
    timer_set = ms >= 0;
    deadline = now_ns() + (uint64_t)(ms > 0 ? ms : 0) * 1000000u;
    return 0;
}

static void go(struct transfer *t) {
    started++;
    t->began = now_ns();
    t->sent = 0;
    need(curl_multi_add_handle(multi, t->easy) == CURLM_OK, "curl_multi_add_handle");
}

static void reap(void) {
    CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(multi, &left))) {
        struct transfer *t;
        if (m->msg != CURLMSG_DONE) continue;
        CURL *easy = m->easy_handle;
        if (m->data.result != CURLE_OK && ++r.errors < 5) fprintf(stderr, "%s\n", curl_easy_strerror(m->data.result));
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
        timed(&r, now_ns() - t->began);
        curl_multi_remove_handle(multi, easy);
        if (started < o.count) go(t);
    }
}

static void step_socket(void) {
    struct epoll_event ev[256];
    int running, wait = 50;
    uint64_t now = timer_set ? now_ns() : 0;
    if (timer_set) {
        wait = deadline <= now ? 0 : (int)((deadline - now + 999999) / 1000000);
        if (wait > 50) wait = 50;
    }
    int n = timer_set && wait == 0 ? 0 : epoll_wait(ep, ev, 256, wait);
    for (int i = 0; i < n; i++) {
        unsigned e = ev[i].events;
        int bits = (e & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0) | (e & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                   (e & EPOLLERR ? CURL_CSELECT_ERR : 0);
        curl_multi_socket_action(multi, ev[i].data.fd, bits, &running);
    }
    if (timer_set && now_ns() >= deadline) {
        timer_set = 0;
        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
}

static void step(void) {
    int running;
    if (socket_drive) step_socket();
    else curl_multi_perform(multi, &running);
    reap();
    int over = opening ? opened >= o.conc : r.timed >= o.count;
    if (!socket_drive && !over) curl_multi_poll(multi, NULL, 0, 50, NULL);
}

static CURL *easy_for(struct transfer *t, CURLSH *share) {
    CURL *e = curl_easy_init();
    need(e != NULL, "curl_easy_init");
    curl_easy_setopt(e, CURLOPT_URL, o.url);
    curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    if (o.buffer >= 1024 && is_work(&o, "down")) curl_easy_setopt(e, CURLOPT_BUFFERSIZE, o.buffer);
    if (is_work(&o, "fresh")) curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
    if (up) {
        curl_easy_setopt(e, CURLOPT_POST, 1L);
        curl_easy_setopt(e, CURLOPT_READFUNCTION, on_upload);
        curl_easy_setopt(e, CURLOPT_READDATA, t);
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)o.size);
        curl_easy_setopt(e, CURLOPT_HTTPHEADER, curl_slist_append(NULL, "Expect:"));
        curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, o.buffer < 16384 ? 16384 : o.buffer);
    }
    if (!strncmp(o.url, "https:", 6)) {
        need(curl_easy_setopt(e, CURLOPT_CAINFO, o.ca) == CURLE_OK, "CURLOPT_CAINFO");
        curl_easy_setopt(e, CURLOPT_TLS13_CIPHERS, "TLS_AES_128_GCM_SHA256");
        curl_easy_setopt(e, CURLOPT_SSL_SESSIONID_CACHE, o.resume ? 1L : 0L);
        if (o.resume) curl_easy_setopt(e, CURLOPT_SHARE, share);
    }
    return e;
}

int main(int argc, char **argv) {
    char name[64];
    const char *drive = getenv("BENCH_DRIVE");
    CURLSH *share = NULL;
    parse_flags(argc, argv, &o);
    socket_drive = !drive || strcmp(drive, "poll");
    up = is_work(&o, "up"), opening = is_work(&o, "open");
    need(curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK, "curl_global_init");
    multi = curl_multi_init();
    need(multi != NULL, "curl_multi_init");
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, o.conc + 8);
    if (socket_drive) {
        ep = epoll_create1(EPOLL_CLOEXEC);
        curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
        curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    }
    if (o.resume) {
        share = curl_share_init();
        curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    }
    transfers = calloc((size_t)o.conc, sizeof *transfers);
    if (!transfers) return 1;
    prepare(&r, o.count);
    long before = status_line("VmRSS");
    for (long i = 0; i < o.conc; i++) transfers[i].easy = easy_for(&transfers[i], share);
    begin(&r);
    r.rss_before = before;      /* an easy handle belongs to its request */
    for (long launched = 0; opening ? opened < o.conc : r.timed < o.count;) {
        while (launched < o.conc && (!opening || launched - opened < 256)) go(&transfers[launched++]);
        step();
        if (r.errors > 100) break;
    }
    stop_clock(&r);
    for (uint64_t until = r.end + (uint64_t)o.hold_ms * 1000000u; opening && now_ns() < until;) step();
    weigh(&r);
    if (opening) r.timed = 0;
    snprintf(name, sizeof name, "libcurl-%s-%s", curl_version_info(CURLVERSION_NOW)->version, socket_drive ? "socket" : "poll");
    report(name, &o, &r, "");
    fflush(stdout);
    _exit(r.errors != 0);
}
