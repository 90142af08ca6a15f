/* The probe: plays one case against whatever <winhttp.h> it was built with and prints what happened.
 *
 * The case comes on standard input in the line form that the runner makes of a case file; the trace goes to standard
 * output as JSON Lines. One process plays one case, since connection pools live as long as a process. */
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PROBE_TLS const char *thread_name;
PROBE_TLS int thread_depth;
PROBE_TLS unsigned thread_call;
PROBE_TLS const char *thread_creating;
PROBE_TLS int thread_failed;

const char *section = "";

static int workers;
static int counts[STATUSES];

#define MAX_SIGNALS 64
static const char *signals[MAX_SIGNALS];
static int signal_count;

const char *my_thread(void)
{
    if (!thread_name) {
        char text[16], *kept;
        port_lock();
        snprintf(text, sizeof text, "w%d", ++workers);
        port_unlock();
        kept = malloc(strlen(text) + 1);
        thread_name = kept ? strcpy(kept, text) : "w";
    }
    return thread_name;
}

void signal_raise(const char *name)
{
    port_lock();
    if (signal_count < MAX_SIGNALS)
        signals[signal_count++] = name;
    port_wake();
    port_unlock();
}

int signal_await(const char *name, unsigned milliseconds)
{
    uint64_t now, until = port_now() + (uint64_t)milliseconds * 1000;
    int i, found = 0;
    port_lock();
    for (;;) {
        for (i = 0; i < signal_count; i++)
            if (!strcmp(signals[i], name))
                found = 1;
        now = port_now();
        if (found || now >= until)
            break;
        port_wait((unsigned)((until - now) / 1000 + 1));
    }
    port_unlock();
    return found;
}

void wait_status(DWORD status, int count, unsigned milliseconds)
{
    uint64_t until = port_now() + (uint64_t)milliseconds * 1000;
    port_lock();
    while (counts[status_index(status)] < count) {
        uint64_t now = port_now();
        if (now >= until)
            break;
        port_wait((unsigned)((until - now) / 1000 + 1));
    }
    port_unlock();
}

/* What a notification carries, read while it may be read. */
struct payload {
    const char *kind;
    const WCHAR *text;
    size_t characters;
    int terminated;
    long long number;
    long long error;
    long long operation;
    char target[24];
    const char *target_name;
    unsigned call;
    const void *bytes;
    size_t length;
    const char *type;
    char room[16];
};

/* What a WebSocket handle's completion carries. Whether it was one of them. */
static int payload_socket(struct payload *p, const char *name, DWORD status, LPVOID info, DWORD length)
{
    if (status == WINHTTP_CALLBACK_STATUS_REQUEST_ERROR && length >= sizeof(WINHTTP_WEB_SOCKET_ASYNC_RESULT)) {
        const WINHTTP_WEB_SOCKET_ASYNC_RESULT *result = info;
        p->kind = "error";
        p->number = (long long)result->AsyncResult.dwResult;
        p->error = (long long)result->AsyncResult.dwError;
        p->operation = (long long)result->Operation;
    } else if ((status == WINHTTP_CALLBACK_STATUS_READ_COMPLETE || status == WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE)
               && length >= sizeof(WINHTTP_WEB_SOCKET_STATUS)) {
        const WINHTTP_WEB_SOCKET_STATUS *done = info;
        p->kind = "websocket";
        p->number = (long long)done->dwBytesTransferred;
        p->type = buffer_type_name(done->eBufferType, p->room, sizeof p->room);
        if (status == WINHTTP_CALLBACK_STATUS_READ_COMPLETE) {
            p->bytes = socket_buffer(name, &p->length, &p->call);
            if (done->dwBytesTransferred < p->length)
                p->length = done->dwBytesTransferred;
        }
    } else
        return 0;
    return 1;
}

static void payload_read(struct payload *p, const char *name, DWORD status, LPVOID info, DWORD length)
{
    size_t size = 0;
    memset(p, 0, sizeof *p);
    p->error = p->operation = -1;
    if (!info) {
        p->kind = "null";
        return;
    }
    p->kind = "pointer";
    if (socket_is(name) && payload_socket(p, name, status, info, length))
        return;
    switch (status) {
    case WINHTTP_CALLBACK_STATUS_RESOLVING_NAME:
    case WINHTTP_CALLBACK_STATUS_NAME_RESOLVED:
    case WINHTTP_CALLBACK_STATUS_CONNECTING_TO_SERVER:
    case WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER:
    case WINHTTP_CALLBACK_STATUS_REDIRECT:
        p->kind = "string";
        p->text = info;
        while (p->characters < length && p->characters < 4096 && p->text[p->characters])
            p->characters++;
        p->terminated = p->characters < length;
        break;
    case WINHTTP_CALLBACK_STATUS_REQUEST_SENT:
    case WINHTTP_CALLBACK_STATUS_RESPONSE_RECEIVED:
    case WINHTTP_CALLBACK_STATUS_INTERMEDIATE_RESPONSE:
    case WINHTTP_CALLBACK_STATUS_SECURE_FAILURE:
    case WINHTTP_CALLBACK_STATUS_DATA_AVAILABLE:
    case WINHTTP_CALLBACK_STATUS_WRITE_COMPLETE:
        p->kind = "number";
        if (length >= sizeof(DWORD))
            p->number = *(DWORD *)info;
        break;
    case WINHTTP_CALLBACK_STATUS_HANDLE_CREATED:
    case WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING: {
        HINTERNET target = *(HINTERNET *)info;
        p->kind = "handle";
        if (status == WINHTTP_CALLBACK_STATUS_HANDLE_CREATED && thread_creating) {
            handle_bind(thread_creating, target);
            thread_creating = NULL;
        }
        p->target_name = handle_name(target, p->target, sizeof p->target);
        break;
    }
    case WINHTTP_CALLBACK_STATUS_REQUEST_ERROR: {
        const WINHTTP_ASYNC_RESULT *result = info;
        p->kind = "error";
        if (length >= sizeof *result) {
            p->number = (long long)result->dwResult;
            p->error = (long long)result->dwError;
        }
        break;
    }
    case WINHTTP_CALLBACK_STATUS_READ_COMPLETE:
    case WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE:
        p->call = buffer_find(info, &size);
        if (p->call) {
            p->kind = "buffer";
            p->bytes = info;
            p->length = length < size ? length : size;
        }
        break;
    default:
        break;
    }
}

static int handler_wants(struct block *block, DWORD status, const char *name, int zero)
{
    int wanted;
    if (block->kind != HANDLER || block->status != status)
        return 0;
    if (strcmp(block->name, "*") && strcmp(block->name, name))
        return 0;
    if (block->nonzero && zero)
        return 0;
    port_lock();
    block->seen++;
    wanted = !block->nth || block->nth == block->seen;
    port_unlock();
    return wanted;
}

void CALLBACK status_callback(HINTERNET handle, DWORD_PTR context, DWORD status, LPVOID info, DWORD length)
{
    struct payload p;
    char room[24], value[32];
    const char *name, *thread = my_thread();
    unsigned seq;
    int i, zero;

    name = handle_name(handle, room, sizeof room);
    payload_read(&p, name, status, info, length);
    zero = !strcmp(p.kind, "number") || !strcmp(p.kind, "websocket") ? p.number == 0 : length == 0;
    /* HANDLE_CREATED has just given a name to a handle that it may itself be about. */
    name = handle_name(handle, room, sizeof room);
    snprintf(value, sizeof value, "0x%llx", (unsigned long long)context);

    trace_begin("callback");
    trace_text("thread", thread);
    trace_number("depth", ++thread_depth);
    trace_number("inside", (long long)thread_call);
    trace_text("section", section);
    trace_text("handle", name);
    trace_text("context", value);
    trace_text("status", status_name(status));
    trace_number("value", (long long)status);
    trace_number("length", (long long)length);
    trace_open("info");
    trace_text("kind", p.kind);
    if (p.text) {
        trace_wide("text", p.text, p.characters);
        trace_bool("terminated", p.terminated);
    }
    if (!strcmp(p.kind, "number"))
        trace_number("number", p.number);
    if (!strcmp(p.kind, "error")) {
        trace_number("api", p.number);
        trace_number("error", p.error);
        if (p.operation >= 0)
            trace_text("operation", operation_name((DWORD)p.operation, value, sizeof value));
    }
    if (p.type) {
        trace_number("number", p.number);
        trace_text("type", p.type);
    }
    if (p.target_name)
        trace_text("handle", p.target_name);
    if (p.call) {
        trace_number("call", (long long)p.call);
        trace_bytes("bytes", p.bytes, p.length);
    }
    trace_close();
    seq = trace_seq();
    counts[status_index(status)]++;
    port_wake();
    trace_end();

    for (i = 0; i < block_count; i++)
        if (handler_wants(&blocks[i], status, name, zero))
            run_block(&blocks[i]);

    trace_begin("leave");
    trace_text("thread", thread);
    trace_number("callback", (long long)seq);
    trace_end();
    thread_depth--;
}

void run_block(const struct block *block)
{
    int i;
    for (i = 0; i < block->steps; i++) {
        const struct step *step = &steps[block->first + i];
        if (block->kind == MAIN && strcmp(step->verb, "wait")) {
            port_lock();
            memset(counts, 0, sizeof counts);
            section = step->label;
            port_unlock();
        }
        if (!strcmp(step->verb, "wait")) {
            unsigned time = (unsigned)script_number(script_word(step, 2));
            /* A call that was to succeed and did not brings about nothing worth a long wait. */
            if (thread_failed && !strcmp(script_word(step, 3), "ok") && time > 100)
                time = 100;
            wait_status(status_value(script_word(step, 0)), (int)script_number(script_word(step, 1)), time);
        } else
            call_run(step);
    }
}

static void second_thread(void *argument)
{
    const struct block *block = argument;
    thread_name = block->name;
    run_block(block);
    signal_raise(block->name);
}

static void watchdog(void *argument)
{
    (void)argument;
    port_sleep(time_limit);
    trace_begin("hung");
    trace_end();
    port_exit(3);
}

int main(int argc, char **argv)
{
    int i;
    port_init();
    if (argc == 3 && !strcmp(argv[1], "--trust"))
        return port_trust(argv[2]);
    thread_name = "main";
    if (!script_read())
        return 2;
    trace_head(NULL, NULL);
    if (!port_thread(watchdog, NULL))
        return 2;
    for (i = 0; i < block_count; i++)
        if (blocks[i].kind == THREAD && !port_thread(second_thread, &blocks[i]))
            return 2;
    for (i = 0; i < block_count; i++)
        if (blocks[i].kind == MAIN)
            run_block(&blocks[i]);
    /* Second threads say their own name when done; stragglers get a moment to be seen. */
    for (i = 0; i < block_count; i++)
        if (blocks[i].kind == THREAD)
            signal_await(blocks[i].name, 5000);
    port_sleep(30);
    trace_begin("end");
    trace_end();
    port_exit(0);
    return 0;
}
