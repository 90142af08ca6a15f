/* Many requests at the same time, driven by their callbacks alone.
 *
 *   many PORT PATH COUNT SIZE
 *
 * Every reply must have SIZE bytes. */
#include "program.h"

typedef struct EXCHANGE {
    char buffer[2048];
    unsigned long long bytes;
    int ended;
} EXCHANGE;

static EVENT all_closed = EVENT_INITIAL;
static int left, failed;

static void CALLBACK notified(HINTERNET handle, DWORD_PTR context, DWORD status, void *information, DWORD length) {
    EXCHANGE *exchange = (EXCHANGE *)context;
    int accepted = 1;

    if (exchange == NULL) {
        return;
    }
    switch (status) {
    case WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE:
        accepted = WinHttpReceiveResponse(handle, NULL);
        break;
    case WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE:
        accepted = WinHttpReadData(handle, exchange->buffer, sizeof exchange->buffer, NULL);
        break;
    case WINHTTP_CALLBACK_STATUS_READ_COMPLETE:
        exchange->bytes += length;
        if (length > 0) {
            accepted = WinHttpReadData(handle, exchange->buffer, sizeof exchange->buffer, NULL);
        } else {
            exchange->ended = 1;
            CHECK(WinHttpCloseHandle(handle));
        }
        break;
    case WINHTTP_CALLBACK_STATUS_REQUEST_ERROR:
        fprintf(stderr, "error %u in call %u\n", (unsigned)((WINHTTP_ASYNC_RESULT *)information)->dwError,
                (unsigned)((WINHTTP_ASYNC_RESULT *)information)->dwResult);
        accepted = 0;
        break;
    case WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING:
        if (__atomic_sub_fetch(&left, 1, __ATOMIC_SEQ_CST) == 0) {
            event_set(&all_closed);
        }
        break;
    default:
        break;
    }
    if (!accepted) {
        __atomic_add_fetch(&failed, 1, __ATOMIC_SEQ_CST);
        WinHttpCloseHandle(handle);
    }
}

int main(int count, char **arguments) {
    HINTERNET session, server;
    EXCHANGE *exchanges;
    WCHAR path[1024];
    unsigned long long size;
    int number, at;

    CHECK(count == 5);
    widen(arguments[2], path, sizeof path / sizeof *path);
    left = number = atoi(arguments[3]);
    size = strtoull(arguments[4], NULL, 10);
    exchanges = calloc((size_t)number, sizeof *exchanges);
    CHECK(exchanges != NULL);
    session = WinHttpOpen(T("many/1.0"), WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, WINHTTP_FLAG_ASYNC);
    CHECK(session != NULL);
    CHECK(WinHttpSetStatusCallback(session, notified, WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0) == NULL);
    server = WinHttpConnect(session, T("127.0.0.1"), (INTERNET_PORT)atoi(arguments[1]), 0);
    CHECK(server != NULL);
    for (at = 0; at < number; at++) {
        HINTERNET request = WinHttpOpenRequest(server, NULL, path, NULL, NULL, NULL, 0);

        CHECK(request != NULL);
        SUCCEEDS(WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, (DWORD_PTR)&exchanges[at]));
    }
    CHECK(event_wait(&all_closed, 60));
    CHECK(failed == 0);
    for (at = 0; at < number; at++) {
        CHECK(exchanges[at].ended && exchanges[at].bytes == size);
    }
    CHECK(WinHttpCloseHandle(server));
    CHECK(WinHttpCloseHandle(session));
    free(exchanges);
    puts("ok");
    return 0;
}
