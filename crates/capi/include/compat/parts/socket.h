/* Socket addresses under Windows' names; the sockets are the platform's. */
#ifndef WINHTTP_COMPAT_SOCKET_H
#define WINHTTP_COMPAT_SOCKET_H

#include "windows.h"
#include "../winhttp/layout.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

typedef int SOCKET;
#define INVALID_SOCKET (-1)
#define SOCKET_ERROR (-1)

typedef sa_family_t ADDRESS_FAMILY;
typedef struct sockaddr SOCKADDR, *PSOCKADDR, *LPSOCKADDR;
typedef struct sockaddr_in SOCKADDR_IN, *PSOCKADDR_IN;
typedef struct sockaddr_in6 SOCKADDR_IN6, *PSOCKADDR_IN6;
/* What WINHTTP_CONNECTION_INFO holds: the platform's own address in a structure of ours. */
typedef WINHTTP_SOCKADDR_STORAGE SOCKADDR_STORAGE, *PSOCKADDR_STORAGE;
typedef struct in_addr IN_ADDR;
typedef struct in6_addr IN6_ADDR;
typedef struct addrinfo ADDRINFOA;

WINHTTP_STATIC_ASSERT(sizeof(WINHTTP_SOCKADDR_STORAGE) == sizeof(struct sockaddr_storage),
                      "the platform's socket addresses have another size");

/* For WINHTTP_OPTION_TCP_KEEPALIVE. */
struct tcp_keepalive {
    uint32_t onoff;
    uint32_t keepalivetime;
    uint32_t keepaliveinterval;
};

typedef struct WSAData {
    WORD wVersion;
    WORD wHighVersion;
} WSADATA, *LPWSADATA;

WINHTTP_COMPAT int WSAStartup(WORD version, LPWSADATA about)
{
    about->wVersion = version;
    about->wHighVersion = version;
    return 0;
}
WINHTTP_COMPAT int WSACleanup(void) { return 0; }
WINHTTP_COMPAT int closesocket(SOCKET socket) { return close(socket); }

#endif /* WINHTTP_COMPAT_SOCKET_H */
