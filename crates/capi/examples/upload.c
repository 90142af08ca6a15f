/* An asynchronous POST whose body is written in pieces, each from inside the completion of the one before.
 *
 *   upload PORT PATH PIECES SIZE
 *
 * Prints the status and how many bytes came back. */
#include "program.h"

typedef struct UPLOAD {
    HINTERNET request;
    EVENT done;
    EVENT closed;
    unsigned char *piece;
    DWORD size;
    unsigned left;
    DWORD status;
    DWORD error;
    unsigned long long returned;
    char buffer[8192];
} UPLOAD;

static void fail(UPLOAD *upload, DWORD error) {
    upload->error = error;
    event_set(&upload->done);
}

static void next(UPLOAD *upload) {
    BOOL accepted;

    if (upload->left > 0) {
        upload->left--;
        accepted = WinHttpWriteData(upload->request, upload->piece, upload->size, NULL);
    } else {
        accepted = WinHttpReceiveResponse(upload->request, NULL);
    }
    if (!accepted) {
        fail(upload, WinHttpCompatGetLastError());
    }
}

static void CALLBACK notified(HINTERNET handle, DWORD_PTR context, DWORD status, void *information, DWORD length) {
    UPLOAD *upload = (UPLOAD *)context;

    if (upload == NULL) {
        return;
    }
    switch (status) {
    case WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE:
        next(upload);
        break;
    case WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE:
        CHECK(length == sizeof(DWORD) && *(DWORD *)information == upload->size);
        next(upload);
        break;
    case WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE: {
        DWORD size = sizeof upload->status;

        CHECK(WinHttpQueryHeaders(handle, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER, NULL,
                                  &upload->status, &size, NULL));
        CHECK(WinHttpReadData(handle, upload->buffer, sizeof upload->buffer, NULL));
        break;
    }
    case WINHTTP_CALLBACK_STATUS_READ_COMPLETE:
        upload->returned += length;
        if (length == 0) {
            event_set(&upload->done);
        } else {
            CHECK(WinHttpReadData(handle, upload->buffer, sizeof upload->buffer, NULL));
        }
        break;
    case WINHTTP_CALLBACK_STATUS_REQUEST_ERROR:
        fail(upload, ((WINHTTP_ASYNC_RESULT *)information)->dwError);
        break;
    case WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING:
        event_set(&upload->closed);
        break;
    default:
        break;
    }
}

int main(int count, char **arguments) {
    static UPLOAD upload = {.done = EVENT_INITIAL, .closed = EVENT_INITIAL};
    HINTERNET session, server;
    WCHAR path[1024];
    DWORD_PTR context = (DWORD_PTR)&upload;

    CHECK(count == 5);
    widen(arguments[2], path, sizeof path / sizeof *path);
    upload.left = (unsigned)atoi(arguments[3]);
    upload.size = (DWORD)atoi(arguments[4]);
    upload.piece = malloc(upload.size);
    CHECK(upload.piece != NULL);
    memset(upload.piece, 'u', upload.size);
    session = WinHttpOpen(T("upload/1.0"), WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, WINHTTP_FLAG_ASYNC);
    CHECK(session != NULL);
    server = WinHttpConnect(session, T("127.0.0.1"), (INTERNET_PORT)atoi(arguments[1]), 0);
    CHECK(server != NULL);
    upload.request = WinHttpOpenRequest(server, T("POST"), path, NULL, NULL, NULL, 0);
    CHECK(upload.request != NULL);
    CHECK(WinHttpSetStatusCallback(upload.request, notified,
                                   WINHTTP_CALLBACK_FLAG_ALL_COMPLETIONS | WINHTTP_CALLBACK_FLAG_HANDLES, 0) == NULL);
    /* The context can come by option as well as with the send. */
    SUCCEEDS(WinHttpSetOption(upload.request, WINHTTP_OPTION_CONTEXT_VALUE, &context, sizeof context));
    SUCCEEDS(WinHttpSendRequest(upload.request, T("Content-Type: text/plain\r\n"), (DWORD)-1, NULL, 0,
                                upload.left * upload.size, 0));
    CHECK(event_wait(&upload.done, 30));
    CHECK(upload.error == 0);
    CHECK(WinHttpCloseHandle(upload.request));
    CHECK(event_wait(&upload.closed, 20));
    CHECK(WinHttpCloseHandle(server));
    CHECK(WinHttpCloseHandle(session));
    free(upload.piece);
    printf("%u\n%llu\n", (unsigned)upload.status, upload.returned);
    return 0;
}
