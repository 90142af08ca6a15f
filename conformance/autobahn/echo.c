/* The client that the Autobahn test suite drives: plays its cases one after another and sends everything back.
 *
 *     echo PORT AGENT [async]
 *
 * The server's case N is a WebSocket at /runCase?case=N&agent=AGENT. What a receive brings is sent back as it is, with its
 * buffer type, so fragments stay fragments; a close frame is answered with its own status. Prints a line for each case.
 * With "async" the same is done from inside the callbacks. */
#ifdef _WIN32
#include <windows.h>
#define sleep_a_moment() Sleep(2)
#else
#include <time.h>
static void sleep_a_moment(void)
{
    struct timespec time = {0, 2000000};
    nanosleep(&time, NULL);
}
#endif
#include <winhttp.h>
#ifndef _WIN32
#define GetLastError WinHttpCompatGetLastError
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER 65536

/* One WebSocket of the asynchronous mode. Only one thing is outstanding at a time, so nothing is locked; `done` is set
 * last, inside HANDLE_CLOSING. */
struct play {
    HINTERNET request, socket;
    WINHTTP_WEB_SOCKET_BUFFER_TYPE type;
    DWORD error;
    volatile LONG done, upgraded;
    unsigned long receives;
    char buffer[BUFFER];
};

static HINTERNET session, server;

static void play_fail(struct play *play, DWORD error)
{
    play->error = error ? error : 1;
    WinHttpCloseHandle(play->socket ? play->socket : play->request);
}

static void play_receive(struct play *play)
{
    DWORD error = WinHttpWebSocketReceive(play->socket, play->buffer, BUFFER, NULL, NULL);
    if (error)
        play_fail(play, error);
}

static void play_status(struct play *play, const WINHTTP_WEB_SOCKET_STATUS *status)
{
    DWORD error;
    play->receives++;
    if (status->eBufferType == WINHTTP_WEB_SOCKET_CLOSE_BUFFER_TYPE) {
        USHORT code = 0;
        DWORD used = 0;
        char reason[WINHTTP_WEB_SOCKET_MAX_CLOSE_REASON_LENGTH];
        error = WinHttpWebSocketQueryCloseStatus(play->socket, &code, reason, sizeof reason, &used);
        if (!error)
            error = WinHttpWebSocketClose(play->socket, code, used ? reason : NULL, used);
    } else {
        error = WinHttpWebSocketSend(play->socket, status->eBufferType, play->buffer, status->dwBytesTransferred);
    }
    if (error)
        play_fail(play, error);
}

static void CALLBACK told(HINTERNET handle, DWORD_PTR context, DWORD status, LPVOID info, DWORD length)
{
    struct play *play = (struct play *)context;
    (void)length;
    if (!play)
        return;
    switch (status) {
    case WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE:
        if (!WinHttpReceiveResponse(handle, NULL))
            play_fail(play, GetLastError());
        break;
    case WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE:
        play->socket = WinHttpWebSocketCompleteUpgrade(handle, context);
        if (!play->socket) {
            play_fail(play, GetLastError());
            break;
        }
        play->upgraded = 1;
        WinHttpCloseHandle(handle);
        play_receive(play);
        break;
    case WINHTTP_CALLBACK_STATUS_READ_COMPLETE:
        play_status(play, info);
        break;
    case WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE:
        play_receive(play);
        break;
    case WINHTTP_CALLBACK_STATUS_CLOSE_COMPLETE:
        WinHttpCloseHandle(handle);
        break;
    case WINHTTP_CALLBACK_STATUS_REQUEST_ERROR:
        if (handle == play->socket && play->upgraded)
            play_fail(play, ((const WINHTTP_WEB_SOCKET_ASYNC_RESULT *)info)->AsyncResult.dwError);
        else
            play_fail(play, ((const WINHTTP_ASYNC_RESULT *)info)->dwError);
        break;
    case WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING:
        /* The request's comes too; the play ends with the socket's, or with the request's where there is no socket. */
        if (!play->upgraded || handle == play->socket)
            play->done = 1;
        break;
    }
}

static void path_of(const char *text, WCHAR *path, size_t room)
{
    size_t i;
    for (i = 0; text[i] && i + 1 < room; i++)
        path[i] = (WCHAR)(unsigned char)text[i];
    path[i] = 0;
}

static HINTERNET request_of(const char *text)
{
    WCHAR path[256], verb[] = {'G', 'E', 'T', 0};
    HINTERNET request;
    path_of(text, path, sizeof path / sizeof path[0]);
    request = WinHttpOpenRequest(server, verb, path, NULL, WINHTTP_NO_REFERER, WINHTTP_DEFAULT_ACCEPT_TYPES, 0);
    if (request && !WinHttpSetOption(request, WINHTTP_OPTION_UPGRADE_TO_WEB_SOCKET, NULL, 0)) {
        WinHttpCloseHandle(request);
        return NULL;
    }
    return request;
}

/* A WebSocket in synchronous mode, or NULL. */
static HINTERNET socket_of(const char *path)
{
    HINTERNET request = request_of(path), handle = NULL;
    if (!request)
        return NULL;
    if (WinHttpSendRequest(request, WINHTTP_NO_ADDITIONAL_HEADERS, 0, NULL, 0, 0, 0)
        && WinHttpReceiveResponse(request, NULL))
        handle = WinHttpWebSocketCompleteUpgrade(request, 0);
    WinHttpCloseHandle(request);
    return handle;
}

/* Sends everything back until the socket is closed; 0 or the error that ended it. */
static DWORD echo(HINTERNET handle, unsigned long *receives)
{
    static char buffer[BUFFER];
    for (;;) {
        DWORD count = 0, error;
        WINHTTP_WEB_SOCKET_BUFFER_TYPE type = WINHTTP_WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE;
        error = WinHttpWebSocketReceive(handle, buffer, BUFFER, &count, &type);
        if (error)
            return error;
        ++*receives;
        if (type == WINHTTP_WEB_SOCKET_CLOSE_BUFFER_TYPE) {
            USHORT code = 0;
            DWORD used = 0;
            error = WinHttpWebSocketQueryCloseStatus(handle, &code, buffer, BUFFER, &used);
            return error ? error : WinHttpWebSocketClose(handle, code, used ? buffer : NULL, used);
        }
        error = WinHttpWebSocketSend(handle, type, buffer, count);
        if (error)
            return error;
    }
}

static void play_case(int number, const char *agent, int asynchronous)
{
    char path[200];
    unsigned long receives = 0;
    DWORD error = 0;
    snprintf(path, sizeof path, "/runCase?case=%d&agent=%s", number, agent);
    if (asynchronous) {
        struct play *play = calloc(1, sizeof *play);
        if (!play)
            exit(2);
        play->request = request_of(path);
        if (!play->request
            || !WinHttpSendRequest(play->request, WINHTTP_NO_ADDITIONAL_HEADERS, 0, NULL, 0, 0, (DWORD_PTR)play)) {
            printf("case %d: cannot be begun, error %lu\n", number, (unsigned long)GetLastError());
            return;
        }
        while (!play->done)
            sleep_a_moment();
        error = play->error;
        receives = play->receives;
        free(play);
    } else {
        HINTERNET handle = socket_of(path);
        if (!handle) {
            printf("case %d: no WebSocket, error %lu\n", number, (unsigned long)GetLastError());
            return;
        }
        error = echo(handle, &receives);
        WinHttpCloseHandle(handle);
    }
    printf("case %d: %lu receives, error %lu\n", number, receives, (unsigned long)error);
    fflush(stdout);
}

/* Asks the server for a line of text. */
static int ask(const char *path, char *text, DWORD room)
{
    HINTERNET handle = socket_of(path);
    DWORD count = 0, error;
    WINHTTP_WEB_SOCKET_BUFFER_TYPE type;
    if (!handle)
        return 0;
    error = WinHttpWebSocketReceive(handle, text, room - 1, &count, &type);
    text[error ? 0 : count] = 0;
    if (!error && type != WINHTTP_WEB_SOCKET_CLOSE_BUFFER_TYPE)
        error = WinHttpWebSocketClose(handle, WINHTTP_WEB_SOCKET_SUCCESS_CLOSE_STATUS, NULL, 0);
    WinHttpCloseHandle(handle);
    return !error;
}

static int begin(DWORD flags, int port)
{
    WCHAR host[] = {'1', '2', '7', '.', '0', '.', '0', '.', '1', 0};
    session = WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, flags);
    /* Handles take the callback from their parent when they are made. */
    if (flags & WINHTTP_FLAG_ASYNC)
        WinHttpSetStatusCallback(session, told, WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0);
    server = session ? WinHttpConnect(session, host, (INTERNET_PORT)port, 0) : NULL;
    return server != NULL;
}

static void end(void)
{
    WinHttpCloseHandle(server);
    WinHttpCloseHandle(session);
}

int main(int argc, char **argv)
{
    char text[256], path[200];
    int count, number, asynchronous = argc > 3 && !strcmp(argv[3], "async");
    if (argc < 3 || !begin(0, atoi(argv[1]))) {
        fprintf(stderr, "usage: echo PORT AGENT [async]\n");
        return 2;
    }
    if (!ask("/getCaseCount", text, sizeof text)) {
        fprintf(stderr, "the server does not say how many cases it has\n");
        return 1;
    }
    count = atoi(text);
    if (asynchronous) {
        end();
        if (!begin(WINHTTP_FLAG_ASYNC, atoi(argv[1])))
            return 1;
    }
    for (number = 1; number <= count; number++)
        play_case(number, argv[2], asynchronous);
    end();
    if (!begin(0, atoi(argv[1])))
        return 1;
    snprintf(path, sizeof path, "/updateReports?agent=%s", argv[2]);
    /* It sends nothing and closes. */
    ask(path, text, sizeof text);
    end();
    printf("%d cases\n", count);
    return 0;
}
