/* Cancelling is closing: REQUEST_ERROR for what was pending, then HANDLE_CLOSING, and nothing after.
 *
 *   cancel PORT PATH
 *
 * PATH must answer slowly. Closes the handle in several phases: before the send, right after it, while the reply is
 * awaited, inside SENDING_REQUEST, and the session under a request; and a synchronous call from another thread. */
#include "program.h"

typedef struct EXCHANGE {
    EVENT sent;
    EVENT closed;
    int errors;
    int closings;
    DWORD error;
    int close_in_sending;
} EXCHANGE;

static void CALLBACK notified(HINTERNET handle, DWORD_PTR context, DWORD status, void *information, DWORD length) {
    EXCHANGE *exchange = (EXCHANGE *)context;

    (void)length;
    if (exchange == NULL) {
        return;
    }
    CHECK(exchange->closings == 0);
    switch (status) {
    case WINHTTP_CALLBACK_STATUS_SENDING_REQUEST:
        if (exchange->close_in_sending) {
            CHECK(WinHttpCloseHandle(handle));
            /* The value is dead at once, the callbacks that are due come after this one. */
            FAILS_WITH(ERROR_INVALID_HANDLE, WinHttpCloseHandle(handle));
            CHECK(exchange->closings == 0);
        }
        break;
    case WINHTTP_CALLBACK_STATUS_REQUEST_SENT:
        event_set(&exchange->sent);
        break;
    case WINHTTP_CALLBACK_STATUS_REQUEST_ERROR:
        exchange->errors++;
        exchange->error = ((WINHTTP_ASYNC_RESULT *)information)->dwError;
        break;
    case WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING:
        exchange->closings++;
        event_set(&exchange->closed);
        break;
    default:
        break;
    }
}

static void prepare(EXCHANGE *exchange) {
    static const EVENT initial = EVENT_INITIAL;

    memset(exchange, 0, sizeof *exchange);
    exchange->sent = initial;
    exchange->closed = initial;
}

static HINTERNET open_request(HINTERNET server, const WCHAR *path, EXCHANGE *exchange) {
    HINTERNET request = WinHttpOpenRequest(server, NULL, path, NULL, NULL, NULL, 0);
    DWORD_PTR context = (DWORD_PTR)exchange;

    CHECK(request != NULL);
    CHECK(WinHttpSetOption(request, WINHTTP_OPTION_CONTEXT_VALUE, &context, sizeof context));
    return request;
}

static void *closer(void *handle) {
    usleep(200000);
    CHECK(WinHttpCloseHandle(handle));
    return NULL;
}

int main(int count, char **arguments) {
    static EXCHANGE exchange;
    HINTERNET session, server, request;
    INTERNET_PORT port;
    WCHAR path[1024];
    pthread_t thread;

    CHECK(count == 3);
    port = (INTERNET_PORT)atoi(arguments[1]);
    widen(arguments[2], path, sizeof path / sizeof *path);
    session = WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, WINHTTP_FLAG_ASYNC);
    CHECK(session != NULL);
    CHECK(WinHttpSetStatusCallback(session, notified, WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0) == NULL);
    server = WinHttpConnect(session, T("127.0.0.1"), port, 0);
    CHECK(server != NULL);

    /* Never sent: no error, only the end. */
    prepare(&exchange);
    request = open_request(server, path, &exchange);
    SUCCEEDS(WinHttpCloseHandle(request));
    CHECK(event_wait(&exchange.closed, 10) && exchange.errors == 0 && exchange.closings == 1);

    /* At once after the send. */
    prepare(&exchange);
    request = open_request(server, path, &exchange);
    SUCCEEDS(WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0));
    SUCCEEDS(WinHttpCloseHandle(request));
    CHECK(event_wait(&exchange.closed, 10) && exchange.errors == 1 && exchange.closings == 1);
    CHECK(exchange.error == ERROR_WINHTTP_OPERATION_CANCELLED);

    /* While the reply is awaited. */
    prepare(&exchange);
    request = open_request(server, path, &exchange);
    SUCCEEDS(WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0));
    CHECK(event_wait(&exchange.sent, 10));
    /* The callback cannot be taken away while it is owed. */
    WinHttpCompatSetLastError(0);
    CHECK(WinHttpSetStatusCallback(request, NULL, 0, 0) == WINHTTP_INVALID_STATUS_CALLBACK);
    CHECK(WinHttpCompatGetLastError() == ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    SUCCEEDS(WinHttpCloseHandle(request));
    FAILS_WITH(ERROR_INVALID_HANDLE, WinHttpCloseHandle(request));
    FAILS_WITH(ERROR_INVALID_HANDLE, WinHttpReceiveResponse(request, NULL));
    CHECK(event_wait(&exchange.closed, 10) && exchange.errors == 1 && exchange.closings == 1);

    /* Inside SENDING_REQUEST: no byte goes out. */
    prepare(&exchange);
    exchange.close_in_sending = 1;
    request = open_request(server, path, &exchange);
    SUCCEEDS(WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0));
    CHECK(event_wait(&exchange.closed, 10) && exchange.errors == 1 && !exchange.sent.set);

    /* The session under a request: the wait ends, the handle lives on. */
    prepare(&exchange);
    request = open_request(server, path, &exchange);
    SUCCEEDS(WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0));
    CHECK(event_wait(&exchange.sent, 10));
    SUCCEEDS(WinHttpCloseHandle(server));
    SUCCEEDS(WinHttpCloseHandle(session));
    SUCCEEDS(WinHttpCloseHandle(request));
    CHECK(event_wait(&exchange.closed, 10) && exchange.errors == 1 && exchange.closings == 1);
    CHECK(exchange.error == ERROR_WINHTTP_OPERATION_CANCELLED);

    /* A synchronous call, from another thread. */
    session = WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    server = WinHttpConnect(session, T("127.0.0.1"), port, 0);
    request = WinHttpOpenRequest(server, NULL, path, NULL, NULL, NULL, 0);
    CHECK(request != NULL);
    CHECK(pthread_create(&thread, NULL, closer, request) == 0);
    FAILS_WITH(ERROR_WINHTTP_OPERATION_CANCELLED,
               WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0) && WinHttpReceiveResponse(request, NULL));
    CHECK(pthread_join(thread, NULL) == 0);
    SUCCEEDS(WinHttpCloseHandle(server));
    SUCCEEDS(WinHttpCloseHandle(session));
    puts("ok");
    return 0;
}
