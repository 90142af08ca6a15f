/* URLs and dates: what goes in and what must come out. No network. */
#include "program.h"

static const WCHAR *full(void) {
    return T("http://username:password@www.winehq.org/site/about?query");
}

static void parts_of(URL_COMPONENTS *parts) {
    memset(parts, 0, sizeof *parts);
    parts->dwStructSize = sizeof *parts;
    parts->lpszScheme = (WCHAR *)T("http");
    parts->dwSchemeLength = 4;
    parts->nScheme = INTERNET_SCHEME_HTTP;
    parts->lpszHostName = (WCHAR *)T("www.winehq.org");
    parts->dwHostNameLength = 14;
    parts->nPort = 80;
    parts->lpszUserName = (WCHAR *)T("username");
    parts->dwUserNameLength = 8;
    parts->lpszPassword = (WCHAR *)T("password");
    parts->dwPasswordLength = 8;
    parts->lpszUrlPath = (WCHAR *)T("/site/about");
    parts->dwUrlPathLength = 11;
    parts->lpszExtraInfo = (WCHAR *)T("?query");
    parts->dwExtraInfoLength = 6;
}

static void creates(URL_COMPONENTS *parts, DWORD flags, const char *wanted) {
    WCHAR url[256];
    DWORD length = 256;

    SUCCEEDS(WinHttpCreateUrl(parts, flags, url, &length));
    CHECK(length == strlen(wanted) && spells(url, wanted));
}

static void create(void) {
    URL_COMPONENTS parts;
    WCHAR url[256];
    DWORD length = ~0u;

    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpCreateUrl(NULL, 0, NULL, &length));
    CHECK(length == ~0u);
    memset(&parts, 0, sizeof parts);
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpCreateUrl(&parts, 0, NULL, &length));
    parts_of(&parts);
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpCreateUrl(&parts, 0, NULL, NULL));
    length = 0;
    FAILS_WITH(ERROR_INSUFFICIENT_BUFFER, WinHttpCreateUrl(&parts, 0, NULL, &length));
    CHECK(length == 57);
    length = 256;
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpCreateUrl(&parts, 0, NULL, &length));
    CHECK(length == 256);
    length = 2;
    FAILS_WITH(ERROR_INSUFFICIENT_BUFFER, WinHttpCreateUrl(&parts, 0, url, &length));
    CHECK(length == 57);
    creates(&parts, 0, "http://username:password@www.winehq.org/site/about?query");
    parts.lpszScheme = NULL;
    creates(&parts, 0, "http://username:password@www.winehq.org/site/about?query");
    parts_of(&parts);
    parts.lpszScheme = (WCHAR *)T("ftp");
    parts.dwSchemeLength = 3;
    creates(&parts, 0, "ftp://username:password@www.winehq.org:80/site/about?query");
    parts_of(&parts);
    parts.nPort = 42;
    creates(&parts, 0, "http://username:password@www.winehq.org:42/site/about?query");
    parts_of(&parts);
    parts.lpszScheme = NULL;
    parts.dwSchemeLength = 0;
    parts.nScheme = 0;
    parts.nPort = 0;
    creates(&parts, 0, "http://username:password@www.winehq.org:0/site/about?query");
    parts_of(&parts);
    parts.lpszPassword = (WCHAR *)T("");
    parts.dwPasswordLength = 0;
    creates(&parts, 0, "http://username:@www.winehq.org/site/about?query");
    parts.lpszUserName = (WCHAR *)T("");
    parts.dwUserNameLength = 0;
    creates(&parts, 0, "http://:@www.winehq.org/site/about?query");
    parts.lpszUserName = NULL;
    parts.lpszPassword = NULL;
    creates(&parts, 0, "http://www.winehq.org/site/about?query");
    parts_of(&parts);
    parts.lpszUserName = NULL;
    length = 256;
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpCreateUrl(&parts, 0, url, &length));
    parts_of(&parts);
    parts.lpszExtraInfo = (WCHAR *)T(" !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");
    parts.dwExtraInfoLength = 33;
    creates(&parts, ICU_ESCAPE,
            "http://username:password@www.winehq.org/site/about%20!%22%23$%25&'()*+,-./:;%3C=%3E?@%5B%5C%5D%5E_%60%7B%7C%7D%7E");
}

typedef struct ROOM {
    WCHAR scheme[20], user[20], password[20], host[20], path[80], extra[40];
    URL_COMPONENTS parts;
} ROOM;

static URL_COMPONENTS *room(ROOM *room) {
    memset(room, 0, sizeof *room);
    room->parts.dwStructSize = sizeof room->parts;
    room->parts.lpszScheme = room->scheme;
    room->parts.dwSchemeLength = 20;
    room->parts.lpszUserName = room->user;
    room->parts.dwUserNameLength = 20;
    room->parts.lpszPassword = room->password;
    room->parts.dwPasswordLength = 20;
    room->parts.lpszHostName = room->host;
    room->parts.dwHostNameLength = 20;
    room->parts.lpszUrlPath = room->path;
    room->parts.dwUrlPathLength = 80;
    room->parts.lpszExtraInfo = room->extra;
    room->parts.dwExtraInfoLength = 40;
    return &room->parts;
}

static URL_COMPONENTS pointers(void) {
    URL_COMPONENTS parts;

    memset(&parts, 0, sizeof parts);
    parts.dwStructSize = sizeof parts;
    parts.dwSchemeLength = parts.dwUserNameLength = parts.dwPasswordLength = parts.dwHostNameLength = ~0u;
    parts.dwUrlPathLength = parts.dwExtraInfoLength = ~0u;
    return parts;
}

static void crack_fails(const WCHAR *url, DWORD error) {
    URL_COMPONENTS parts = pointers();

    FAILS_WITH(error, WinHttpCrackUrl(url, 0, 0, &parts));
}

static void crack_port(const WCHAR *url, INTERNET_PORT port) {
    URL_COMPONENTS parts = pointers();

    parts.nPort = 1;
    SUCCEEDS(WinHttpCrackUrl(url, 0, 0, &parts));
    CHECK(parts.nPort == port);
}

static void crack(void) {
    ROOM buffers;
    URL_COMPONENTS *parts = room(&buffers), plain;
    const WCHAR *url = full();

    SUCCEEDS(WinHttpCrackUrl(url, 0, 0, parts));
    CHECK(parts->nScheme == INTERNET_SCHEME_HTTP && parts->nPort == 80);
    CHECK(spells(buffers.scheme, "http") && parts->dwSchemeLength == 4);
    CHECK(spells(buffers.user, "username") && parts->dwUserNameLength == 8);
    CHECK(spells(buffers.password, "password") && parts->dwPasswordLength == 8);
    CHECK(spells(buffers.host, "www.winehq.org") && parts->dwHostNameLength == 14);
    CHECK(spells(buffers.path, "/site/about") && parts->dwUrlPathLength == 11);
    CHECK(spells(buffers.extra, "?query") && parts->dwExtraInfoLength == 6);

    /* Too small: what is needed, with the NUL; what fits is there. */
    parts = room(&buffers);
    parts->dwSchemeLength = 1;
    parts->dwHostNameLength = 1;
    parts->dwUrlPathLength = 40;
    FAILS_WITH(ERROR_INSUFFICIENT_BUFFER, WinHttpCrackUrl(url, 0, 0, parts));
    CHECK(parts->dwSchemeLength == 5 && parts->dwHostNameLength == 15 && parts->dwUrlPathLength == 11);

    plain = pointers();
    url = T("http://username:password@www.winehq.org/site/about");
    SUCCEEDS(WinHttpCrackUrl(url, 0, 0, &plain));
    CHECK(plain.lpszScheme == url && plain.dwSchemeLength == 4);
    CHECK(plain.lpszUserName == url + 7 && plain.dwUserNameLength == 8);
    CHECK(plain.lpszPassword == url + 16 && plain.dwPasswordLength == 8);
    CHECK(plain.lpszHostName == url + 25 && plain.dwHostNameLength == 14);
    CHECK(plain.lpszUrlPath == url + 39 && plain.dwUrlPathLength == 11);
    CHECK(plain.lpszExtraInfo == url + 50 && plain.dwExtraInfoLength == 0);

    plain = pointers();
    url = T("http://www.winehq.org");
    SUCCEEDS(WinHttpCrackUrl(url, 0, 0, &plain));
    CHECK(plain.lpszUserName == NULL && plain.dwUserNameLength == 0 && plain.lpszPassword == NULL);
    CHECK(plain.lpszUrlPath == url + 21 && plain.dwUrlPathLength == 0 && plain.lpszExtraInfo == url + 21);

    /* A buffer of no length: nothing is touched. */
    plain = pointers();
    plain.lpszHostName = buffers.host;
    plain.dwHostNameLength = 0;
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpCrackUrl(url, 0, 0, &plain));
    CHECK(plain.nScheme == 0 && plain.nPort == 0 && plain.dwSchemeLength == ~0u);

    /* Without a wish for the extra part the path has it. */
    parts = room(&buffers);
    parts->lpszExtraInfo = NULL;
    parts->dwExtraInfoLength = 0;
    SUCCEEDS(WinHttpCrackUrl(full(), 0, 0, parts));
    CHECK(spells(buffers.path, "/site/about?query") && parts->dwUrlPathLength == 17);

    /* Unescaping needs buffers, and happens after the split. */
    plain = pointers();
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpCrackUrl(url, 0, ICU_DECODE, &plain));
    parts = room(&buffers);
    SUCCEEDS(WinHttpCrackUrl(T("http://winehq.org/a%3Fb%20c?d%3De"), 0, ICU_DECODE, parts));
    CHECK(spells(buffers.path, "/a?b c") && spells(buffers.extra, "?d=e"));
    parts = room(&buffers);
    SUCCEEDS(WinHttpCrackUrl(T("http://winehq.o g/path with spaces"), 0, ICU_ESCAPE | ICU_DECODE, parts));
    CHECK(spells(buffers.host, "winehq.o g") && spells(buffers.path, "/path%20with%20spaces"));

    crack_fails(T("HTTP:www.winehq.org"), ERROR_WINHTTP_INVALID_URL);
    crack_fails(T("http:/www.winehq.org"), ERROR_WINHTTP_INVALID_URL);
    crack_fails(T("http://"), ERROR_WINHTTP_INVALID_URL);
    crack_fails(T("http://winehq.org:65536"), ERROR_WINHTTP_INVALID_URL);
    crack_fails(T("www.winehq.org"), ERROR_WINHTTP_UNRECOGNIZED_SCHEME);
    crack_fails(T("http"), ERROR_WINHTTP_UNRECOGNIZED_SCHEME);
    crack_fails(T(""), ERROR_WINHTTP_UNRECOGNIZED_SCHEME);
    crack_fails(T("ftp://winehq.org/"), ERROR_WINHTTP_UNRECOGNIZED_SCHEME);
    crack_fails(NULL, ERROR_INVALID_PARAMETER);
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpCrackUrl(url, 0, 0, NULL));
    plain = pointers();
    FAILS_WITH(ERROR_WINHTTP_INVALID_URL, WinHttpCrackUrl(full(), 0, ICU_REJECT_USERPWD, &plain));
    crack_port(T("https://winehq.org"), 443);
    crack_port(T("http://winehq.org:42/"), 42);
    crack_port(T("http://winehq.org:0"), 0);
    crack_port(T("http://winehq.org:"), 80);
    crack_port(T("http://[::1]:8080/"), 8080);

    /* A length cuts the text. */
    plain = pointers();
    SUCCEEDS(WinHttpCrackUrl(T("http://winehq.org/abcdef"), 20, 0, &plain));
    CHECK(plain.dwUrlPathLength == 3);
}

static void dates(void) {
    static const SYSTEMTIME time = {2008, 7, 1, 28, 10, 5, 52, 0};
    SYSTEMTIME read;
    WCHAR text[WINHTTP_TIME_FORMAT_BUFSIZE / sizeof(WCHAR) + 1];

    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpTimeFromSystemTime(&time, NULL));
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpTimeFromSystemTime(NULL, text));
    SUCCEEDS(WinHttpTimeFromSystemTime(&time, text));
    CHECK(spells(text, "Mon, 28 Jul 2008 10:05:52 GMT"));
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpTimeToSystemTime(text, NULL));
    FAILS_WITH(ERROR_INVALID_PARAMETER, WinHttpTimeToSystemTime(NULL, &read));
    memset(&read, 0xff, sizeof read);
    SUCCEEDS(WinHttpTimeToSystemTime(T("Mon, 28 Jul 2008 10:05:52 GMT\n"), &read));
    CHECK(memcmp(&read, &time, sizeof read) == 0);
    SUCCEEDS(WinHttpTimeToSystemTime(T(" mon 28 jul 2008 10 05 52\n"), &read));
    CHECK(memcmp(&read, &time, sizeof read) == 0);
}

static void library(void) {
    char text[64];
    char *memory;

    CHECK(WinHttpCheckPlatform());
    CHECK(WinHttpCompatErrorText(ERROR_WINHTTP_TIMEOUT, text, sizeof text) == strlen(text) && strlen(text) > 10);
    CHECK(WinHttpCompatErrorText(ERROR_WINHTTP_TIMEOUT, text, 5) > 5 && strlen(text) == 4);
    CHECK(WinHttpCompatErrorText(ERROR_WINHTTP_TIMEOUT, NULL, 0) > 10);
    CHECK(WinHttpCompatErrorText(0xdeadbeef, text, sizeof text) == 0 && text[0] == 0);
    memory = WinHttpCompatAlloc(100);
    CHECK(memory != NULL && memory[0] == 0 && memory[99] == 0);
    WinHttpCompatFree(memory);
    WinHttpCompatFree(NULL);
    WinHttpCompatSetLastError(77);
    CHECK(WinHttpCompatGetLastError() == 77);
    CHECK(WinHttpCompatCertDuplicateContext(NULL) == NULL);
    CHECK(WinHttpCompatCertFreeContext(NULL));
}

int main(void) {
    create();
    crack();
    dates();
    library();
    puts("ok");
    return 0;
}
