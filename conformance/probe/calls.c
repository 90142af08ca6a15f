/* The verbs of a case: each is one WinHTTP call, told before and after. */
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void begin(struct call *call, const struct step *step)
{
    int i;
    call->step = step;
    call->outer = thread_call;
    my_thread();
    trace_begin("call");
    trace_text("thread", thread_name);
    trace_number("depth", thread_depth);
    trace_number("outer", (long long)call->outer);
    trace_text("section", section);
    trace_text("label", step->label);
    trace_text("verb", step->verb);
    trace_list("args");
    for (i = 0; i < step->count; i++)
        trace_bytes(NULL, step->args[i], strlen(step->args[i]));
    trace_list_end();
    call->seq = trace_end();
    thread_call = call->seq;
    SetLastError(UNTOUCHED);
}

void returned(struct call *call, const char *result)
{
    thread_failed = !strcmp(result, "FALSE") || !strcmp(result, "NULL");
    trace_begin("return");
    trace_text("thread", thread_name);
    trace_number("call", (long long)call->seq);
    trace_text("result", result);
    trace_number("error", (long long)call->error);
    trace_open("out");
}

void finish(struct call *call)
{
    trace_close();
    trace_end();
    thread_call = call->outer;
}

#define DO_BOOL(expression)                         \
    do {                                            \
        BOOL ok_ = (expression);                    \
        call.error = GetLastError();                \
        returned(&call, ok_ ? "TRUE" : "FALSE");    \
        ok = ok_;                                   \
    } while (0)

static WCHAR *wide_new(const char *text)
{
    size_t room = strlen(text) + 2;
    WCHAR *into = calloc(room, sizeof *into);
    if (into)
        wide(text, into, room);
    return into;
}

static const WCHAR *wide_option(const struct step *step, const char *key)
{
    const char *text = script_option(step, key);
    return text ? wide_new(text) : NULL;
}

int flag(const struct step *step, const char *word)
{
    int i;
    for (i = 0; i < step->count; i++)
        if (!strcmp(step->args[i], word))
            return 1;
    return 0;
}

DWORD number_option(const struct step *step, const char *key, DWORD otherwise)
{
    const char *text = script_option(step, key);
    return text ? (DWORD)script_number(text) : otherwise;
}

#define MAX_ASYNC 16
static const char *sync_sessions[MAX_ASYNC];
int any_sync;

static void handle_returned(struct call *call, const char *name, HINTERNET handle)
{
    call->error = GetLastError();
    thread_creating = NULL;
    handle_bind(name, handle);
    returned(call, handle ? "handle" : "NULL");
    finish(call);
}

static void do_open(struct call call, const struct step *step)
{
    const WCHAR *agent = wide_option(step, "agent"), *proxy = wide_option(step, "proxy");
    const WCHAR *bypass = wide_option(step, "bypass");
    DWORD flags = flag(step, "async") ? WINHTTP_FLAG_ASYNC : 0;
    DWORD access = proxy ? WINHTTP_ACCESS_TYPE_NAMED_PROXY : WINHTTP_ACCESS_TYPE_NO_PROXY;
    HINTERNET handle;
    if (!flags && any_sync < MAX_ASYNC)
        sync_sessions[any_sync++] = script_word(step, 0);
    handle = WinHttpOpen(agent, number_option(step, "access", access), proxy, bypass,
                         number_option(step, "flags", flags));
    handle_returned(&call, script_word(step, 0), handle);
}

static void do_connect(struct call call, const struct step *step)
{
    const WCHAR *host = strcmp(script_word(step, 2), "NULL") ? wide_new(script_word(step, 2)) : NULL;
    HINTERNET parent = handle_find(script_word(step, 1));
    thread_creating = script_word(step, 0);
    SetLastError(UNTOUCHED);
    handle_returned(&call, script_word(step, 0),
                    WinHttpConnect(parent, host, (INTERNET_PORT)script_number(script_word(step, 3)),
                                   number_option(step, "reserved", 0)));
}

static void do_request(struct call call, const struct step *step)
{
    const char *verb = script_word(step, 2), *path = script_word(step, 3);
    const WCHAR *version = wide_option(step, "version");
    DWORD flags = number_option(step, "flags", 0) | (flag(step, "secure") ? WINHTTP_FLAG_SECURE : 0);
    HINTERNET parent = handle_find(script_word(step, 1));
    thread_creating = script_word(step, 0);
    SetLastError(UNTOUCHED);
    handle_returned(&call, script_word(step, 0),
                    WinHttpOpenRequest(parent, strcmp(verb, "NULL") ? wide_new(verb) : NULL,
                                       strcmp(path, "NULL") ? wide_new(path) : NULL, version, WINHTTP_NO_REFERER,
                                       WINHTTP_DEFAULT_ACCEPT_TYPES, flags));
}

char *body_of(const struct step *step, size_t *length)
{
    const char *text = script_option(step, "body"), *fill = script_option(step, "fill");
    char *bytes;
    *length = text ? strlen(text) : fill ? (size_t)script_number(fill) : 0;
    bytes = *length ? malloc(*length) : NULL;
    if (!bytes)
        *length = 0;
    else if (text)
        memcpy(bytes, text, *length);
    else
        memset(bytes, 'x', *length);
    return bytes;
}

static void do_send(struct call call, const struct step *step)
{
    const WCHAR *headers = wide_option(step, "headers");
    const char *context = script_option(step, "ctx");
    size_t length;
    char *body = body_of(step, &length);
    HINTERNET request = handle_find(script_word(step, 0));
    BOOL ok;
    if (body)
        buffer_bind(body, length, call.seq);
    SetLastError(UNTOUCHED);
    DO_BOOL(WinHttpSendRequest(request, headers, headers ? number_option(step, "hlen", (DWORD)-1) : 0, body,
                               (DWORD)length, number_option(step, "total", (DWORD)length),
                               context ? script_number(context) : 0));
    (void)ok;
    finish(&call);
}

static int wants_out(const struct step *step) { return flag(step, "out") || (any_sync && !flag(step, "noout")); }

static void do_query(struct call call, const struct step *step)
{
    DWORD *available = calloc(1, sizeof *available);
    HINTERNET request = handle_find(script_word(step, 0));
    BOOL ok;
    *available = UNTOUCHED;
    SetLastError(UNTOUCHED);
    DO_BOOL(WinHttpQueryDataAvailable(request, wants_out(step) ? available : NULL));
    (void)ok;
    if (wants_out(step))
        trace_number("n", *available);
    finish(&call);
}

static void do_read(struct call call, const struct step *step)
{
    size_t size = (size_t)script_number(script_word(step, 1));
    char *buffer = calloc(1, size + 1);
    DWORD *count = calloc(1, sizeof *count);
    HINTERNET request = handle_find(script_word(step, 0));
    BOOL ok;
    buffer_bind(buffer, size, call.seq);
    *count = UNTOUCHED;
    SetLastError(UNTOUCHED);
    DO_BOOL(WinHttpReadData(request, buffer, (DWORD)size, wants_out(step) ? count : NULL));
    if (wants_out(step)) {
        trace_number("n", *count);
        if (ok && *count <= size)
            trace_bytes("bytes", buffer, *count);
    }
    finish(&call);
}

/* Synchronous: reads until nothing comes, told as one call. */
static void do_readall(struct call call, const struct step *step)
{
    DWORD size = (DWORD)script_number(script_word(step, 1)), count = 0, reads = 0;
    unsigned long long total = 0;
    uint32_t sum = 2166136261u;
    char *buffer = malloc(size ? size : 1);
    HINTERNET request = handle_find(script_word(step, 0));
    BOOL ok = FALSE;
    while (reads++ < 100000) {
        DWORD i;
        SetLastError(UNTOUCHED);
        ok = WinHttpReadData(request, buffer, size, &count);
        if (!ok || !count)
            break;
        for (i = 0; i < count; i++)
            sum = (sum ^ (unsigned char)buffer[i]) * 16777619u;
        total += count;
    }
    call.error = GetLastError();
    returned(&call, ok ? "TRUE" : "FALSE");
    trace_number("n", (long long)total);
    trace_number("sum", sum);
    finish(&call);
}

static void do_write(struct call call, const struct step *step)
{
    size_t length;
    char *body = body_of(step, &length);
    DWORD *count = calloc(1, sizeof *count);
    HINTERNET request = handle_find(script_word(step, 0));
    BOOL ok;
    *count = UNTOUCHED;
    SetLastError(UNTOUCHED);
    DO_BOOL(WinHttpWriteData(request, flag(step, "empty") ? (LPCVOID) "" : body, (DWORD)length,
                             wants_out(step) ? count : NULL));
    (void)ok;
    if (wants_out(step))
        trace_number("n", *count);
    finish(&call);
}

/* header H NAME, raw H, hquery H LEVEL: one header query; text comes back as it is. */
static void do_header(struct call call, const struct step *step)
{
    DWORD level = number_option(step, "level", WINHTTP_QUERY_CUSTOM);
    const WCHAR *name = script_word(step, 1)[0] ? wide_new(script_word(step, 1)) : NULL;
    static const DWORD room = 65536;
    DWORD size = number_option(step, "size", room), index = number_option(step, "index", 0);
    int number = flag(step, "number");
    char *buffer = calloc(1, room + 4);
    HINTERNET request = handle_find(script_word(step, 0));
    BOOL ok;
    if (flag(step, "request"))
        level |= WINHTTP_QUERY_FLAG_REQUEST_HEADERS;
    if (number) {
        level |= WINHTTP_QUERY_FLAG_NUMBER;
        size = sizeof(DWORD);
        *(DWORD *)buffer = UNTOUCHED;
    }
    SetLastError(UNTOUCHED);
    DO_BOOL(WinHttpQueryHeaders(request, level, name, flag(step, "null") ? NULL : buffer, &size,
                                script_option(step, "index") ? &index : NULL));
    trace_number("size", size);
    if (script_option(step, "index"))
        trace_number("index", index);
    if (number)
        trace_number("n", *(DWORD *)buffer);
    else if (ok && size <= room)
        trace_wide("text", (WCHAR *)buffer, size / sizeof(WCHAR));
    finish(&call);
}

static void do_option(struct call call, const struct step *step)
{
    HINTERNET handle = handle_find(script_word(step, 0));
    DWORD option = (DWORD)script_number(script_word(step, 1));
    const char *verb = step->verb, *text = script_word(step, 2);
    DWORD value = (DWORD)script_number(text);
    DWORD_PTR pointer = script_number(text);
    static const DWORD room = 65536;
    char *buffer = calloc(1, room);
    DWORD size;
    BOOL ok;
    SetLastError(UNTOUCHED);
    if (!strcmp(verb, "setdw")) {
        DO_BOOL(WinHttpSetOption(handle, option, &value, number_option(step, "size", sizeof value)));
    } else if (!strcmp(verb, "setptr")) {
        DO_BOOL(WinHttpSetOption(handle, option, &pointer, sizeof pointer));
    } else if (!strcmp(verb, "setnull")) {
        DO_BOOL(WinHttpSetOption(handle, option, NULL, value));
    } else if (!strcmp(verb, "setstr")) {
        WCHAR *string = wide_new(text);
        size = (DWORD)strlen(text);
        DO_BOOL(WinHttpSetOption(handle, option, string, number_option(step, "len", size)));
    } else {
        int want_number = !strcmp(verb, "getdw") || !strcmp(verb, "getptr");
        size = !strcmp(verb, "getdw") ? sizeof(DWORD) : !strcmp(verb, "getptr") ? sizeof(DWORD_PTR) : room;
        size = number_option(step, "size", size);
        *(DWORD *)buffer = want_number && !strcmp(verb, "getdw") ? UNTOUCHED : 0;
        DO_BOOL(WinHttpQueryOption(handle, option, flag(step, "null") ? NULL : buffer, &size));
        trace_number("size", size);
        if (!strcmp(verb, "getdw"))
            trace_number("n", *(DWORD *)buffer);
        else if (!strcmp(verb, "getptr"))
            trace_number("n", (long long)*(DWORD_PTR *)buffer);
        else if (!strcmp(verb, "getstr") && ok && size < room)
            trace_wide("text", (WCHAR *)buffer, size / sizeof(WCHAR));
        else if (!strcmp(verb, "getany") && ok)
            trace_bool("filled", *(DWORD *)buffer != 0);
    }
    (void)ok;
    finish(&call);
}

static void do_callback(struct call call, const struct step *step)
{
    HINTERNET handle = handle_find(script_word(step, 0));
    const char *text = script_word(step, 1);
    DWORD mask = strcmp(text, "all") ? (DWORD)script_number(text) : WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS;
    WINHTTP_STATUS_CALLBACK before;
    SetLastError(UNTOUCHED);
    before = WinHttpSetStatusCallback(handle, flag(step, "null") ? NULL : status_callback, mask, 0);
    call.error = GetLastError();
    returned(&call, before == WINHTTP_INVALID_STATUS_CALLBACK ? "INVALID"
                    : before == NULL                          ? "NULL"
                    : before == status_callback               ? "SAME"
                                                              : "OTHER");
    finish(&call);
}

static void do_addheaders(struct call call, const struct step *step)
{
    HINTERNET request = handle_find(script_word(step, 0));
    WCHAR *text = wide_new(script_word(step, 1));
    BOOL ok;
    SetLastError(UNTOUCHED);
    DO_BOOL(WinHttpAddRequestHeaders(request, text, number_option(step, "len", (DWORD)-1),
                                     number_option(step, "flags", WINHTTP_ADDREQ_FLAG_ADD)));
    (void)ok;
    finish(&call);
}

static void do_timeouts(struct call call, const struct step *step)
{
    HINTERNET handle = handle_find(script_word(step, 0));
    BOOL ok;
    SetLastError(UNTOUCHED);
    DO_BOOL(WinHttpSetTimeouts(handle, (int)script_number(script_word(step, 1)), (int)script_number(script_word(step, 2)),
                               (int)script_number(script_word(step, 3)), (int)script_number(script_word(step, 4))));
    (void)ok;
    finish(&call);
}

static void do_credentials(struct call call, const struct step *step)
{
    HINTERNET request = handle_find(script_word(step, 0));
    const char *user = script_word(step, 3), *password = script_word(step, 4);
    BOOL ok;
    SetLastError(UNTOUCHED);
    DO_BOOL(WinHttpSetCredentials(request, (DWORD)script_number(script_word(step, 1)),
                                  (DWORD)script_number(script_word(step, 2)), strcmp(user, "-") ? wide_new(user) : NULL,
                                  strcmp(password, "-") ? wide_new(password) : NULL, NULL));
    (void)ok;
    finish(&call);
}

static void do_schemes(struct call call, const struct step *step)
{
    HINTERNET request = handle_find(script_word(step, 0));
    DWORD supported = UNTOUCHED, first = UNTOUCHED, target = UNTOUCHED;
    BOOL ok;
    SetLastError(UNTOUCHED);
    DO_BOOL(WinHttpQueryAuthSchemes(request, &supported, &first, &target));
    (void)ok;
    trace_number("supported", supported);
    trace_number("first", first);
    trace_number("target", target);
    finish(&call);
}

static void do_close(struct call call, const struct step *step)
{
    HINTERNET handle = handle_find(script_word(step, 0));
    BOOL ok;
    SetLastError(UNTOUCHED);
    DO_BOOL(WinHttpCloseHandle(handle));
    (void)ok;
    finish(&call);
}

static void do_receive(struct call call, const struct step *step)
{
    HINTERNET handle = handle_find(script_word(step, 0));
    BOOL ok;
    SetLastError(UNTOUCHED);
    DO_BOOL(WinHttpReceiveResponse(handle, NULL));
    (void)ok;
    finish(&call);
}

/* unload SESSION EVENT: sets the unload event; event EVENT MS: waits for it. */
static struct {
    const char *name;
    void *event;
} events[8];

static void *event_find(const char *name)
{
    int i;
    for (i = 0; i < 8 && events[i].name; i++)
        if (!strcmp(events[i].name, name))
            return events[i].event;
    if (i == 8)
        return NULL;
    events[i].name = name;
    return events[i].event = port_event();
}

static void do_unload(struct call call, const struct step *step)
{
    HINTERNET session = handle_find(script_word(step, 0));
    void *event = event_find(script_word(step, 1));
    BOOL ok;
    SetLastError(UNTOUCHED);
    DO_BOOL(WinHttpSetOption(session, WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT, &event, sizeof event));
    (void)ok;
    finish(&call);
}

static void do_event(struct call call, const struct step *step)
{
    int set = port_event_wait(event_find(script_word(step, 0)), (unsigned)script_number(script_word(step, 1)));
    returned(&call, "TRUE");
    trace_bool("signalled", set);
    finish(&call);
}

static void do_quiet(const struct step *step)
{
    if (!strcmp(step->verb, "sleep"))
        port_sleep((unsigned)script_number(script_word(step, 0)));
    else if (!strcmp(step->verb, "signal"))
        signal_raise(script_word(step, 0));
    else if (!signal_await(script_word(step, 0), 5000)) {
        trace_begin("missed");
        trace_text("signal", script_word(step, 0));
        trace_end();
    }
}

static const struct {
    const char *verb;
    void (*run)(struct call call, const struct step *step);
} verbs[] = {
    {"open", do_open},         {"connect", do_connect},     {"request", do_request},   {"send", do_send},
    {"receive", do_receive},   {"query", do_query},         {"read", do_read},         {"readall", do_readall},
    {"write", do_write},       {"close", do_close},         {"header", do_header},     {"setdw", do_option},
    {"setptr", do_option},     {"setnull", do_option},      {"setstr", do_option},     {"getdw", do_option},
    {"getptr", do_option},     {"getstr", do_option},       {"getany", do_option},     {"callback", do_callback},
    {"addheaders", do_addheaders}, {"timeouts", do_timeouts}, {"credentials", do_credentials},
    {"schemes", do_schemes},   {"unload", do_unload},       {"event", do_event},
    {"upgrade", do_upgrade},   {"wssend", do_wssend},       {"wsreceive", do_wsreceive},
    {"wsreceiveall", do_wsreceiveall},
    {"wsshutdown", do_wsclose}, {"wsclose", do_wsclose},    {"wsstatus", do_wsstatus},
    {"proxyfor", do_proxyfor}, {"proxydetect", do_proxydetect}, {"proxyuser", do_proxyuser},
    {"proxydefault", do_proxydefault}, {"proxyset", do_proxyset},
    {"resolver", do_resolver}, {"proxyask", do_proxyask},   {"proxyresult", do_proxyresult},
};

void call_run(const struct step *step)
{
    struct call call;
    size_t i;
    if (!strcmp(step->verb, "sleep") || !strcmp(step->verb, "signal") || !strcmp(step->verb, "await")) {
        do_quiet(step);
        thread_failed = 0;
        return;
    }
    for (i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (!strcmp(verbs[i].verb, step->verb)) {
            memset(&call, 0, sizeof call);
            begin(&call, step);
            verbs[i].run(call, step);
            return;
        }
    trace_begin("unknown");
    trace_text("verb", step->verb);
    trace_end();
}
