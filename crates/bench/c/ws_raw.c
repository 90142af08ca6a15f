/* The floor of a WebSocket echo: one thread, epoll, -c connections. A frame is masked with a key that does not change, and
 * of the answer only its length is looked at. */
#include "common.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

struct conn {
    int fd;
    uint64_t began;
    long sent, got;
};

static struct flags o;
static struct run r;
static char *frame, *sink;
static long frame_n, echo_n, started, finished;
static int ep;

static void die(const char *what) { perror(what); exit(1); }

static long head_of(unsigned char *p, int masked) {
    long n = 2;
    p[0] = 0x82;
    if (o.size < 126) p[1] = (unsigned char)o.size;
    else if (o.size < 65536) p[1] = 126, p[2] = (unsigned char)(o.size >> 8), p[3] = (unsigned char)o.size, n = 4;
    else {
        p[1] = 127, n = 10;
        for (int i = 0; i < 8; i++) p[2 + i] = (unsigned char)((uint64_t)o.size >> (56 - 8 * i));
    }
    if (!masked) return n;
    p[1] |= 0x80;
    memcpy(p + n, "\x37\xfa\x21\x3d", 4);
    return n + 4;
}

static void put(struct conn *c) {
    while (c->sent < frame_n) {
        ssize_t w = send(c->fd, frame + c->sent, (size_t)(frame_n - c->sent), MSG_NOSIGNAL);
        if (w < 0 && errno == EAGAIN) return;
        if (w < 0) die("send");
        c->sent += w;
    }
}

static void say(struct conn *c) {
    c->began = now_ns(), c->sent = c->got = 0;
    /* What a client has to do to each payload. */
    static const unsigned char key[8] = {0x37, 0xfa, 0x21, 0x3d, 0x37, 0xfa, 0x21, 0x3d};
    uint64_t word, mask;
    char *p = frame + frame_n - o.size;
    long i = 0;
    memcpy(&mask, key, 8);
    for (; i + 8 <= o.size; i += 8) {
        memcpy(&word, p + i, 8);
        word ^= mask;
        memcpy(p + i, &word, 8);
    }
    put(c);
}

static void take(struct conn *c) {
    while (c->got < echo_n) {
        ssize_t n = recv(c->fd, sink, (size_t)(echo_n - c->got), 0);
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) die("recv");
        c->got += n;
    }
    r.bytes += (uint64_t)o.size;
    timed(&r, now_ns() - c->began);
    finished++;
    if (started < o.count) {
        started++;
        say(c);
    }
}

static void dial(struct conn *c, const struct sockaddr_in *to, const char *path) {
    char text[1024];
    long held = 0;
    int on = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (const void *)to, sizeof *to)) die("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    int n = snprintf(text, sizeof text,
                     "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path);
    if (send(c->fd, text, (size_t)n, MSG_NOSIGNAL) != n) die("send");
    do {
        ssize_t got = recv(c->fd, text + held, sizeof text - 1 - (size_t)held, 0);
        if (got <= 0) die("the upgrade");
        held += got;
        text[held] = 0;
    } while (!strstr(text, "\r\n\r\n"));
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
    if (epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e)) die("epoll_ctl");
}

int main(int argc, char **argv) {
    char host[64], path[256];
    int port, secure;
    unsigned char head[14];
    struct sockaddr_in to = {.sin_family = AF_INET};
    parse_flags(argc, argv, &o);
    if (split_url(o.url, &secure, host, &port, path) || secure || o.size < 1) return 2;
    to.sin_port = htons((uint16_t)port);
    inet_pton(AF_INET, host, &to.sin_addr);
    prepare(&r, o.count);
    echo_n = head_of(head, 0) + o.size;
    frame_n = head_of(head, 1) + o.size;
    frame = calloc(1, (size_t)frame_n), sink = malloc((size_t)echo_n);
    struct conn *conns = calloc((size_t)o.conc, sizeof *conns);
    if (!frame || !sink || !conns) return 1;
    memcpy(frame, head, (size_t)(frame_n - o.size));
    ep = epoll_create1(EPOLL_CLOEXEC);
    for (long i = 0; i < o.conc; i++) dial(&conns[i], &to, path);
    begin(&r);
    started = o.conc;
    for (long i = 0; i < o.conc; i++) say(&conns[i]);
    struct epoll_event ev[256];
    while (finished < o.count) {
        int n = epoll_wait(ep, ev, 256, -1);
        for (int i = 0; i < n; i++) {
            struct conn *c = ev[i].data.ptr;
            if (ev[i].events & EPOLLOUT) put(c);
            if (ev[i].events & EPOLLIN) take(c);
        }
    }
    stop_clock(&r);
    weigh(&r);
    report("raw", &o, &r, "");
    return 0;
}
