/* One asynchronous GET: the calls that a client makes, in the callbacks where it makes them.
 *
 *   get_async PORT PATH
 *
 * Prints the status and the body. */
#include "program.h"

typedef struct EXCHANGE {
    HINTERNET request;
    EVENT done;
    EVENT closed;
    char buffer[4096];
    char body[65536];
    size_t length;
    DWORD status;
    DWORD error;
} EXCHANGE;

static void fail(EXCHANGE *exchange, DWORD error) {
    exchange->error = error;
    event_set(&exchange->done);
}

static void CALLBACK notified(HINTERNET handle, DWORD_PTR context, DWORD status, void *information, DWORD length) {
    EXCHANGE *exchange = (EXCHANGE *)context;

    if (exchange == NULL) {
        return;
    }
    switch (status) {
    case WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE:
        if (!WinHttpReceiveResponse(handle, NULL)) {
            fail(exchange, WinHttpCompatGetLastError());
        }
        break;
    case WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE: {
        DWORD size = sizeof exchange->status;

        if (!WinHttpQueryHeaders(handle, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER,
                                 WINHTTP_HEADER_NAME_BY_INDEX, &exchange->status, &size, WINHTTP_NO_HEADER_INDEX) ||
            !WinHttpQueryDataAvailable(handle, NULL)) {
            fail(exchange, WinHttpCompatGetLastError());
        }
        break;
    }
    case WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE: {
        DWORD available;

        CHECK(length == sizeof available);
        memcpy(&available, information, sizeof available);
        if (available == 0) {
            event_set(&exchange->done);
        } else if (!WinHttpReadData(handle, exchange->buffer,
                                    available < sizeof exchange->buffer ? available : sizeof exchange->buffer, NULL)) {
            fail(exchange, WinHttpCompatGetLastError());
        }
        break;
    }
    case WINHTTP_CALLBACK_STATUS_READ_COMPLETE:
        CHECK(information == exchange->buffer);
        CHECK(length > 0 && exchange->length + length <= sizeof exchange->body);
        memcpy(exchange->body + exchange->length, exchange->buffer, length);
        exchange->length += length;
        if (!WinHttpQueryDataAvailable(handle, NULL)) {
            fail(exchange, WinHttpCompatGetLastError());
        }
        break;
    case WINHTTP_CALLBACK_STATUS_REQUEST_ERROR: {
        const WINHTTP_ASYNC_RESULT *result = information;

        CHECK(length == sizeof *result);
        fail(exchange, result->dwError);
        break;
    }
    case WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING:
        CHECK(length == sizeof(HINTERNET) && *(HINTERNET *)information == handle);
        event_set(&exchange->closed);
        break;
    default:
        break;
    }
}

int main(int count, char **arguments) {
    static EXCHANGE exchange = {.done = EVENT_INITIAL, .closed = EVENT_INITIAL};
    HINTERNET session, server;
    WCHAR path[1024];

    CHECK(count == 3);
    widen(arguments[2], path, sizeof path / sizeof *path);
    session = WinHttpOpen(T("get_async/1.0"), WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, WINHTTP_FLAG_ASYNC);
    CHECK(session != NULL);
    CHECK(WinHttpSetStatusCallback(session, notified, WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0) == NULL);
    server = WinHttpConnect(session, T("127.0.0.1"), (INTERNET_PORT)atoi(arguments[1]), 0);
    CHECK(server != NULL);
    exchange.request = WinHttpOpenRequest(server, NULL, path, NULL, NULL, NULL, 0);
    CHECK(exchange.request != NULL);
    SUCCEEDS(WinHttpSendRequest(exchange.request, WINHTTP_NO_ADDITIONAL_HEADERS, 0, WINHTTP_NO_REQUEST_DATA, 0, 0,
                                (DWORD_PTR)&exchange));
    CHECK(event_wait(&exchange.done, 20));
    CHECK(WinHttpCloseHandle(exchange.request));
    CHECK(event_wait(&exchange.closed, 20));
    CHECK(WinHttpCloseHandle(server));
    CHECK(WinHttpCloseHandle(session));
    CHECK(exchange.error == 0);
    printf("%u\n", (unsigned)exchange.status);
    fwrite(exchange.body, 1, exchange.length, stdout);
    return 0;
}
