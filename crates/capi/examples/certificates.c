/* Certificates of both sides. The server asks for a client certificate: without one the call fails and says whose
 * certificates would do, then the same handle is sent again with one made from PEM, DER or PKCS#12.
 *
 *   certificates PORT AUTHORITIES pem CERTIFICATE KEY
 *   certificates PORT AUTHORITIES der CERTIFICATE KEY
 *   certificates PORT AUTHORITIES pkcs12 CONTAINER PASSWORD
 *
 * Prints the status, the issuers that the server named, and the length of its chain. */
#include "program.h"

static size_t read_file(const char *file, char *bytes, size_t room) {
    FILE *input = fopen(file, "rb");
    size_t length;

    CHECK(input != NULL);
    length = fread(bytes, 1, room, input);
    fclose(input);
    CHECK(length > 0 && length < room);
    return length;
}

static const WINHTTP_CERT_CONTEXT *client(const char *form, const char *file, const char *other) {
    static char certificate[65536], key[65536];
    size_t size = read_file(file, certificate, sizeof certificate), key_size;

    if (strcmp(form, "pkcs12") == 0) {
        CHECK(WinHttpCompatCertFromPkcs12((BYTE *)certificate, size, "another password") == NULL);
        CHECK(WinHttpCompatGetLastError() == 13); /* ERROR_INVALID_DATA */
        CHECK(WinHttpCompatCertFromPkcs12((BYTE *)certificate, size / 2, other) == NULL);
        return WinHttpCompatCertFromPkcs12((BYTE *)certificate, size, other);
    }
    key_size = read_file(other, key, sizeof key);
    if (strcmp(form, "der") == 0) {
        CHECK(WinHttpCompatCertFromDer((BYTE *)certificate, size - 1, (BYTE *)key, key_size) == NULL);
        CHECK(WinHttpCompatGetLastError() == 13);
        CHECK(WinHttpCompatCertFromDer((BYTE *)certificate, size, (BYTE *)key, 0) == NULL);
        CHECK(WinHttpCompatGetLastError() == ERROR_WINHTTP_CLIENT_CERT_NO_PRIVATE_KEY);
        return WinHttpCompatCertFromDer((BYTE *)certificate, size, (BYTE *)key, key_size);
    }
    return WinHttpCompatCertFromPem(certificate, size, key, key_size);
}

/* The chain from the server's certificate to the authority, which the server has not sent. */
static DWORD chain_length(HINTERNET request) {
    const WINHTTP_CERT_CHAIN_CONTEXT *chain = NULL;
    const WINHTTP_CERT_SIMPLE_CHAIN *simple;
    const WINHTTP_CERT_CONTEXT *root;
    DWORD at, size = 0, length;

    FAILS_WITH(ERROR_INSUFFICIENT_BUFFER,
               WinHttpQueryOption(request, WINHTTP_OPTION_SERVER_CERT_CHAIN_CONTEXT, NULL, &size));
    CHECK(size == sizeof chain);
    SUCCEEDS(WinHttpQueryOption(request, WINHTTP_OPTION_SERVER_CERT_CHAIN_CONTEXT, (void *)&chain, &size));
    CHECK(chain->cbSize == sizeof *chain && chain->cChain == 1 && chain->TrustStatus.dwErrorStatus == 0);
    simple = chain->rgpChain[0];
    length = simple->cElement;
    CHECK(simple->cbSize == sizeof *simple && simple->TrustStatus.dwErrorStatus == 0 && length > 0);
    for (at = 0; at < length; at++) {
        const WINHTTP_CERT_CHAIN_ELEMENT *element = simple->rgpElement[at];
        CHECK(element->cbSize == sizeof *element && element->TrustStatus.dwErrorStatus == 0);
        CHECK(element->pCertContext->cbCertEncoded > 100 && element->pCertContext->pbCertEncoded[0] == 0x30);
        /* Only the authority names itself as its issuer. */
        CHECK(((element->TrustStatus.dwInfoStatus & 0x8) != 0) == (at + 1 == length));
    }
    /* A certificate outlives its chain by a reference of its own. */
    root = WinHttpCompatCertDuplicateContext(simple->rgpElement[length - 1]->pCertContext);
    CHECK(WinHttpCompatCertDuplicateChain(chain) == chain);
    WinHttpCompatCertFreeChain(chain);
    WinHttpCompatCertFreeChain(chain);
    WinHttpCompatCertFreeChain(NULL);
    CHECK(root->pbCertEncoded[0] == 0x30);
    CHECK(WinHttpCompatCertFreeContext(root));
    return length;
}

int main(int count, char **arguments) {
    HINTERNET session, server, request;
    static char authorities[65536];
    const WINHTTP_CERT_CONTEXT *context;
    SecPkgContext_IssuerListInfoEx *issuers = NULL;
    DWORD status = 0, size, named, at;

    CHECK(count == 6);
    session = WinHttpOpen(T("certificates"), WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    size = (DWORD)read_file(arguments[2], authorities, sizeof authorities);
    SUCCEEDS(WinHttpSetOption(session, WINHTTP_COMPAT_OPTION_EXTRA_ROOTS, authorities, size));
    server = WinHttpConnect(session, T("localhost"), (INTERNET_PORT)atoi(arguments[1]), 0);
    request = WinHttpOpenRequest(server, NULL, T("/hello"), NULL, NULL, NULL, WINHTTP_FLAG_SECURE);
    CHECK(request != NULL);

    size = sizeof issuers;
    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_STATE,
               WinHttpQueryOption(request, WINHTTP_OPTION_CLIENT_CERT_ISSUER_LIST, (void *)&issuers, &size));
    FAILS_WITH(ERROR_WINHTTP_INCORRECT_HANDLE_STATE,
               WinHttpQueryOption(request, WINHTTP_OPTION_SERVER_CERT_CHAIN_CONTEXT, (void *)&context, &size));

    FAILS_WITH(ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED, WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0));
    size = sizeof issuers;
    SUCCEEDS(WinHttpQueryOption(request, WINHTTP_OPTION_CLIENT_CERT_ISSUER_LIST, (void *)&issuers, &size));
    CHECK(issuers != NULL && issuers->cIssuers > 0 && size == sizeof issuers);
    named = issuers->cIssuers;
    for (at = 0; at < named; at++) {
        CHECK(issuers->aIssuers[at].cbData > 2 && issuers->aIssuers[at].pbData[0] == 0x30);
    }
    WinHttpCompatFree(issuers);

    context = client(arguments[3], arguments[4], arguments[5]);
    CHECK(context != NULL);
    SUCCEEDS(WinHttpSetOption(request, WINHTTP_OPTION_CLIENT_CERT_CONTEXT, (void *)context, sizeof *context));
    CHECK(WinHttpCompatCertFreeContext(context));
    SUCCEEDS(WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0));
    SUCCEEDS(WinHttpReceiveResponse(request, NULL));
    size = sizeof status;
    SUCCEEDS(WinHttpQueryHeaders(request, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER, NULL, &status, &size,
                                 NULL));
    printf("%u\n%u\n%u\n", (unsigned)status, (unsigned)named, (unsigned)chain_length(request));
    SUCCEEDS(WinHttpCloseHandle(request));
    SUCCEEDS(WinHttpCloseHandle(server));
    SUCCEEDS(WinHttpCloseHandle(session));
    return 0;
}
