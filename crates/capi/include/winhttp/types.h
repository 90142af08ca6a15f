/* The names of windows.h that winhttp.h is written with. WINHTTP_NO_WINDOWS_TYPES leaves them out. */
#ifndef WINHTTP_TYPES_H
#define WINHTTP_TYPES_H

#include "base.h"

/* Structures of Windows, under names of our own. */
typedef struct WINHTTP_FILETIME {
    WINHTTP_DWORD dwLowDateTime;
    WINHTTP_DWORD dwHighDateTime;
} WINHTTP_FILETIME;

typedef struct WINHTTP_SYSTEMTIME {
    WINHTTP_WORD wYear;
    WINHTTP_WORD wMonth;
    WINHTTP_WORD wDayOfWeek;
    WINHTTP_WORD wDay;
    WINHTTP_WORD wHour;
    WINHTTP_WORD wMinute;
    WINHTTP_WORD wSecond;
    WINHTTP_WORD wMilliseconds;
} WINHTTP_SYSTEMTIME;

typedef struct WINHTTP_GUID {
    uint32_t Data1;
    uint16_t Data2;
    uint16_t Data3;
    uint8_t Data4[8];
} WINHTTP_GUID;

/* A certificate. pbCertEncoded holds cbCertEncoded bytes of DER. */
typedef struct WINHTTP_CERT_CONTEXT {
    WINHTTP_DWORD dwCertEncodingType;
    WINHTTP_BYTE *pbCertEncoded;
    WINHTTP_DWORD cbCertEncoded;
    void *pCertInfo;
    void *hCertStore;
} WINHTTP_CERT_CONTEXT;

/* Bytes by pointer and length. */
typedef struct WINHTTP_BLOB {
    WINHTTP_DWORD cbData;
    WINHTTP_BYTE *pbData;
} WINHTTP_BLOB;

/* What is wrong with a certificate or a chain, CERT_TRUST_* bits; 0 for nothing. */
typedef struct WINHTTP_CERT_TRUST_STATUS {
    WINHTTP_DWORD dwErrorStatus;
    WINHTTP_DWORD dwInfoStatus;
} WINHTTP_CERT_TRUST_STATUS;

/* A certificate in a chain; it lives as long as the chain. The pointers without a comment are NULL. */
typedef struct WINHTTP_CERT_CHAIN_ELEMENT {
    WINHTTP_DWORD cbSize;
    const WINHTTP_CERT_CONTEXT *pCertContext;
    WINHTTP_CERT_TRUST_STATUS TrustStatus;
    void *pRevocationInfo;
    void *pIssuanceUsage;
    void *pApplicationUsage;
    const WINHTTP_WCHAR *pwszExtendedErrorInfo;
} WINHTTP_CERT_CHAIN_ELEMENT;

/* Certificates in the order of their issuers, the server's first. */
typedef struct WINHTTP_CERT_SIMPLE_CHAIN {
    WINHTTP_DWORD cbSize;
    WINHTTP_CERT_TRUST_STATUS TrustStatus;
    WINHTTP_DWORD cElement;
    WINHTTP_CERT_CHAIN_ELEMENT **rgpElement;
    void *pTrustListInfo;
    WINHTTP_BOOL fHasRevocationFreshnessTime;
    WINHTTP_DWORD dwRevocationFreshnessTime;
} WINHTTP_CERT_SIMPLE_CHAIN;

/* A chain of certificates. It counts its references; cChain is always 1. */
typedef struct WINHTTP_CERT_CHAIN_CONTEXT {
    WINHTTP_DWORD cbSize;
    WINHTTP_CERT_TRUST_STATUS TrustStatus;
    WINHTTP_DWORD cChain;
    WINHTTP_CERT_SIMPLE_CHAIN **rgpChain;
    WINHTTP_DWORD cLowerQualityChainContext;
    const struct WINHTTP_CERT_CHAIN_CONTEXT **rgpLowerQualityChainContext;
    WINHTTP_BOOL fHasRevocationFreshnessTime;
    WINHTTP_DWORD dwRevocationFreshnessTime;
    WINHTTP_DWORD dwCreateFlags;
    WINHTTP_GUID ChainId;
} WINHTTP_CERT_CHAIN_CONTEXT;

#ifndef WINHTTP_NO_WINDOWS_TYPES

typedef WINHTTP_DWORD DWORD, ULONG, UINT;
typedef WINHTTP_LONG LONG, INT, HRESULT;
#if !defined(__OBJC__) && !defined(OBJC_BOOL_DEFINED)
typedef WINHTTP_BOOL BOOL; /* Objective-C has its own */
#endif
typedef WINHTTP_WORD WORD, USHORT;
typedef int16_t SHORT;
typedef WINHTTP_BYTE BYTE, UCHAR, BOOLEAN;
typedef char CHAR;
typedef WINHTTP_WCHAR WCHAR;
typedef WINHTTP_ULONGLONG ULONGLONG, DWORDLONG, DWORD64, ULONG64, UINT64;
typedef int64_t LONGLONG, LONG64, INT64;
typedef WINHTTP_DWORD_PTR DWORD_PTR, ULONG_PTR, UINT_PTR;
typedef intptr_t LONG_PTR, INT_PTR;
typedef size_t SIZE_T;

typedef void *PVOID, *LPVOID, *HANDLE;
typedef const void *LPCVOID, *PCVOID;
typedef WINHTTP_DWORD *PDWORD, *LPDWORD, *PULONG;
typedef WINHTTP_LONG *PLONG, *LPLONG;
typedef WINHTTP_BOOL *PBOOL, *LPBOOL;
typedef WINHTTP_WORD *PWORD, *LPWORD, *PUSHORT;
typedef WINHTTP_BYTE *PBYTE, *LPBYTE, *PUCHAR;
typedef WINHTTP_DWORD_PTR *PDWORD_PTR;
typedef HANDLE *PHANDLE, *LPHANDLE;
typedef char *PSTR, *LPSTR;
typedef const char *PCSTR, *LPCSTR;
typedef WINHTTP_WCHAR *PWSTR, *LPWSTR, *PWCHAR;
typedef const WINHTTP_WCHAR *PCWSTR, *LPCWSTR;

typedef WINHTTP_FILETIME FILETIME, *PFILETIME, *LPFILETIME;
typedef WINHTTP_SYSTEMTIME SYSTEMTIME, *PSYSTEMTIME, *LPSYSTEMTIME;
#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef WINHTTP_GUID GUID, *LPGUID;
#endif

typedef WINHTTP_CERT_CONTEXT CERT_CONTEXT, *PCERT_CONTEXT;
typedef const WINHTTP_CERT_CONTEXT *PCCERT_CONTEXT;
typedef WINHTTP_CERT_TRUST_STATUS CERT_TRUST_STATUS, *PCERT_TRUST_STATUS;
typedef WINHTTP_CERT_CHAIN_ELEMENT CERT_CHAIN_ELEMENT, *PCERT_CHAIN_ELEMENT;
typedef WINHTTP_CERT_SIMPLE_CHAIN CERT_SIMPLE_CHAIN, *PCERT_SIMPLE_CHAIN;
typedef WINHTTP_CERT_CHAIN_CONTEXT CERT_CHAIN_CONTEXT, *PCERT_CHAIN_CONTEXT;
typedef const WINHTTP_CERT_CHAIN_CONTEXT *PCCERT_CHAIN_CONTEXT;
typedef WINHTTP_BLOB CERT_NAME_BLOB, *PCERT_NAME_BLOB, CRYPT_DATA_BLOB;

#ifndef VOID
#define VOID void
#endif
#ifndef CONST
#define CONST const
#endif
#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif
#ifndef WINAPI
#define WINAPI
#endif
#ifndef CALLBACK
#define CALLBACK
#endif
#ifndef APIENTRY
#define APIENTRY
#endif
#ifndef INFINITE
#define INFINITE 0xFFFFFFFF
#endif

#endif /* WINHTTP_NO_WINDOWS_TYPES */

#endif /* WINHTTP_TYPES_H */
