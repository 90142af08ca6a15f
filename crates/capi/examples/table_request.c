/* Handles, options and request headers: what each call answers before anything is sent. No network. */
#include "program.h"

#define QUERY_OWN (WINHTTP_QUERY_CUSTOM | WINHTTP_QUERY_FLAG_REQUEST_HEADERS)

static HINTERNET session, server, request;

static void sets(HINTERNET handle, DWORD option, DWORD value) {
    SUCCEEDS(WinHttpSetOption(handle, option, &value, sizeof value));
}

static void refuses(DWORD error, HINTERNET handle, DWORD option, DWORD value) {
    FAILS_WITH(error, WinHttpSetOption(handle, option, &value, sizeof value));
}

static DWORD reads(HINTERNET handle, DWORD option) {
    DWORD value = 0xdeadbeef, size = sizeof value;

    SUCCEEDS(WinHttpQueryOption(handle, option, &value, &size));
    CHECK(size == sizeof value);
    return value;
}

static void unreadable(DWORD error, HINTERNET handle, DWORD option) {
    DWORD value, size = sizeof value;

    FAILS_WITH(error, WinHttpQueryOption(handle, option, &value, &size));
}

static void handles(void) {
    HINTERNET parent = NULL;
    DWORD size = sizeof parent;
    int number = 0;

    FAILS_WITH(ERROR_INVALID_HANDLE, WinHttpConnect(NULL, T("localhost"), 80, 0) != NULL);
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpConnect(session, NULL, 80, 0) != NULL);
    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE, WinHttpConnect(server, T("localhost"), 80, 0) != NULL);
    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE,
               WinHttpOpenRequest(session, NULL, NULL, NULL, NULL, NULL, 0) != NULL);
    FAILS_WITH(ERROR_INVALID_HANDLE, WinHttpCloseHandle(NULL));
    FAILS_WITH(ERROR_INVALID_HANDLE, WinHttpCloseHandle((HINTERNET)&number));
    FAILS_WITH(ERROR_INVALID_HANDLE, WinHttpSendRequest(NULL, NULL, 0, NULL, 0, 0, 0));
    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE, WinHttpSendRequest(server, NULL, 0, NULL, 0, 0, 0));
    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE, WinHttpReadData(session, &number, 4, NULL));
    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_STATE, WinHttpQueryDataAvailable(request, (DWORD *)&number));
    CHECK(number == 0);
    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_STATE, WinHttpReceiveResponse(request, NULL));
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpReadData(request, NULL, 4, NULL));
    WinHttpCompatSetLastError(0xdeadbeef);
    CHECK(WinHttpSetStatusCallback(NULL, NULL, 0, 0) == WINHTTP_INVALID_STATUS_CALLBACK);
    CHECK(WinHttpCompatGetLastError() == ERROR_INVALID_HANDLE);

    CHECK(reads(session, WINHTTP_OPTION_HANDLE_TYPE) == WINHTTP_HANDLE_TYPE_SESSION);
    CHECK(reads(server, WINHTTP_OPTION_HANDLE_TYPE) == WINHTTP_HANDLE_TYPE_CONNECT);
    CHECK(reads(request, WINHTTP_OPTION_HANDLE_TYPE) == WINHTTP_HANDLE_TYPE_REQUEST);
    SUCCEEDS(WinHttpQueryOption(request, WINHTTP_OPTION_PARENT_HANDLE, &parent, &size));
    CHECK(parent == server);
    SUCCEEDS(WinHttpQueryOption(server, WINHTTP_OPTION_PARENT_HANDLE, &parent, &size));
    CHECK(parent == session);
}

static void options(void) {
    DWORD value = 0xdeadbeef, size = 0xdeadbeef;
    WINHTTP_CONNECTION_INFO info;

    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpQueryOption(session, WINHTTP_OPTION_REDIRECT_POLICY, NULL, NULL));
    FAILS_WITH(ERROR_INSUFFICIENT_BUFFER, WinHttpQueryOption(session, WINHTTP_OPTION_REDIRECT_POLICY, NULL, &size));
    CHECK(size == 4);
    size = 3;
    FAILS_WITH(ERROR_INSUFFICIENT_BUFFER, WinHttpQueryOption(session, WINHTTP_OPTION_REDIRECT_POLICY, &value, &size));
    CHECK(size == 4);
    size = 5;
    SUCCEEDS(WinHttpQueryOption(session, WINHTTP_OPTION_REDIRECT_POLICY, &value, &size));
    CHECK(size == 4 && value == WINHTTP_OPTION_REDIRECT_POLICY_DISALLOW_HTTPS_TO_HTTP);
    CHECK(reads(session, WINHTTP_OPTION_WORKER_THREAD_COUNT) == 0);
    CHECK(reads(server, WINHTTP_OPTION_WORKER_THREAD_COUNT) == 0);
    CHECK(reads(request, WINHTTP_OPTION_WORKER_THREAD_COUNT) == 0);
    value = WINHTTP_OPTION_REDIRECT_POLICY_ALWAYS;
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpSetOption(session, WINHTTP_OPTION_REDIRECT_POLICY, NULL, 4));
    FAILS_WITH(ERROR_INSUFFICIENT_BUFFER, WinHttpSetOption(session, WINHTTP_OPTION_REDIRECT_POLICY, &value, 3));
    FAILS_WITH(ERROR_INSUFFICIENT_BUFFER, WinHttpSetOption(session, WINHTTP_OPTION_REDIRECT_POLICY, &value, 5));
    sets(session, WINHTTP_OPTION_REDIRECT_POLICY, WINHTTP_OPTION_REDIRECT_POLICY_ALWAYS);
    CHECK(reads(session, WINHTTP_OPTION_REDIRECT_POLICY) == WINHTTP_OPTION_REDIRECT_POLICY_ALWAYS);

    refuses(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE, session, WINHTTP_OPTION_DISABLE_FEATURE, 0);
    refuses(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE, server, WINHTTP_OPTION_DISABLE_FEATURE, 0);
    unreadable(ERROR_INVALID_PARAMETER, request, WINHTTP_OPTION_DISABLE_FEATURE);
    size = 0;
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpQueryOption(request, WINHTTP_OPTION_DISABLE_FEATURE, NULL, &size));
    sets(request, WINHTTP_OPTION_DISABLE_FEATURE, 0);
    sets(request, WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_COOKIES);
    unreadable(ERROR_INVALID_PARAMETER, request, WINHTTP_OPTION_ENABLE_FEATURE);
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpSetOption(request, WINHTTP_OPTION_ENABLE_FEATURE, NULL, 4));
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpSetOption(request, WINHTTP_OPTION_ENABLE_FEATURE, &value, 0));
    sets(request, WINHTTP_OPTION_ENABLE_FEATURE, WINHTTP_ENABLE_SSL_REVOCATION);
    refuses(ERROR_INVALID_PARAMETER, request, WINHTTP_OPTION_ENABLE_FEATURE, 0xdeadbeef);
    sets(request, WINHTTP_OPTION_CONNECT_RETRIES, 6);

    refuses(ERROR_WINHTTP_INVALID_OPTION, session, 0, 0);
    refuses(ERROR_WINHTTP_INVALID_OPTION, server, 0, 0);
    refuses(ERROR_WINHTTP_INVALID_OPTION, request, 0, 0);
    unreadable(ERROR_INVALID_PARAMETER, session, 0);
    unreadable(ERROR_INVALID_PARAMETER, server, 0);
    unreadable(ERROR_INVALID_PARAMETER, request, 0);

    sets(session, WINHTTP_OPTION_SECURE_PROTOCOLS, WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2);
    refuses(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE, server, WINHTTP_OPTION_SECURE_PROTOCOLS, 0x800);
    /* What older programs ask for together is taken. */
    sets(session, WINHTTP_OPTION_SECURE_PROTOCOLS, 0x20 | 0x80 | 0x200 | 0x800);
    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_STATE,
               WinHttpSetOption(request, WINHTTP_OPTION_CLIENT_CERT_CONTEXT, WINHTTP_NO_CLIENT_CERT_CONTEXT, 0));
    size = sizeof info;
    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_STATE,
               WinHttpQueryOption(request, WINHTTP_OPTION_CONNECTION_INFO, &info, &size));
    sets(session, WINHTTP_OPTION_ASSURED_NON_BLOCKING_CALLBACKS, TRUE);
    sets(session, WINHTTP_OPTION_MAX_CONNS_PER_SERVER, 0);
    CHECK(reads(session, WINHTTP_OPTION_MAX_CONNS_PER_SERVER) == 2);
    sets(request, WINHTTP_OPTION_AUTOLOGON_POLICY, WINHTTP_AUTOLOGON_SECURITY_LEVEL_LOW);
    refuses(ERROR_WINHTTP_INVALID_OPTION, session, WINHTTP_OPTION_PEERDIST_EXTENSION_STATE, 1);
    refuses(ERROR_WINHTTP_OPTION_NOT_SETTABLE, request, WINHTTP_OPTION_HANDLE_TYPE, 1);
}

static void secure_options(void) {
    HINTERNET secure = WinHttpOpenRequest(server, NULL, NULL, NULL, NULL, NULL, WINHTTP_FLAG_SECURE);
    HINTERNET modern;

    CHECK(secure != NULL);
    CHECK(reads(secure, WINHTTP_OPTION_SECURITY_FLAGS) == 0);
    sets(secure, WINHTTP_OPTION_SECURITY_FLAGS, SECURITY_FLAG_IGNORE_CERT_WRONG_USAGE);
    refuses(ERROR_INVALID_PARAMETER, secure, WINHTTP_OPTION_SECURITY_FLAGS, SECURITY_FLAG_SECURE);
    refuses(ERROR_INVALID_PARAMETER, secure, WINHTTP_OPTION_SECURITY_FLAGS, SECURITY_FLAG_STRENGTH_STRONG);
    sets(secure, WINHTTP_OPTION_SECURITY_FLAGS,
         SECURITY_FLAG_IGNORE_UNKNOWN_CA | SECURITY_FLAG_IGNORE_CERT_DATE_INVALID |
             SECURITY_FLAG_IGNORE_CERT_CN_INVALID);
    sets(secure, WINHTTP_OPTION_SECURITY_FLAGS, 0);
    SUCCEEDS(WinHttpSetOption(secure, WINHTTP_OPTION_CLIENT_CERT_CONTEXT, WINHTTP_NO_CLIENT_CERT_CONTEXT, 0));
    SUCCEEDS(WinHttpCloseHandle(secure));

    modern = WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, WINHTTP_FLAG_SECURE_DEFAULTS);
    CHECK(modern != NULL);
    refuses(ERROR_ACCESS_DENIED, modern, WINHTTP_OPTION_SECURE_PROTOCOLS, WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_1);
    sets(modern, WINHTTP_OPTION_SECURE_PROTOCOLS, WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3);
    SUCCEEDS(WinHttpCloseHandle(modern));
}

static void limits(void) {
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpSetTimeouts(session, -2, 0, 0, 0));
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpSetTimeouts(server, 0, -2, 0, 0));
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpSetTimeouts(request, 0, 0, 0, -2));
    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE, WinHttpSetTimeouts(server, 0, 0, 0, 0));
    SUCCEEDS(WinHttpSetTimeouts(session, -1, -1, -1, -1));
    SUCCEEDS(WinHttpSetTimeouts(session, 1, 2, 3, 4));
    CHECK(reads(session, WINHTTP_OPTION_CONNECT_TIMEOUT) == 2);
    /* A connect handle shows its session's limits, a request those of the moment when it was opened. */
    CHECK(reads(server, WINHTTP_OPTION_RECEIVE_TIMEOUT) == 4);
    CHECK(reads(request, WINHTTP_OPTION_RECEIVE_TIMEOUT) == 30000);
    sets(request, WINHTTP_OPTION_SEND_TIMEOUT, 0xbeefdead);
    CHECK(reads(request, WINHTTP_OPTION_SEND_TIMEOUT) == 0xbeefdead);
    CHECK(reads(server, WINHTTP_OPTION_SEND_TIMEOUT) == 3);
    refuses(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE, server, WINHTTP_OPTION_SEND_TIMEOUT, 0);
    CHECK(reads(session, WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT) == 0xffffffff);
    CHECK(reads(server, WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT) == 0xffffffff);
    sets(request, WINHTTP_OPTION_RECEIVE_TIMEOUT, 0xbeefdead);
    sets(request, WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT, 30000);
    CHECK(reads(request, WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT) == 0xbeefdead);
    sets(session, WINHTTP_OPTION_RECEIVE_TIMEOUT, 48879);
    sets(session, WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT, 48878);
    CHECK(reads(session, WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT) == 48879);
    sets(session, WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT, 48880);
    CHECK(reads(session, WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT) == 48880);
}

static void texts(void) {
    WCHAR buffer[256];
    DWORD size = sizeof buffer;
    DWORD_PTR context = 0xdeadbeef;
    WINHTTP_PROXY_INFO proxy;

    SUCCEEDS(WinHttpQueryOption(session, WINHTTP_OPTION_USER_AGENT, buffer, &size));
    CHECK(spells(buffer, "table") && size == 5 * sizeof(WCHAR));
    /* Characters when set, bytes when read. */
    SUCCEEDS(WinHttpSetOption(session, WINHTTP_OPTION_USER_AGENT, (void *)T("abcdef"), 4));
    size = 4 * sizeof(WCHAR);
    FAILS_WITH(ERROR_INSUFFICIENT_BUFFER, WinHttpQueryOption(session, WINHTTP_OPTION_USER_AGENT, buffer, &size));
    CHECK(size == 5 * sizeof(WCHAR));
    SUCCEEDS(WinHttpQueryOption(session, WINHTTP_OPTION_USER_AGENT, buffer, &size));
    CHECK(spells(buffer, "abcd") && size == 4 * sizeof(WCHAR));
    SUCCEEDS(WinHttpSetOption(session, WINHTTP_OPTION_USER_AGENT, (void *)T(""), 0));
    SUCCEEDS(WinHttpQueryOption(session, WINHTTP_OPTION_USER_AGENT, buffer, &size));
    CHECK(size == 0);
    size = 0;
    FAILS_WITH(ERROR_INSUFFICIENT_BUFFER, WinHttpQueryOption(request, WINHTTP_OPTION_URL, NULL, &size));
    CHECK(size == sizeof(WCHAR) * (strlen("http://localhost:81/posttest.php") + 1));
    SUCCEEDS(WinHttpQueryOption(request, WINHTTP_OPTION_URL, buffer, &size));
    CHECK(spells(buffer, "http://localhost:81/posttest.php"));

    SUCCEEDS(WinHttpSetOption(request, WINHTTP_OPTION_CONTEXT_VALUE, &context, sizeof context));
    context = 0;
    size = sizeof context;
    SUCCEEDS(WinHttpQueryOption(request, WINHTTP_OPTION_CONTEXT_VALUE, &context, &size));
    CHECK(context == 0xdeadbeef);
    size = sizeof proxy;
    SUCCEEDS(WinHttpQueryOption(session, WINHTTP_OPTION_PROXY, &proxy, &size));
    CHECK(proxy.dwAccessType == WINHTTP_ACCESS_TYPE_NO_PROXY && proxy.lpszProxy == NULL);
    proxy.dwAccessType = 0xdeadbeef;
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpSetOption(session, WINHTTP_OPTION_PROXY, &proxy, sizeof proxy));
    proxy.dwAccessType = WINHTTP_ACCESS_TYPE_NAMED_PROXY;
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpSetOption(session, WINHTTP_OPTION_PROXY, &proxy, sizeof proxy));
    proxy.lpszProxy = (WCHAR *)T("proxy:8080");
    proxy.lpszProxyBypass = (WCHAR *)T("<local>");
    SUCCEEDS(WinHttpSetOption(request, WINHTTP_OPTION_PROXY, &proxy, sizeof proxy));
    size = sizeof proxy;
    SUCCEEDS(WinHttpQueryOption(request, WINHTTP_OPTION_PROXY, &proxy, &size));
    CHECK(proxy.dwAccessType == WINHTTP_ACCESS_TYPE_NAMED_PROXY && spells(proxy.lpszProxy, "proxy:8080"));
    CHECK(spells(proxy.lpszProxyBypass, "<local>"));
    WinHttpCompatFree(proxy.lpszProxy);
    WinHttpCompatFree(proxy.lpszProxyBypass);
    /* The session was not touched. */
    SUCCEEDS(WinHttpQueryOption(session, WINHTTP_OPTION_PROXY, &proxy, &size));
    CHECK(proxy.dwAccessType == WINHTTP_ACCESS_TYPE_NO_PROXY);
    SUCCEEDS(WinHttpQueryOption(NULL, WINHTTP_OPTION_PROXY, &proxy, &size));
    CHECK(proxy.dwAccessType == WINHTTP_ACCESS_TYPE_NO_PROXY && size == sizeof proxy);
    CHECK(WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NAMED_PROXY, NULL, NULL, 0) == NULL);
    CHECK(WinHttpCompatGetLastError() == ERROR_INVALID_PARAMETER);
}

static int own(const WCHAR *name, DWORD index, const char *wanted) {
    WCHAR buffer[256];
    DWORD size = sizeof buffer, at = index;

    if (!WinHttpQueryHeaders(request, QUERY_OWN, name, buffer, &size, &at)) {
        CHECK(WinHttpCompatGetLastError() == ERROR_WINHTTP_HEADER_NOT_FOUND && at == index);
        return wanted == NULL;
    }
    CHECK(at == index + 1 && size == sizeof(WCHAR) * wide_length(buffer));
    return wanted != NULL && spells(buffer, wanted);
}

static void adds(const WCHAR *text, DWORD flags) {
    SUCCEEDS(WinHttpAddRequestHeaders(request, text, (DWORD)-1, flags));
}

static void headers(void) {
    const WCHAR *warning = T("Warning"), *name = T("name");
    WCHAR buffer[1024];
    DWORD size, index = 0;

    CHECK(own(warning, 0, NULL));
    adds(T("Warning:test1"), WINHTTP_ADDREQ_FLAG_ADD);
    CHECK(own(warning, 0, "test1") && own(warning, 1, NULL));
    memset(buffer, 0x55, sizeof buffer);
    size = 5 * sizeof(WCHAR);
    FAILS_WITH(ERROR_INSUFFICIENT_BUFFER, WinHttpQueryHeaders(request, QUERY_OWN, warning, buffer, &size, &index));
    CHECK(size == 6 * sizeof(WCHAR) && index == 0 && ((unsigned char *)buffer)[0] == 0x55);
    size = 0;
    FAILS_WITH(ERROR_INSUFFICIENT_BUFFER,
               WinHttpQueryHeaders(request, WINHTTP_QUERY_RAW_HEADERS_CRLF | WINHTTP_QUERY_FLAG_REQUEST_HEADERS,
                                   warning, NULL, &size, &index));
    CHECK(size > 20 * sizeof(WCHAR) && index == 0);
    {
        DWORD needed = size, end;

        size = sizeof buffer;
        SUCCEEDS(WinHttpQueryHeaders(request, WINHTTP_QUERY_RAW_HEADERS_CRLF | WINHTTP_QUERY_FLAG_REQUEST_HEADERS,
                                     warning, buffer, &size, &index));
        end = size / sizeof(WCHAR);
        CHECK(size + sizeof(WCHAR) <= needed && wide_length(buffer) == end && index == 0);
        CHECK(buffer[end - 1] == '\n' && buffer[end - 2] == '\r' && buffer[end - 3] == '\n' && buffer[end - 4] == '\r');
        buffer[27] = 0;
        CHECK(spells(buffer, "POST /posttest.php HTTP/1.1"));
        size = sizeof buffer;
        SUCCEEDS(WinHttpQueryHeaders(request, WINHTTP_QUERY_RAW_HEADERS | WINHTTP_QUERY_FLAG_REQUEST_HEADERS, warning,
                                     buffer, &size, &index));
        end = size / sizeof(WCHAR);
        CHECK(buffer[end - 1] == 0 && buffer[end] == 0 && buffer[end - 2] != 0);
    }
    adds(T("Warning:test2"), WINHTTP_ADDREQ_FLAG_ADD);
    CHECK(own(warning, 0, "test1") && own(warning, 1, "test2"));
    adds(T("Warning:test3"), WINHTTP_ADDREQ_FLAG_REPLACE);
    CHECK(own(warning, 0, "test3") && own(warning, 1, "test2"));
    CHECK(!WinHttpAddRequestHeaders(request, T("Warning:test4"), (DWORD)-1, WINHTTP_ADDREQ_FLAG_ADD_IF_NEW));
    adds(T("Warning:test4"), WINHTTP_ADDREQ_FLAG_COALESCE);
    adds(T("Warning:test5"), WINHTTP_ADDREQ_FLAG_COALESCE_WITH_COMMA);
    adds(T("Warning:test6"), WINHTTP_ADDREQ_FLAG_COALESCE_WITH_SEMICOLON);
    CHECK(own(warning, 0, "test3, test4, test5; test6") && own(warning, 1, "test2"));
    adds(T("Warning:test4"), WINHTTP_ADDREQ_FLAG_ADD | WINHTTP_ADDREQ_FLAG_REPLACE);
    CHECK(own(warning, 0, "test4") && own(warning, 1, "test2") && own(warning, 2, NULL));

    CHECK(!WinHttpAddRequestHeaders(request, T(":"), (DWORD)-1, WINHTTP_ADDREQ_FLAG_ADD));
    CHECK(!WinHttpAddRequestHeaders(request, T(":b"), (DWORD)-1, WINHTTP_ADDREQ_FLAG_ADD));
    CHECK(!WinHttpAddRequestHeaders(request, T("cd"), (DWORD)-1, WINHTTP_ADDREQ_FLAG_ADD));
    CHECK(!WinHttpAddRequestHeaders(request, T(" e :f"), (DWORD)-1, WINHTTP_ADDREQ_FLAG_ADD));
    adds(T("a:"), WINHTTP_ADDREQ_FLAG_ADD);
    CHECK(own(T("A"), 0, ""));
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpAddRequestHeaders(request, T("Range: bytes=0-773\r\n"), 0,
                                                                 WINHTTP_ADDREQ_FLAG_ADD));
    adds(T("Range: bytes=0-773\r\n"), WINHTTP_ADDREQ_FLAG_ADD | WINHTTP_ADDREQ_FLAG_REPLACE);
    CHECK(own(T("Range"), 0, "bytes=0-773"));
    FAILS_WITH(ERROR_WINHTTP_HEADER_NOT_FOUND,
               WinHttpAddRequestHeaders(request, T("name: value"), (DWORD)-1, WINHTTP_ADDREQ_FLAG_REPLACE));
    adds(T("name: value"), WINHTTP_ADDREQ_FLAG_ADD);
    adds(T("name:"), WINHTTP_ADDREQ_FLAG_REPLACE);
    CHECK(own(name, 0, NULL));
    adds(T("name: value"), 0);
    CHECK(own(name, 0, "value"));
    adds(T("Test1: Value1\n\rTest2: Value2\n\n\nTest3: Value3\r\r\rTest4: Value4\r\n\r\nCookie: 111"),
         WINHTTP_ADDREQ_FLAG_ADD);
    CHECK(own(T("test1"), 0, "Value1") && own(T("TEST4"), 0, "Value4") && own(T("Cookie"), 0, "111"));

    /* The method can be read without the flag; what the reply says cannot be read yet. */
    size = sizeof buffer;
    SUCCEEDS(WinHttpQueryHeaders(request, WINHTTP_QUERY_REQUEST_METHOD, NULL, buffer, &size, NULL));
    CHECK(spells(buffer, "POST") && size == 4 * sizeof(WCHAR));
    size = sizeof buffer;
    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_STATE,
               WinHttpQueryHeaders(request, WINHTTP_QUERY_CONNECTION, NULL, buffer, &size, NULL));
    FAILS_WITH(ERROR_INVALID_PARAMETER,
               WinHttpQueryHeaders(request, WINHTTP_QUERY_MAX + 1, NULL, buffer, &size, NULL));
    FAILS_WITH(ERROR_INVALID_PARAMETER,
               WinHttpQueryHeaders(request, WINHTTP_QUERY_REQUEST_METHOD, NULL, buffer, NULL, NULL));
}

int main(void) {
    session = WinHttpOpen(T("table"), WINHTTP_ACCESS_TYPE_DEFAULT_PROXY, NULL, NULL, 0);
    CHECK(session != NULL && WinHttpCompatGetLastError() == 0);
    server = WinHttpConnect(session, T("localhost"), 81, 0);
    CHECK(server != NULL && WinHttpCompatGetLastError() == 0);
    request = WinHttpOpenRequest(server, T("POST"), T("posttest.php"), NULL, WINHTTP_NO_REFERER,
                                 WINHTTP_DEFAULT_ACCEPT_TYPES, 0);
    CHECK(request != NULL && WinHttpCompatGetLastError() == 0);
    handles();
    options();
    secure_options();
    texts();
    headers();
    limits();
    SUCCEEDS(WinHttpCloseHandle(request));
    SUCCEEDS(WinHttpCloseHandle(server));
    SUCCEEDS(WinHttpCloseHandle(session));
    FAILS_WITH(ERROR_INVALID_HANDLE, WinHttpCloseHandle(session));
    unreadable(ERROR_INVALID_HANDLE, session, WINHTTP_OPTION_CONTEXT_VALUE);
    puts("ok");
    return 0;
}
