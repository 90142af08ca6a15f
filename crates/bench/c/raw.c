/* The floor: one thread, epoll, one request at a time on each connection, no more than a scan of the head.
 * https:// through OpenSSL. Numeric addresses only. */
#include "common.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { AGAIN = -1, ENDED = -2 };
enum phase { CONNECTING, SENDING, RECEIVING };

struct conn {
    int fd;
    SSL *ssl;
    enum phase phase;
    unsigned armed;
    long left;          /* of the body, -1 before the head is whole */
    long sent;
    int held;
    uint64_t began;
    char head[2048];
};

static struct flags o;
static struct run r;
static struct conn *conns;
static struct sockaddr_in to;
static SSL_CTX *tls;
static SSL_SESSION *ticket;
static char request[512], *body;
static long request_n, started, opened;
static int ep, secure, up, fresh, opening;

static void send_body(struct conn *c);

static void die(const char *what) { perror(what); exit(1); }

static int keep_ticket(SSL *ssl, SSL_SESSION *fresh_one) {
    (void)ssl;
    if (ticket) SSL_SESSION_free(ticket);
    ticket = fresh_one;
    return 1;
}

static void arm(struct conn *c, unsigned events, int how) {
    if (how == EPOLL_CTL_MOD && c->armed == events) return;
    struct epoll_event e = {.events = events, .data.ptr = c};
    c->armed = events;
    if (epoll_ctl(ep, how, c->fd, &e)) die("epoll_ctl");
}

static int put(struct conn *c, const char *p, long n) {
    if (!c->ssl) {
        ssize_t w = send(c->fd, p, (size_t)n, MSG_NOSIGNAL);
        return w >= 0 ? (int)w : errno == EAGAIN ? AGAIN : ENDED;
    }
    int w = SSL_write(c->ssl, p, (int)n), e = w > 0 ? 0 : SSL_get_error(c->ssl, w);
    return w > 0 ? w : e == SSL_ERROR_WANT_WRITE || e == SSL_ERROR_WANT_READ ? AGAIN : ENDED;
}

static int take(struct conn *c, char *p, long n) {
    if (!c->ssl) {
        ssize_t got = recv(c->fd, p, (size_t)n, 0);
        return got > 0 ? (int)got : got < 0 && errno == EAGAIN ? AGAIN : ENDED;
    }
    int got = SSL_read(c->ssl, p, (int)n), e = got > 0 ? 0 : SSL_get_error(c->ssl, got);
    return got > 0 ? got : e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE ? AGAIN : ENDED;
}

static void dial(struct conn *c) {
    int on = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) die("socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(c->fd, (void *)&to, sizeof to) && errno != EINPROGRESS) die("connect");
    c->phase = CONNECTING;
    if (secure) {
        c->ssl = SSL_new(tls);
        SSL_set_fd(c->ssl, c->fd);
        SSL_set_connect_state(c->ssl);
        if (o.resume && ticket) SSL_set_session(c->ssl, ticket);
    }
    arm(c, EPOLLIN | EPOLLOUT, EPOLL_CTL_ADD);
}

static void hang_up(struct conn *c) {
    if (c->ssl) {
        SSL_set_shutdown(c->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        SSL_free(c->ssl);
        c->ssl = NULL;
    }
    close(c->fd);
    c->fd = -1;
}

static void send_request(struct conn *c) {
    if (put(c, request, request_n) != request_n) die("short write of a head");
    c->phase = up ? SENDING : RECEIVING;
    c->held = 0, c->left = -1, c->sent = 0;
}

static void go(struct conn *c, int new_one) {
    started++;
    c->began = now_ns();
    if (new_one) { dial(c); return; }
    send_request(c);
    if (up) send_body(c);
}

static void send_body(struct conn *c) {
    while (c->sent < o.size) {
        long n = o.size - c->sent < o.buffer ? o.size - c->sent : o.buffer;
        int w = put(c, body, n);
        if (w == AGAIN) { arm(c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD); return; }
        if (w < 0) die("body");
        c->sent += w, r.bytes += (uint64_t)w;
    }
    arm(c, EPOLLIN, EPOLL_CTL_MOD);
    c->phase = RECEIVING;
}

static void finish(struct conn *c) {
    timed(&r, now_ns() - c->began);
    if (fresh) hang_up(c);
    if (started < o.count) go(c, fresh);
}

/* 0: the head is not whole yet. */
static int read_head(struct conn *c) {
    int got = take(c, c->head + c->held, (long)sizeof c->head - 1 - c->held);
    if (got == AGAIN) return 0;
    if (got < 0) die("ended in the head");
    c->held += got;
    c->head[c->held] = 0;
    char *end = strstr(c->head, "\r\n\r\n");
    if (!end) return 0;
    if (!r.first) r.first = now_ns();
    char *length = strcasestr(c->head, "\r\ncontent-length:");
    long beyond = c->held - (end + 4 - c->head);
    c->left = (length ? atol(length + 17) : 0) - beyond;
    if (!up) r.bytes += (uint64_t)beyond;
    if (opening) opened++;
    return 1;
}

static void receive(struct conn *c) {
    for (;;) {
        if (c->left < 0) {
            if (!read_head(c)) return;
        } else {
            int got = take(c, body, o.buffer);
            if (got == AGAIN) return;
            if (got < 0) die("ended in the body");
            c->left -= got;
            if (!up) r.bytes += (uint64_t)got;
        }
        if (c->left == 0) { finish(c); return; }
        if (opening && !secure) return;
    }
}

static void on_event(struct conn *c, unsigned events) {
    if (c->fd < 0) return;
    if (c->phase == CONNECTING) {
        if (c->ssl) {
            int done = SSL_do_handshake(c->ssl), e = done == 1 ? 0 : SSL_get_error(c->ssl, done);
            if (e == SSL_ERROR_WANT_READ) { arm(c, EPOLLIN, EPOLL_CTL_MOD); return; }
            if (e == SSL_ERROR_WANT_WRITE) { arm(c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD); return; }
            if (e) die("handshake");
        } else if (!(events & EPOLLOUT)) return;
        arm(c, EPOLLIN, EPOLL_CTL_MOD);
        send_request(c);
        if (!up && !secure) return;
    }
    if (c->phase == SENDING) send_body(c);
    if (c->phase == RECEIVING && (events & EPOLLIN || secure)) receive(c);
}

static void loop_epoll(void) {
    struct epoll_event ev[256];
    long launched = 0;
    ep = epoll_create1(EPOLL_CLOEXEC);
    while (opening ? opened < o.conc : r.timed < o.count) {
        while (launched < o.conc && (!opening || launched - opened < 256)) go(&conns[launched++], 1);
        int n = epoll_wait(ep, ev, 256, 10000);
        if (n <= 0) { fprintf(stderr, "nothing for 10 s: %ld done, %ld open\n", r.timed, opened); r.errors++; break; }
        for (int i = 0; i < n; i++) on_event(ev[i].data.ptr, ev[i].events);
    }
    stop_clock(&r);
    for (uint64_t until = r.end + (uint64_t)o.hold_ms * 1000000u; opening && now_ns() < until;) {
        int n = epoll_wait(ep, ev, 256, 50);
        for (int i = 0; i < n; i++) on_event(ev[i].data.ptr, ev[i].events);
    }
}

/* send, poll, recv: what a synchronous client cannot do without. */
static void loop_sync(void) {
    struct conn *c = &conns[0];
    int on = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (void *)&to, sizeof to)) die("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    for (long i = 0; i < o.count; i++) {
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        c->began = now_ns();
        send_request(c);
        while (c->left < 0) {
            if (poll(&p, 1, 10000) != 1) die("poll");
            read_head(c);
        }
        if (c->left) die("a body in pieces");
        timed(&r, now_ns() - c->began);
    }
    stop_clock(&r);
}

int main(int argc, char **argv) {
    char host[64], path[256];
    int port;
    parse_flags(argc, argv, &o);
    if (split_url(o.url, &secure, host, &port, path)) return 2;
    signal(SIGPIPE, SIG_IGN);
    up = is_work(&o, "up"), fresh = is_work(&o, "fresh"), opening = is_work(&o, "open");
    body = calloc(1, (size_t)o.buffer);
    conns = calloc((size_t)o.conc, sizeof *conns);
    if (!body || !conns) return 1;
    to.sin_family = AF_INET, to.sin_port = htons((uint16_t)port), to.sin_addr.s_addr = inet_addr(host);
    request_n = snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: %s:%d\r\nConnection: Keep-Alive\r\n",
                         up ? "POST" : "GET", path, host, port);
    request_n += up ? snprintf(request + request_n, 64, "Content-Length: %ld\r\n\r\n", o.size)
                    : snprintf(request + request_n, 8, "\r\n");
    if (secure) {
        tls = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_ciphersuites(tls, "TLS_AES_128_GCM_SHA256");
        if (SSL_CTX_load_verify_locations(tls, o.ca, NULL) != 1) { fprintf(stderr, "no roots in %s\n", o.ca); return 1; }
        SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_session_cache_mode(tls, o.resume ? SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL : SSL_SESS_CACHE_OFF);
        SSL_CTX_sess_set_new_cb(tls, keep_ticket);
    }
    prepare(&r, o.count);
    begin(&r);
    if (is_work(&o, "sync")) loop_sync();
    else loop_epoll();
    weigh(&r);
    if (opening) r.timed = 0;
    report("raw", &o, &r, "");
    return r.errors != 0;
}
