/* The verbs of WebSocket handles. Apart from the upgrade they return an error code: 0 is told as TRUE, anything else as
 * FALSE with the code where other verbs have the last error. */
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SOCKETS 16
static struct {
    char name[24];
    const void *buffer;
    size_t size;
    unsigned call;
} sockets[MAX_SOCKETS];
static int socket_count;

/* The place of a socket's name, or -1; with the lock held. */
static int socket_place(const char *name)
{
    int i;
    for (i = 0; i < socket_count; i++)
        if (!strcmp(sockets[i].name, name))
            return i;
    return -1;
}

int socket_is(const char *name)
{
    int found;
    port_lock();
    found = socket_place(name) >= 0;
    port_unlock();
    return found;
}

static void socket_add(const char *name)
{
    port_lock();
    if (socket_place(name) < 0 && socket_count < MAX_SOCKETS)
        snprintf(sockets[socket_count++].name, sizeof sockets[0].name, "%s", name);
    port_unlock();
}

/* A refused receive must not hide the buffer of the one that is pending. */
static void socket_lend(const char *name, const void *buffer, size_t size, unsigned call)
{
    int i;
    port_lock();
    if ((i = socket_place(name)) >= 0) {
        sockets[i].buffer = buffer;
        sockets[i].size = size;
        sockets[i].call = call;
    }
    port_unlock();
}

const void *socket_buffer(const char *name, size_t *size, unsigned *call)
{
    const void *buffer = NULL;
    int i;
    port_lock();
    *size = 0;
    if ((i = socket_place(name)) >= 0) {
        buffer = sockets[i].buffer;
        *size = sockets[i].size;
        *call = sockets[i].call;
    }
    port_unlock();
    return buffer;
}

static const char *const types[] = {"binary", "binary+", "text", "text+", "close"};

const char *buffer_type_name(DWORD type, char *room, size_t size)
{
    if (type < sizeof types / sizeof types[0])
        return types[type];
    snprintf(room, size, "%lu", (unsigned long)type);
    return room;
}

static WINHTTP_WEB_SOCKET_BUFFER_TYPE buffer_type(const char *name)
{
    size_t i;
    for (i = 0; i < sizeof types / sizeof types[0]; i++)
        if (!strcmp(types[i], name))
            return (WINHTTP_WEB_SOCKET_BUFFER_TYPE)i;
    return (WINHTTP_WEB_SOCKET_BUFFER_TYPE)script_number(name);
}

const char *operation_name(DWORD operation, char *room, size_t size)
{
    static const char *const names[] = {"send", "receive", "close", "shutdown"};
    if (operation < sizeof names / sizeof names[0])
        return names[operation];
    snprintf(room, size, "%lu", (unsigned long)operation);
    return room;
}

static void code(struct call *call, DWORD error)
{
    call->error = error;
    returned(call, error ? "FALSE" : "TRUE");
}

/* upgrade SOCKET REQUEST [ctx=] */
void do_upgrade(struct call call, const struct step *step)
{
    const char *name = script_word(step, 0), *context = script_option(step, "ctx");
    HINTERNET request = handle_find(script_word(step, 1)), handle;
    socket_add(name);
    thread_creating = name;
    SetLastError(UNTOUCHED);
    handle = WinHttpWebSocketCompleteUpgrade(request, context ? script_number(context) : 0);
    call.error = GetLastError();
    thread_creating = NULL;
    if (handle)
        handle_bind(name, handle);
    returned(&call, handle ? "handle" : "NULL");
    finish(&call);
}

/* wssend SOCKET TYPE [body=|fill=] [len=] */
void do_wssend(struct call call, const struct step *step)
{
    HINTERNET handle = handle_find(script_word(step, 0));
    size_t length;
    char *body = body_of(step, &length);
    DWORD error = WinHttpWebSocketSend(handle, buffer_type(script_word(step, 1)), body,
                                       number_option(step, "len", (DWORD)length));
    code(&call, error);
    finish(&call);
}

/* wsreceive SOCKET SIZE [null] [len=] [noout]: the outputs are always shown; an asynchronous call leaves them alone. */
void do_wsreceive(struct call call, const struct step *step)
{
    const char *name = script_word(step, 0);
    HINTERNET handle = handle_find(name);
    size_t size = (size_t)script_number(script_word(step, 1)), old_size;
    unsigned old_call = 0;
    const void *old = socket_buffer(name, &old_size, &old_call);
    char *buffer = calloc(1, size + 1), room[16];
    DWORD *count = calloc(1, sizeof *count), error;
    WINHTTP_WEB_SOCKET_BUFFER_TYPE *type = calloc(1, sizeof *type);
    int out = !flag(step, "noout");
    if (!buffer || !count || !type)
        exit(2);
    *count = UNTOUCHED;
    *type = (WINHTTP_WEB_SOCKET_BUFFER_TYPE)UNTOUCHED;
    /* Before the call: it may complete inside. */
    socket_lend(name, buffer, size, call.seq);
    error = WinHttpWebSocketReceive(handle, flag(step, "null") ? NULL : buffer, number_option(step, "len", (DWORD)size),
                                    out ? count : NULL, out ? type : NULL);
    if (error)
        socket_lend(name, old, old_size, old_call);
    code(&call, error);
    if (out) {
        trace_number("n", *count);
        trace_text("type", *type == (WINHTTP_WEB_SOCKET_BUFFER_TYPE)UNTOUCHED
                               ? "untouched"
                               : buffer_type_name(*type, room, sizeof room));
        if (!error && *count <= size)
            trace_bytes("bytes", buffer, *count);
    }
    finish(&call);
}

/* wsreceiveall SOCKET SIZE: synchronous; receives until a message has ended, told as one call. */
void do_wsreceiveall(struct call call, const struct step *step)
{
    HINTERNET handle = handle_find(script_word(step, 0));
    DWORD size = (DWORD)script_number(script_word(step, 1)), count, receives = 0, error;
    unsigned long long total = 0;
    WINHTTP_WEB_SOCKET_BUFFER_TYPE type;
    char *buffer = malloc(size ? size : 1), room[16];
    do {
        count = 0;
        type = (WINHTTP_WEB_SOCKET_BUFFER_TYPE)UNTOUCHED;
        error = WinHttpWebSocketReceive(handle, buffer, size, &count, &type);
        total += error ? 0 : count;
    } while (!error && ++receives < 100000
             && (type == WINHTTP_WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE
                 || type == WINHTTP_WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE));
    code(&call, error);
    trace_number("n", (long long)total);
    trace_number("receives", receives);
    trace_text("type", buffer_type_name(type, room, sizeof room));
    finish(&call);
}

/* wsclose and wsshutdown SOCKET STATUS [reason=] [null] [len=] */
void do_wsclose(struct call call, const struct step *step)
{
    HINTERNET handle = handle_find(script_word(step, 0));
    USHORT status = (USHORT)script_number(script_word(step, 1));
    const char *reason = script_option(step, "reason");
    DWORD length = number_option(step, "len", reason ? (DWORD)strlen(reason) : 0);
    /* The longest that any case claims, so that a library which reads too much finds memory. */
    char *room = calloc(1, 4096);
    DWORD error;
    if (!room)
        exit(2);
    if (reason)
        snprintf(room, 4096, "%s", reason);
    if (!strcmp(step->verb, "wsclose"))
        error = WinHttpWebSocketClose(handle, status, length && !flag(step, "null") ? room : NULL, length);
    else
        error = WinHttpWebSocketShutdown(handle, status, length && !flag(step, "null") ? room : NULL, length);
    code(&call, error);
    finish(&call);
}

/* wsstatus SOCKET [size=] [null] [nostatus] [nocount] */
void do_wsstatus(struct call call, const struct step *step)
{
    HINTERNET handle = handle_find(script_word(step, 0));
    DWORD size = number_option(step, "size", 123), consumed = UNTOUCHED, error;
    USHORT status = 0xdead;
    char reason[4096] = "";
    error = WinHttpWebSocketQueryCloseStatus(handle, flag(step, "nostatus") ? NULL : &status,
                                             flag(step, "null") ? NULL : reason, size,
                                             flag(step, "nocount") ? NULL : &consumed);
    code(&call, error);
    if (status == 0xdead)
        trace_text("status", "untouched");
    else
        trace_number("status", status);
    if (consumed == UNTOUCHED)
        trace_text("n", "untouched");
    else
        trace_number("n", consumed);
    trace_bytes("reason", reason, !error && consumed <= size && size ? consumed : 0);
    finish(&call);
}
