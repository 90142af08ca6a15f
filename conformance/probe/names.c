/* Symbolic names: statuses, handles, the application's buffers. */
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    DWORD value;
    const char *name;
} statuses[] = {
    {0x00000001, "RESOLVING_NAME"},        {0x00000002, "NAME_RESOLVED"},
    {0x00000004, "CONNECTING_TO_SERVER"},  {0x00000008, "CONNECTED_TO_SERVER"},
    {0x00000010, "SENDING_REQUEST"},       {0x00000020, "REQUEST_SENT"},
    {0x00000040, "RECEIVING_RESPONSE"},    {0x00000080, "RESPONSE_RECEIVED"},
    {0x00000100, "CLOSING_CONNECTION"},    {0x00000200, "CONNECTION_CLOSED"},
    {0x00000400, "HANDLE_CREATED"},        {0x00000800, "HANDLE_CLOSING"},
    {0x00001000, "DETECTING_PROXY"},       {0x00004000, "REDIRECT"},
    {0x00008000, "INTERMEDIATE_RESPONSE"}, {0x00010000, "SECURE_FAILURE"},
    {0x00020000, "HEADERS_AVAILABLE"},     {0x00040000, "DATA_AVAILABLE"},
    {0x00080000, "READ_COMPLETE"},         {0x00100000, "WRITE_COMPLETE"},
    {0x00200000, "REQUEST_ERROR"},         {0x00400000, "SENDREQUEST_COMPLETE"},
    {0x01000000, "GETPROXYFORURL_COMPLETE"}, {0x02000000, "CLOSE_COMPLETE"},
    {0x04000000, "SHUTDOWN_COMPLETE"},     {0x08000000, "GETPROXYSETTINGS_COMPLETE"},
    {0x10000000, "SETTINGS_WRITE_COMPLETE"}, {0x20000000, "SETTINGS_READ_COMPLETE"},
};

const char *status_name(DWORD status)
{
    size_t i;
    for (i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (statuses[i].value == status)
            return statuses[i].name;
    return "UNKNOWN";
}

DWORD status_value(const char *name)
{
    size_t i;
    for (i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (!strcmp(statuses[i].name, name))
            return statuses[i].value;
    return 0;
}

int status_index(DWORD status)
{
    int i = 0;
    while (i < STATUSES - 1 && !(status >> i & 1))
        i++;
    return i;
}

#define MAX_HANDLES 1024
static struct {
    char name[24];
    HINTERNET handle;
} handles[MAX_HANDLES];
static int handle_count;

/* A name may be bound again; the newest binding of a value or name wins. */
void handle_bind(const char *name, HINTERNET handle)
{
    port_lock();
    if (handle_count < MAX_HANDLES) {
        snprintf(handles[handle_count].name, sizeof handles[0].name, "%s", name);
        handles[handle_count++].handle = handle;
    }
    port_unlock();
}

HINTERNET handle_find(const char *name)
{
    HINTERNET found = NULL;
    int i;
    port_lock();
    for (i = handle_count - 1; i >= 0; i--)
        if (!strcmp(handles[i].name, name)) {
            found = handles[i].handle;
            break;
        }
    port_unlock();
    return found;
}

const char *handle_name(HINTERNET handle, char *room, size_t size)
{
    int i;
    if (!handle)
        return "NULL";
    port_lock();
    for (i = handle_count - 1; i >= 0; i--)
        if (handles[i].handle == handle)
            break;
    if (i >= 0)
        snprintf(room, size, "%s", handles[i].name);
    else
        snprintf(room, size, "unknown");
    port_unlock();
    return room;
}

#define MAX_BUFFERS 1024
static struct {
    const void *start;
    size_t size;
    unsigned call;
} buffers[MAX_BUFFERS];
static int buffer_count;

void buffer_bind(const void *start, size_t size, unsigned call)
{
    port_lock();
    if (buffer_count < MAX_BUFFERS) {
        buffers[buffer_count].start = start;
        buffers[buffer_count].size = size;
        buffers[buffer_count++].call = call;
    }
    port_unlock();
}

unsigned buffer_find(const void *start, size_t *size)
{
    unsigned call = 0;
    int i;
    port_lock();
    for (i = buffer_count - 1; i >= 0 && !call; i--)
        if (buffers[i].start == start) {
            call = buffers[i].call;
            *size = buffers[i].size;
        }
    port_unlock();
    return call;
}

/* UTF-8 to the WCHAR of the header in use. */
void wide(const char *utf8, WCHAR *into, size_t room)
{
    const unsigned char *p = (const unsigned char *)utf8;
    size_t n = 0;
    while (*p && n + 2 < room) {
        uint32_t c = *p++;
        int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
        if (more)
            c &= 0x3fu >> more;
        while (more-- && (*p & 0xc0) == 0x80)
            c = c << 6 | (*p++ & 0x3f);
        if (c > 0xffff && sizeof(WCHAR) == 2) {
            c -= 0x10000;
            into[n++] = (WCHAR)(0xd800 + (c >> 10));
            into[n++] = (WCHAR)(0xdc00 + (c & 0x3ff));
        } else {
            into[n++] = (WCHAR)c;
        }
    }
    into[n] = 0;
}
