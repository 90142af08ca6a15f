/* The WebSocket origin: one thread, epoll. Agrees to every upgrade and sends each frame of a message back, as it is;
 * answers the close frame and hangs up. A frame of 64 KiB at most. usage: echo; prints its port. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 1024
#define ROOM (68 * 1024)

struct client {
    int open;
    long held;
    unsigned char in[ROOM], out[ROOM];
};

static struct client *clients[MOST];

static void drop(int fd) {
    free(clients[fd]);
    clients[fd] = NULL;
    close(fd);
}

/* Everything goes out: the client reads before it sends more. */
static int put(int fd, const void *bytes, long n) {
    const char *p = bytes;
    while (n > 0) {
        ssize_t w = send(fd, p, (size_t)n, MSG_NOSIGNAL);
        if (w < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            poll(&wait, 1, 1000);
        } else if (w < 0) {
            return 0;
        } else {
            p += w, n -= w;
        }
    }
    return 1;
}

/* 0: the head is not whole; the length of it once it is. */
static long agree(int fd, struct client *c) {
    char text[512], proof[64];
    unsigned char digest[SHA_DIGEST_LENGTH], base64[64];
    c->in[c->held] = 0;
    char *end = strstr((char *)c->in, "\r\n\r\n"), *key = strcasestr((char *)c->in, "\r\nsec-websocket-key: ");
    if (!end || !key) return 0;
    snprintf(proof, sizeof proof, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + 21);
    SHA1((unsigned char *)proof, strlen(proof), digest);
    EVP_EncodeBlock(base64, digest, sizeof digest);
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Accept: %s\r\n\r\n", base64);
    c->open = put(fd, text, n);
    return end + 4 - (char *)c->in;
}

/* The frame at the beginning of these bytes is sent back. 0: it is not whole, -1: the connection is over. */
static long echo(int fd, struct client *c, unsigned char *p, long n) {
    long head = 2, out = 2;
    if (n < 2) return 0;
    uint64_t length = p[1] & 0x7f;
    if (length == 126) head = 4;
    else if (length == 127) head = 10;
    if (n < head + 4) return 0;
    if (head > 2) {
        length = 0;
        for (long i = 2; i < head; i++) length = length << 8 | p[i];
    }
    if (length > 64 * 1024) return -1;
    if (n < head + 4 + (long)length) return 0;
    memcpy(c->out, p, (size_t)head);
    c->out[1] &= 0x7f;
    out = head;
    for (uint64_t i = 0; i < length; i++) c->out[out++] = p[head + 4 + (long)i] ^ p[head + (i & 3)];
    if (!put(fd, c->out, out) || (p[0] & 15) == 8) return -1;
    return head + 4 + (long)length;
}

static void serve(int fd) {
    struct client *c = clients[fd];
    for (;;) {
        ssize_t got = recv(fd, c->in + c->held, (size_t)(ROOM - 1 - c->held), 0);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) { drop(fd); return; }
        c->held += got;
        long at = 0, used = 1;
        while (used > 0 && at < c->held) {
            used = c->open ? echo(fd, c, c->in + at, c->held - at) : agree(fd, c);
            if (used < 0) { drop(fd); return; }
            at += used;
        }
        memmove(c->in, c->in + at, (size_t)(c->held - at));
        c->held -= at;
        if (c->held >= ROOM - 1) { drop(fd); return; }
    }
}

int main(void) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    struct epoll_event ev[256];
    int on = 1, fd, ep = epoll_create1(EPOLL_CLOEXEC);
    signal(SIGPIPE, SIG_IGN);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (void *)&at, n) || listen(listener, 512) || getsockname(listener, (void *)&at, &n)) { perror("listen"); return 1; }
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    ev[0] = (struct epoll_event){.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(ep, EPOLL_CTL_ADD, listener, ev);
    for (;;) {
        int got = epoll_wait(ep, ev, 256, -1);
        for (int i = 0; i < got; i++) {
            if (ev[i].data.fd != listener) { serve(ev[i].data.fd); continue; }
            while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
                struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
                if (fd >= MOST || !(clients[fd] = calloc(1, sizeof **clients))) { close(fd); continue; }
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
            }
        }
    }
}
