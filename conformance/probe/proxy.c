/* The verbs of proxy settings. None of them changes a machine's settings: proxyset is for what is refused. */
#include "probe.h"

#include <stdlib.h>
#include <string.h>

#ifndef _WIN32
#define GlobalFree WinHttpCompatFree
#endif

static WCHAR *wide_text(const char *text)
{
    size_t room;
    WCHAR *into;
    if (!text)
        return NULL;
    room = strlen(text) + 2;
    into = calloc(room, sizeof *into);
    if (into)
        wide(text, into, room);
    return into;
}

static void told(struct call *call, BOOL ok)
{
    call->error = GetLastError();
    returned(call, ok ? "TRUE" : "FALSE");
}

/* Tells a text that the library gave, and gives it back. */
static void text_out(const char *key, WCHAR *text)
{
    size_t length = 0;
    if (!text)
        return;
    while (text[length])
        length++;
    trace_wide(key, text, length);
    GlobalFree(text);
}

static void info_out(const WINHTTP_PROXY_INFO *info)
{
    trace_number("access", info->dwAccessType);
    text_out("proxy", info->lpszProxy);
    text_out("bypass", info->lpszProxyBypass);
}

/* proxyfor SESSION [url=] [flags=] [detect=] [script=] [nooptions] [noinfo] */
void do_proxyfor(struct call call, const struct step *step)
{
    HINTERNET session = handle_find(script_word(step, 0));
    WINHTTP_AUTOPROXY_OPTIONS options;
    WINHTTP_PROXY_INFO info;
    const WCHAR *url = wide_text(script_option(step, "url"));
    BOOL ok;
    memset(&options, 0, sizeof options);
    memset(&info, 0, sizeof info);
    options.dwFlags = number_option(step, "flags", 0);
    options.dwAutoDetectFlags = number_option(step, "detect", 0);
    options.lpszAutoConfigUrl = wide_text(script_option(step, "script"));
    SetLastError(UNTOUCHED);
    ok = WinHttpGetProxyForUrl(session, url, flag(step, "nooptions") ? NULL : &options,
                               flag(step, "noinfo") ? NULL : &info);
    told(&call, ok);
    if (ok)
        info_out(&info);
    finish(&call);
}

/* proxydetect FLAGS [noplace] */
void do_proxydetect(struct call call, const struct step *step)
{
    DWORD flags = (DWORD)script_number(script_word(step, 0));
    static WCHAR before[] = {'x', 0};
    WCHAR *url = before;
    BOOL ok;
    SetLastError(UNTOUCHED);
    ok = WinHttpDetectAutoProxyConfigUrl(flags, flag(step, "noplace") ? NULL : &url);
    told(&call, ok);
    trace_bool("cleared", url == NULL);
    if (ok)
        GlobalFree(url);
    finish(&call);
}

/* proxyuser [noplace]: what is set differs from machine to machine and is not told. */
void do_proxyuser(struct call call, const struct step *step)
{
    WINHTTP_CURRENT_USER_IE_PROXY_CONFIG config;
    BOOL ok;
    memset(&config, 0, sizeof config);
    SetLastError(UNTOUCHED);
    ok = WinHttpGetIEProxyConfigForCurrentUser(flag(step, "noplace") ? NULL : &config);
    told(&call, ok);
    finish(&call);
    if (ok) {
        GlobalFree(config.lpszAutoConfigUrl);
        GlobalFree(config.lpszProxy);
        GlobalFree(config.lpszProxyBypass);
    }
}

/* proxydefault */
void do_proxydefault(struct call call, const struct step *step)
{
    WINHTTP_PROXY_INFO info;
    BOOL ok;
    (void)step;
    memset(&info, 0, sizeof info);
    SetLastError(UNTOUCHED);
    ok = WinHttpGetDefaultProxyConfiguration(&info);
    told(&call, ok);
    finish(&call);
    if (ok) {
        GlobalFree(info.lpszProxy);
        GlobalFree(info.lpszProxyBypass);
    }
}

/* proxyset ACCESS [proxy=] [bypass=] */
void do_proxyset(struct call call, const struct step *step)
{
    WINHTTP_PROXY_INFO info;
    BOOL ok;
    info.dwAccessType = (DWORD)script_number(script_word(step, 0));
    info.lpszProxy = wide_text(script_option(step, "proxy"));
    info.lpszProxyBypass = wide_text(script_option(step, "bypass"));
    SetLastError(UNTOUCHED);
    ok = WinHttpSetDefaultProxyConfiguration(&info);
    told(&call, ok);
    finish(&call);
}

/* For the functions that answer with an error code. */
static void coded(struct call *call, DWORD error)
{
    call->error = error;
    returned(call, error && error != ERROR_IO_PENDING ? "FALSE" : "TRUE");
}

/* resolver NAME SESSION [noplace] */
void do_resolver(struct call call, const struct step *step)
{
    HINTERNET session = handle_find(script_word(step, 1)), handle = NULL;
    thread_creating = script_word(step, 0);
    call.error = WinHttpCreateProxyResolver(session, flag(step, "noplace") ? NULL : &handle);
    thread_creating = NULL;
    if (!call.error)
        handle_bind(script_word(step, 0), handle);
    returned(&call, call.error || !handle ? "NULL" : "handle");
    finish(&call);
}

/* proxyask RESOLVER [url=] [flags=] [detect=] [script=] [ctx=] [nooptions] */
void do_proxyask(struct call call, const struct step *step)
{
    HINTERNET resolver = handle_find(script_word(step, 0));
    WINHTTP_AUTOPROXY_OPTIONS options;
    const WCHAR *url = wide_text(script_option(step, "url"));
    const char *context = script_option(step, "ctx");
    memset(&options, 0, sizeof options);
    options.dwFlags = number_option(step, "flags", 0);
    options.dwAutoDetectFlags = number_option(step, "detect", 0);
    options.lpszAutoConfigUrl = wide_text(script_option(step, "script"));
    coded(&call, WinHttpGetProxyForUrlEx(resolver, (WCHAR *)url, flag(step, "nooptions") ? NULL : &options,
                                         context ? script_number(context) : 0));
    finish(&call);
}

/* proxyresult RESOLVER [noplace]: the first entry is told; the place is shown empty again after it was given back. */
void do_proxyresult(struct call call, const struct step *step)
{
    HINTERNET resolver = handle_find(script_word(step, 0));
    WINHTTP_PROXY_RESULT result;
    DWORD error;
    size_t length = 0;
    memset(&result, 0, sizeof result);
    error = WinHttpGetProxyResult(resolver, flag(step, "noplace") ? NULL : &result);
    coded(&call, error);
    if (!error) {
        trace_number("entries", result.cEntries);
        if (result.cEntries) {
            const WINHTTP_PROXY_RESULT_ENTRY *entry = result.pEntries;
            trace_bool("by", entry->fProxy);
            trace_bool("past", entry->fBypass);
            trace_number("port", entry->ProxyPort);
            while (entry->pwszProxy && entry->pwszProxy[length])
                length++;
            if (length)
                trace_wide("proxy", entry->pwszProxy, length);
        }
        WinHttpFreeProxyResult(&result);
    }
    finish(&call);
}
