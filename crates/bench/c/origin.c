/* The slow origin and the sink. GET: a head that promises much, one byte, then one more each INTERVAL_MS, for ever.
 * POST: swallows Content-Length bytes and answers. usage: origin INTERVAL_MS [CERT KEY]; prints its port. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST 65536

struct client {
    SSL *ssl;
    int open, dripping, held;
    long swallow;       /* bytes of a body to come, -1: a head is next */
    char head[1024];
};

static struct client *clients[MOST];
static SSL_CTX *tls;
static int ep, top;
static char sink[256 * 1024];

static int put(int fd, const char *p, int n) {
    return clients[fd]->ssl ? SSL_write(clients[fd]->ssl, p, n) : (int)send(fd, p, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* -1: nothing now, 0: gone. */
static int take(int fd, char *p, int n) {
    SSL *ssl = clients[fd]->ssl;
    if (!ssl) {
        int got = (int)recv(fd, p, (size_t)n, 0);
        return got > 0 ? got : got < 0 && errno == EAGAIN ? -1 : 0;
    }
    int got = SSL_read(ssl, p, n), e = got > 0 ? 0 : SSL_get_error(ssl, got);
    return got > 0 ? got : e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE ? -1 : 0;
}

static void drop(int fd) {
    if (clients[fd]->ssl) SSL_free(clients[fd]->ssl);
    free(clients[fd]);
    clients[fd] = NULL;
    close(fd);
}

static void answer(int fd) {
    static const char done[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    static const char slow[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100000000\r\n\r\nx";
    struct client *c = clients[fd];
    if (c->swallow == 0) {
        put(fd, done, sizeof done - 1);
        c->swallow = -1, c->held = 0;
    } else if (c->swallow < 0) {
        c->dripping = 1;
        put(fd, slow, sizeof slow - 1);
    }
}

static int on_head(struct client *c) {
    char *end = strstr(c->head, "\r\n\r\n");
    if (!end) return 0;
    if (!strncmp(c->head, "POST", 4)) {
        char *length = strcasestr(c->head, "\r\ncontent-length:");
        c->swallow = (length ? atol(length + 17) : 0) - (c->held - (end + 4 - c->head));
    }
    return 1;
}

static void serve(int fd) {
    for (;;) {
        struct client *c = clients[fd];
        int heading = c->swallow < 0 && !c->dripping;
        int got = heading ? take(fd, c->head + c->held, (int)sizeof c->head - 1 - c->held) : take(fd, sink, sizeof sink);
        if (got < 0) return;
        if (got == 0) { drop(fd); return; }
        if (heading) {
            c->held += got;
            c->head[c->held] = 0;
            if (on_head(c)) answer(fd);
            else if (c->held == (int)sizeof c->head - 1) { drop(fd); return; }
        } else if (!c->dripping) {
            c->swallow -= got;
            if (c->swallow == 0) answer(fd);
        }
    }
}

static void welcome(int listener) {
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
        if (fd >= MOST || !(clients[fd] = calloc(1, sizeof **clients))) { close(fd); continue; }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        clients[fd]->swallow = -1;
        if (tls) {
            clients[fd]->ssl = SSL_new(tls);
            SSL_set_fd(clients[fd]->ssl, fd);
            SSL_set_accept_state(clients[fd]->ssl);
        }
        if (fd > top) top = fd;
        epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
    }
}

static long now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    long interval = atol(argv[1]), last = now_ms();
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    struct epoll_event ev[512];
    signal(SIGPIPE, SIG_IGN);
    if (argc > 3) {
        tls = SSL_CTX_new(TLS_server_method());
        if (SSL_CTX_use_certificate_chain_file(tls, argv[2]) != 1 || SSL_CTX_use_PrivateKey_file(tls, argv[3], SSL_FILETYPE_PEM) != 1) return 1;
        SSL_CTX_set_ciphersuites(tls, "TLS_AES_128_GCM_SHA256");
        SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
    }
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (void *)&at, n) || listen(listener, 8192) || getsockname(listener, (void *)&at, &n)) { perror("listen"); return 1; }
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    ep = epoll_create1(EPOLL_CLOEXEC);
    ev[0] = (struct epoll_event){.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(ep, EPOLL_CTL_ADD, listener, ev);
    for (;;) {
        int got = epoll_wait(ep, ev, 512, 50);
        for (int i = 0; i < got; i++) {
            if (ev[i].data.fd == listener) welcome(listener);
            else if (clients[ev[i].data.fd]) serve(ev[i].data.fd);
        }
        if (now_ms() - last < interval) continue;
        last = now_ms();
        for (int fd = 0; fd <= top; fd++)
            if (clients[fd] && clients[fd]->dripping) put(fd, "y", 1);
    }
}
