/* A WebSocket that sends and gets back what it sent.
 *
 *   websocket PORT PATH sync|async [AUTHORITIES]
 *
 * With a file of authorities (PEM) it goes over TLS to localhost. Prints what came back, and how the server closed. */
#include "program.h"

#define TEXT_MESSAGE WINHTTP_WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE
#define BINARY_MESSAGE WINHTTP_WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE
#define BINARY_FRAGMENT WINHTTP_WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE
#define CLOSE_TYPE WINHTTP_WEB_SOCKET_CLOSE_BUFFER_TYPE

/* What a callback of the WebSocket says, and the WebSocket that it is about. */
typedef struct CHAT {
    EVENT sent, received, shut, closed, gone, failed;
    WINHTTP_WEB_SOCKET_STATUS last;
    WINHTTP_WEB_SOCKET_ASYNC_RESULT failure;
} CHAT;

/* The request before the upgrade. */
typedef struct ASKED {
    EVENT sent, answered, gone;
} ASKED;

static CHAT chat = {.sent = EVENT_INITIAL, .received = EVENT_INITIAL, .shut = EVENT_INITIAL, .closed = EVENT_INITIAL,
                    .gone = EVENT_INITIAL, .failed = EVENT_INITIAL};
static ASKED asked = {.sent = EVENT_INITIAL, .answered = EVENT_INITIAL, .gone = EVENT_INITIAL};

static void of_the_request(DWORD status) {
    switch (status) {
    case WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE:
        event_set(&asked.sent);
        break;
    case WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE:
        event_set(&asked.answered);
        break;
    case WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING:
        event_set(&asked.gone);
        break;
    default:
        break;
    }
}

static void CALLBACK notified(HINTERNET handle, DWORD_PTR context, DWORD status, void *information, DWORD length) {
    (void)handle;
    if (context == (DWORD_PTR)&asked) {
        of_the_request(status);
    }
    if (context != (DWORD_PTR)&chat) {
        return;
    }
    switch (status) {
    case WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE:
    case WINHTTP_CALLBACK_STATUS_READ_COMPLETE:
        CHECK(length == sizeof chat.last);
        memcpy(&chat.last, information, sizeof chat.last);
        event_set(status == WINHTTP_CALLBACK_STATUS_READ_COMPLETE ? &chat.received : &chat.sent);
        break;
    case WINHTTP_CALLBACK_STATUS_SHUTDOWN_COMPLETE:
        CHECK(length == 0);
        event_set(&chat.shut);
        break;
    case WINHTTP_CALLBACK_STATUS_CLOSE_COMPLETE:
        CHECK(length == 0);
        event_set(&chat.closed);
        break;
    case WINHTTP_CALLBACK_STATUS_REQUEST_ERROR:
        CHECK(length == sizeof chat.failure);
        memcpy(&chat.failure, information, sizeof chat.failure);
        event_set(&chat.failed);
        break;
    case WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING:
        event_set(&chat.gone);
        break;
    default:
        break;
    }
}

static void say(HINTERNET socket, int synchronous, WINHTTP_WEB_SOCKET_BUFFER_TYPE type, const void *bytes, DWORD length) {
    event_reset(&chat.sent);
    CHECK(WinHttpWebSocketSend(socket, type, (void *)bytes, length) == 0);
    if (!synchronous) {
        CHECK(event_wait(&chat.sent, 20));
        CHECK(chat.last.dwBytesTransferred == length && chat.last.eBufferType == type);
    }
}

/* Receives once; gives the type. */
static WINHTTP_WEB_SOCKET_BUFFER_TYPE hear(HINTERNET socket, int synchronous, char *bytes, DWORD room, DWORD *length) {
    WINHTTP_WEB_SOCKET_BUFFER_TYPE type = (WINHTTP_WEB_SOCKET_BUFFER_TYPE)77;

    *length = 0xdeadbeef;
    event_reset(&chat.received);
    CHECK(WinHttpWebSocketReceive(socket, bytes, room, length, &type) == 0);
    if (!synchronous) {
        CHECK(event_wait(&chat.received, 20));
        CHECK(*length == 0xdeadbeef && type == (WINHTTP_WEB_SOCKET_BUFFER_TYPE)77);
        *length = chat.last.dwBytesTransferred;
        type = chat.last.eBufferType;
    }
    return type;
}

/* Calls that are refused, whatever the mode; the last error is left alone. */
static void refusals(HINTERNET request, HINTERNET socket) {
    char room[16];
    DWORD length, number = 20000;
    USHORT status;

    WinHttpCompatSetLastError(0xdeadbeef);
    CHECK(WinHttpWebSocketReceive(NULL, NULL, 0, NULL, NULL) == ERROR_INVALID_PARAMETER);
    CHECK(WinHttpWebSocketReceive(NULL, room, 1, NULL, NULL) == ERROR_INVALID_HANDLE);
    CHECK(WinHttpWebSocketReceive(socket, room, 0, &length, NULL) == ERROR_INVALID_PARAMETER);
    CHECK(WinHttpWebSocketReceive(socket, NULL, 1, &length, NULL) == ERROR_INVALID_PARAMETER);
    CHECK(WinHttpWebSocketSend(NULL, TEXT_MESSAGE, NULL, 0) == ERROR_INVALID_HANDLE);
    CHECK(WinHttpWebSocketSend(request, TEXT_MESSAGE, room, 1) == ERROR_WINHTTP_INCORRECT_HANDLE_TYPE);
    CHECK(WinHttpWebSocketSend(socket, TEXT_MESSAGE, NULL, 1) == ERROR_INVALID_PARAMETER);
    CHECK(WinHttpWebSocketSend(socket, CLOSE_TYPE, room, 1) == ERROR_INVALID_PARAMETER);
    CHECK(WinHttpWebSocketShutdown(socket, 1000, NULL, 1) == ERROR_INVALID_PARAMETER);
    CHECK(WinHttpWebSocketShutdown(socket, 1000, room, 128) == ERROR_INVALID_PARAMETER);
    CHECK(WinHttpWebSocketClose(socket, 1000, NULL, 1) == ERROR_INVALID_PARAMETER);
    CHECK(WinHttpWebSocketClose(socket, 1000, room, 128) == ERROR_INVALID_PARAMETER);
    CHECK(WinHttpWebSocketQueryCloseStatus(socket, NULL, NULL, 0, &length) == ERROR_INVALID_PARAMETER);
    CHECK(WinHttpWebSocketQueryCloseStatus(socket, &status, NULL, 0, NULL) == ERROR_INVALID_PARAMETER);
    CHECK(WinHttpWebSocketQueryCloseStatus(socket, &status, NULL, 1, &length) == ERROR_INVALID_PARAMETER);
    CHECK(WinHttpWebSocketQueryCloseStatus(socket, &status, room, 16, &length) == ERROR_INVALID_OPERATION);
    CHECK(WinHttpCompatGetLastError() == 0xdeadbeef);

    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE, WinHttpReceiveResponse(socket, NULL));
    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE,
               WinHttpSetOption(request, WINHTTP_OPTION_WEB_SOCKET_KEEPALIVE_INTERVAL, &number, sizeof number));
    FAILS_WITH(ERROR_INVALID_PARAMETER,
               WinHttpSetOption(socket, WINHTTP_OPTION_WEB_SOCKET_KEEPALIVE_INTERVAL, &number, 2));
    FAILS_WITH(ERROR_INVALID_PARAMETER,
               WinHttpSetOption(socket, WINHTTP_OPTION_WEB_SOCKET_KEEPALIVE_INTERVAL, &number, 8));
    SUCCEEDS(WinHttpSetOption(socket, WINHTTP_OPTION_WEB_SOCKET_KEEPALIVE_INTERVAL, &number, sizeof number));
    length = sizeof number;
    FAILS_WITH(ERROR_INVALID_PARAMETER,
               WinHttpQueryOption(socket, WINHTTP_OPTION_WEB_SOCKET_KEEPALIVE_INTERVAL, &number, &length));
    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE,
               WinHttpQueryOption(socket, WINHTTP_OPTION_WEB_SOCKET_SEND_BUFFER_SIZE, &number, &length));
    number = 10000;
    FAILS_WITH(ERROR_INVALID_PARAMETER,
               WinHttpSetOption(socket, WINHTTP_OPTION_WEB_SOCKET_KEEPALIVE_INTERVAL, &number, sizeof number));
    SUCCEEDS(WinHttpQueryOption(socket, WINHTTP_OPTION_HANDLE_TYPE, &number, &length));
    CHECK(number == WINHTTP_HANDLE_TYPE_WEBSOCKET);
}

static HINTERNET upgraded(HINTERNET request, int synchronous) {
    HINTERNET socket;

    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_STATE, WinHttpWebSocketCompleteUpgrade(request, 0));
    SUCCEEDS(WinHttpSetOption(request, WINHTTP_OPTION_UPGRADE_TO_WEB_SOCKET, NULL, 0));
    SUCCEEDS(WinHttpSendRequest(request, WINHTTP_NO_ADDITIONAL_HEADERS, 0, NULL, 0, 0, (DWORD_PTR)&asked));
    CHECK(synchronous || event_wait(&asked.sent, 20));
    SUCCEEDS(WinHttpReceiveResponse(request, NULL));
    CHECK(synchronous || event_wait(&asked.answered, 20));
    socket = WinHttpWebSocketCompleteUpgrade(request, (DWORD_PTR)&chat);
    CHECK(socket != NULL);
    CHECK(WinHttpCompatGetLastError() == 0);
    FAILS_WITH(ERROR_INVALID_OPERATION, WinHttpWebSocketCompleteUpgrade(request, 0));
    return socket;
}

/* Upgrades a request, talks, and closes both. */
static void talk(HINTERNET request, int synchronous, int print) {
    static char big[100000], back[sizeof big];
    HINTERNET socket;
    char room[256], reason[123];
    DWORD length, at, used = 0;
    USHORT status = 0;
    WINHTTP_WEB_SOCKET_BUFFER_TYPE type;

    socket = upgraded(request, synchronous);
    refusals(request, socket);
    SUCCEEDS(WinHttpCloseHandle(request));
    CHECK(event_wait(&asked.gone, 20));

    say(socket, synchronous, TEXT_MESSAGE, "hello", 5);
    type = hear(socket, synchronous, room, sizeof room, &length);
    CHECK(type == TEXT_MESSAGE && length == 5 && memcmp(room, "hello", 5) == 0);

    for (at = 0; at < sizeof big; at++) {
        big[at] = (char)(at * 31 + at / 257);
    }
    say(socket, synchronous, BINARY_FRAGMENT, big, 60000);
    CHECK(WinHttpWebSocketSend(socket, TEXT_MESSAGE, big, 1) == ERROR_INVALID_PARAMETER);
    say(socket, synchronous, BINARY_FRAGMENT, big + 60000, sizeof big - 60000);
    say(socket, synchronous, BINARY_MESSAGE, NULL, 0);
    for (at = 0;; at += length) {
        CHECK(at <= sizeof big);
        type = hear(socket, synchronous, at < sizeof big ? back + at : room, at < sizeof big ? 4096 : 1, &length);
        CHECK(at + length <= sizeof big);
        if (type == BINARY_MESSAGE) {
            break;
        }
        CHECK(type == BINARY_FRAGMENT && length > 0);
    }
    CHECK(at == sizeof big && memcmp(big, back, sizeof big) == 0);

    CHECK(WinHttpWebSocketShutdown(socket, WINHTTP_WEB_SOCKET_SUCCESS_CLOSE_STATUS, (void *)"success", 7) == 0);
    CHECK(synchronous || event_wait(&chat.shut, 20));
    CHECK(WinHttpWebSocketShutdown(socket, 1000, NULL, 0) == ERROR_INVALID_OPERATION);
    CHECK(WinHttpWebSocketSend(socket, TEXT_MESSAGE, big, 1) == ERROR_INVALID_OPERATION);
    type = hear(socket, synchronous, room, sizeof room, &length);
    CHECK(type == CLOSE_TYPE && length == 0);
    CHECK(WinHttpWebSocketReceive(socket, room, sizeof room, &length, &type) == ERROR_INVALID_OPERATION);
    CHECK(WinHttpWebSocketClose(socket, WINHTTP_WEB_SOCKET_SUCCESS_CLOSE_STATUS, NULL, 0) == 0);
    CHECK(synchronous || event_wait(&chat.closed, 20));
    CHECK(WinHttpWebSocketClose(socket, 1000, NULL, 0) == ERROR_INVALID_OPERATION);
    CHECK(WinHttpWebSocketQueryCloseStatus(socket, &status, reason, 3, &used) == ERROR_INSUFFICIENT_BUFFER);
    CHECK(status == 1000 && used == 7);
    CHECK(WinHttpWebSocketQueryCloseStatus(socket, &status, reason, sizeof reason, &used) == 0);
    if (print) {
        printf("hello\n%u\n%u %.*s\n", (unsigned)at, (unsigned)status, (int)used, reason);
    }
    SUCCEEDS(WinHttpCloseHandle(socket));
    CHECK(event_wait(&chat.gone, 20));
    CHECK(!chat.failed.set);
    CHECK(WinHttpWebSocketSend(socket, TEXT_MESSAGE, NULL, 0) == ERROR_INVALID_HANDLE);
}

int main(int count, char **arguments) {
    static char authorities[65536];
    HINTERNET session, server, request;
    WCHAR path[1024];
    int synchronous, secure = count == 5, before = 0, round;

    CHECK(count == 4 || secure);
    synchronous = strcmp(arguments[3], "sync") == 0;
    widen(arguments[2], path, sizeof path / sizeof *path);
    session = WinHttpOpen(T("websocket/1.0"), WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL,
                          synchronous ? 0 : WINHTTP_FLAG_ASYNC);
    CHECK(session != NULL);
    if (secure) {
        FILE *input = fopen(arguments[4], "rb");
        DWORD length;

        CHECK(input != NULL);
        length = (DWORD)fread(authorities, 1, sizeof authorities, input);
        fclose(input);
        SUCCEEDS(WinHttpSetOption(session, WINHTTP_COMPAT_OPTION_EXTRA_ROOTS, authorities, length));
    }
    CHECK(WinHttpSetStatusCallback(session, notified, WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0) == NULL);
    server = WinHttpConnect(session, secure ? T("localhost") : T("127.0.0.1"), (INTERNET_PORT)atoi(arguments[1]), 0);
    CHECK(server != NULL);
    for (round = 0; round < 8; round++) {
        event_reset(&asked.sent);
        event_reset(&asked.answered);
        event_reset(&asked.gone);
        event_reset(&chat.shut);
        event_reset(&chat.closed);
        event_reset(&chat.gone);
        request = WinHttpOpenRequest(server, NULL, path, NULL, NULL, NULL, secure ? WINHTTP_FLAG_SECURE : 0);
        CHECK(request != NULL);
        talk(request, synchronous, round == 0);
        if (round == 0) {
            before = descriptors();
        }
    }
    /* A WebSocket's connection is closed with it and never rests in the pool. */
    CHECK(descriptors() <= before);
    SUCCEEDS(WinHttpCloseHandle(server));
    SUCCEEDS(WinHttpCloseHandle(session));
    return 0;
}
