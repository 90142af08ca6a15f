/* What the library offers beside WinHTTP, in place of kernel32 and crypt32. Nothing is exported
 * under their names; compat/windows.h maps them. */
#ifndef WINHTTP_LIBRARY_H
#define WINHTTP_LIBRARY_H

#include "types.h"

WINHTTP_BEGIN_C

/* The last error of the calling thread; never errno. */
WINHTTP_DWORD WinHttpCompatGetLastError(void);
void WinHttpCompatSetLastError(WINHTTP_DWORD dwError);

/* The allocator behind everything the caller has to free: proxy text, issuer lists, certificate
 * summaries. Alloc gives zeroed memory, or NULL; Free takes NULL. */
void *WinHttpCompatAlloc(size_t size);
void WinHttpCompatFree(void *memory);

/* Certificates count their references: Duplicate adds one and gives back its argument, Free takes
 * one away and gives back TRUE. */
const WINHTTP_CERT_CONTEXT *WinHttpCompatCertDuplicateContext(const WINHTTP_CERT_CONTEXT *context);
WINHTTP_BOOL WinHttpCompatCertFreeContext(const WINHTTP_CERT_CONTEXT *context);
/* A certificate with its chain, leaf first, and its unencrypted private key, both as PEM text, for
 * WINHTTP_OPTION_CLIENT_CERT_CONTEXT: give the option what the result points to. The request keeps
 * what it needs. NULL and the last error when they do not belong together. */
const WINHTTP_CERT_CONTEXT *WinHttpCompatCertFromPem(const char *certificates, size_t certificates_size,
                                                     const char *key, size_t key_size);
/* The same from DER: the certificates stand one after the other, leaf first; the key is PKCS#8, PKCS#1 or SEC1. */
const WINHTTP_CERT_CONTEXT *WinHttpCompatCertFromDer(const WINHTTP_BYTE *certificates, size_t certificates_size,
                                                     const WINHTTP_BYTE *key, size_t key_size);
/* The same out of a PKCS#12 container (.p12, .pfx). The password is UTF-8 text with a NUL; NULL is the empty one.
 * ERROR_INVALID_DATA (13) when it does not open the container, or no certificate is in it. */
const WINHTTP_CERT_CONTEXT *WinHttpCompatCertFromPkcs12(const WINHTTP_BYTE *container, size_t container_size,
                                                        const char *password);
/* Chains of WINHTTP_OPTION_SERVER_CERT_CHAIN_CONTEXT count their references as certificates do, and hold their
 * certificates: those live as long as the chain, or as long as a reference of their own. */
const WINHTTP_CERT_CHAIN_CONTEXT *WinHttpCompatCertDuplicateChain(const WINHTTP_CERT_CHAIN_CONTEXT *chain);
void WinHttpCompatCertFreeChain(const WINHTTP_CERT_CHAIN_CONTEXT *chain);

/* An English sentence for an error number, as UTF-8. Gives back the length of the whole sentence
 * without its NUL, 0 for an unknown number. Writes at most size bytes, always with a NUL when size
 * is not 0; text may be NULL when size is 0. */
WINHTTP_DWORD WinHttpCompatErrorText(WINHTTP_DWORD dwError, char *text, size_t size);

/* The version of this library as text, "0.1.0" say. Length and buffer as above. */
WINHTTP_DWORD WinHttpCompatVersion(char *text, size_t size);

/* The function that signals an event. WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT takes a handle that only
 * this function understands; compat/windows.h sets it when the first event is made. */
void WinHttpCompatSetEventHook(void (*signal)(WINHTTP_HANDLE event));

/* An option of its own for sessions, outside the numbers of WinHTTP: certificates in PEM form that are trusted beside
 * the machine's. Set only; lpBuffer is narrow text, dwBufferLength counts its bytes; NULL and 0 take them away. */
#define WINHTTP_COMPAT_OPTION_EXTRA_ROOTS 0x7F000001u

WINHTTP_END_C

#endif /* WINHTTP_LIBRARY_H */
