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
void WinHttpCompatCertFreeChain(const WINHTTP_CERT_CHAIN_CONTEXT *chain);

/* An English sentence for an error number, as UTF-8. Gives back the length of the whole sentence
 * without its NUL, 0 for an unknown number. Writes at most size bytes, always with a NUL when size
 * is not 0; text may be NULL when size is 0. */
WINHTTP_DWORD WinHttpCompatErrorText(WINHTTP_DWORD dwError, char *text, size_t size);

/* The function that signals an event. WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT takes a handle that only
 * this function understands; compat/windows.h sets it when the first event is made. */
void WinHttpCompatSetEventHook(void (*signal)(WINHTTP_HANDLE event));

/* An option of its own for sessions, outside the numbers of WinHTTP: certificates in PEM form that are trusted beside
 * the machine's. Set only; lpBuffer is narrow text, dwBufferLength counts its bytes; NULL and 0 take them away. */
#define WINHTTP_COMPAT_OPTION_EXTRA_ROOTS 0x7F000001u

WINHTTP_END_C

#endif /* WINHTTP_LIBRARY_H */
