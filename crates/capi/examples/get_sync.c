/* One synchronous GET: every call returns when it is done.
 *
 *   get_sync PORT PATH [AUTHORITIES [CERTIFICATE KEY]]
 *
 * With a file of authorities the request goes over TLS to localhost and trusts them; with a certificate and a key it
 * shows that certificate to a server that asks. All files are PEM. Prints the status and the body. */
#include "program.h"

static DWORD read_file(const char *file, char *text, size_t room) {
    FILE *input = fopen(file, "rb");
    size_t length;

    CHECK(input != NULL);
    length = fread(text, 1, room, input);
    fclose(input);
    return (DWORD)length;
}

/* Without the certificate the server refuses, with it the same request succeeds. */
static void identify(HINTERNET request, const char *certificate_file, const char *key_file) {
    static char certificate[65536], key[65536];
    DWORD certificate_size = read_file(certificate_file, certificate, sizeof certificate);
    DWORD key_size = read_file(key_file, key, sizeof key);
    const WINHTTP_CERT_CONTEXT *context;
    WINHTTP_CERT_CONTEXT foreign;

    CHECK(WinHttpCompatCertFromPem(certificate, certificate_size, certificate, certificate_size) == NULL);
    CHECK(WinHttpCompatGetLastError() == ERROR_WINHTTP_CLIENT_CERT_NO_PRIVATE_KEY);
    context = WinHttpCompatCertFromPem(certificate, certificate_size, key, key_size);
    CHECK(context != NULL);
    foreign = *context;
    foreign.pbCertEncoded = (WINHTTP_BYTE *)certificate;
    FAILS_WITH(ERROR_WINHTTP_CLIENT_CERT_NO_PRIVATE_KEY,
               WinHttpSetOption(request, WINHTTP_OPTION_CLIENT_CERT_CONTEXT, &foreign, sizeof foreign));
    SUCCEEDS(WinHttpSetOption(request, WINHTTP_OPTION_CLIENT_CERT_CONTEXT, (void *)context, sizeof *context));
    CHECK(WinHttpCompatCertFreeContext(context));
}

/* What can be asked about a connection that uses TLS, also after the body was read. */
static void show_security(HINTERNET request) {
    DWORD number, size;
    WINHTTP_CERTIFICATE_INFO info;
    const WINHTTP_CERT_CONTEXT *certificate = NULL;
    WINHTTP_SECURITY_INFO security;

    size = sizeof number;
    SUCCEEDS(WinHttpQueryOption(request, WINHTTP_OPTION_SECURITY_FLAGS, &number, &size));
    CHECK((number & SECURITY_FLAG_SECURE) != 0 && (number & SECURITY_FLAG_STRENGTH_STRONG) != 0);
    size = sizeof number;
    SUCCEEDS(WinHttpQueryOption(request, WINHTTP_OPTION_SECURITY_KEY_BITNESS, &number, &size));
    CHECK(number == 128 || number == 256);
    size = sizeof certificate;
    SUCCEEDS(WinHttpQueryOption(request, WINHTTP_OPTION_SERVER_CERT_CONTEXT, (void *)&certificate, &size));
    CHECK(size == sizeof certificate && certificate->dwCertEncodingType == 1);
    CHECK(certificate->cbCertEncoded > 100 && certificate->pbCertEncoded[0] == 0x30);
    CHECK(WinHttpCompatCertDuplicateContext(certificate) == certificate);
    CHECK(WinHttpCompatCertFreeContext(certificate));
    CHECK(WinHttpCompatCertFreeContext(certificate));
    size = sizeof info;
    SUCCEEDS(WinHttpQueryOption(request, WINHTTP_OPTION_SECURITY_CERTIFICATE_STRUCT, &info, &size));
    CHECK(info.lpszSubjectInfo != NULL && wide_length(info.lpszIssuerInfo) > 0);
    CHECK(info.ftExpiry.dwHighDateTime > info.ftStart.dwHighDateTime && info.dwKeySize >= 128);
    WinHttpCompatFree(info.lpszSubjectInfo);
    WinHttpCompatFree(info.lpszIssuerInfo);
    size = sizeof security;
    SUCCEEDS(WinHttpQueryOption(request, WINHTTP_OPTION_SECURITY_INFO, &security, &size));
    CHECK(security.CipherInfo.dwCipherSuite != 0 && wide_length(security.CipherInfo.szCipherSuite) > 3);
}

int main(int count, char **arguments) {
    HINTERNET session, server, request;
    WCHAR path[1024];
    char buffer[1000];
    DWORD status = 0, size = sizeof status, available, read;
    static char authorities[65536];
    int secure = count >= 4, identified = count == 6;

    CHECK(count == 3 || count == 4 || identified);
    widen(arguments[2], path, sizeof path / sizeof *path);
    session = WinHttpOpen(T("get_sync/1.0"), WINHTTP_ACCESS_TYPE_DEFAULT_PROXY, WINHTTP_NO_PROXY_NAME,
                          WINHTTP_NO_PROXY_BYPASS, 0);
    CHECK(session != NULL);
    if (secure) {
        SUCCEEDS(WinHttpSetOption(session, WINHTTP_COMPAT_OPTION_EXTRA_ROOTS, authorities,
                                  read_file(arguments[3], authorities, sizeof authorities)));
    }
    server = WinHttpConnect(session, secure ? T("localhost") : T("127.0.0.1"), (INTERNET_PORT)atoi(arguments[1]), 0);
    CHECK(server != NULL);
    request = WinHttpOpenRequest(server, T("GET"), path, NULL, WINHTTP_NO_REFERER, WINHTTP_DEFAULT_ACCEPT_TYPES,
                                 secure ? WINHTTP_FLAG_SECURE : 0);
    CHECK(request != NULL);
    if (identified) {
        CHECK(!(WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0) && WinHttpReceiveResponse(request, NULL)));
        CHECK(WinHttpCompatGetLastError() == ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED);
        identify(request, arguments[4], arguments[5]);
    }
    SUCCEEDS(WinHttpSendRequest(request, WINHTTP_NO_ADDITIONAL_HEADERS, 0, WINHTTP_NO_REQUEST_DATA, 0, 0, 0));
    SUCCEEDS(WinHttpReceiveResponse(request, NULL));
    SUCCEEDS(WinHttpQueryHeaders(request, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER,
                                 WINHTTP_HEADER_NAME_BY_INDEX, &status, &size, WINHTTP_NO_HEADER_INDEX));
    printf("%u\n", (unsigned)status);
    for (;;) {
        SUCCEEDS(WinHttpQueryDataAvailable(request, &available));
        if (available == 0) {
            break;
        }
        while (available > 0) {
            DWORD wanted = available < sizeof buffer ? available : sizeof buffer;

            SUCCEEDS(WinHttpReadData(request, buffer, wanted, &read));
            CHECK(read == wanted);
            fwrite(buffer, 1, read, stdout);
            available -= read;
        }
    }
    /* The end of a body can be read as often as one likes. */
    SUCCEEDS(WinHttpReadData(request, buffer, sizeof buffer, &read));
    CHECK(read == 0);
    if (secure) {
        show_security(request);
    }
    SUCCEEDS(WinHttpCloseHandle(request));
    SUCCEEDS(WinHttpCloseHandle(server));
    SUCCEEDS(WinHttpCloseHandle(session));
    return 0;
}
