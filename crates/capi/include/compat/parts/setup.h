/* What comes before everything else: the system's headers, the base types, small macros. */
#ifndef WINHTTP_COMPAT_SETUP_H
#define WINHTTP_COMPAT_SETUP_H

/* glibc hides clocks and recursive mutexes from -std=c11 unless asked. */
#if defined(__linux__) && defined(__STRICT_ANSI__) && !defined(_POSIX_C_SOURCE) && \
    !defined(_GNU_SOURCE) && !defined(_DEFAULT_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "../winhttp/error.h"
#include "../winhttp/library.h"
#include "../winhttp/types.h"

#ifdef WINHTTP_NO_WINDOWS_TYPES
#error "compat/windows.h is what WINHTTP_NO_WINDOWS_TYPES leaves out: use one of the two"
#endif

/* static functions that a program need not use */
#define WINHTTP_COMPAT static inline __attribute__((unused))

typedef HANDLE HMODULE, HINSTANCE, HGLOBAL, HLOCAL;
typedef CHAR *PCHAR, *LPCH;
typedef void *LPSECURITY_ATTRIBUTES;
typedef union LARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        LONG HighPart;
    };
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;
typedef union ULARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        DWORD HighPart;
    };
    struct {
        DWORD LowPart;
        DWORD HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

/* WCHAR text literals: L"" where WCHAR is wchar_t, u"" where it is char16_t. */
#if __SIZEOF_WCHAR_T__ * 8 == WINHTTP_WCHAR_BITS
#define WINHTTP_COMPAT_WIDE_(x) L##x
#else
#define WINHTTP_COMPAT_WIDE_(x) u##x
#endif
#ifdef UNICODE
typedef WCHAR TCHAR, *PTSTR, *LPTSTR;
typedef const WCHAR *PCTSTR, *LPCTSTR;
#define WINHTTP_COMPAT_TEXT_(x) WINHTTP_COMPAT_WIDE_(x)
#else
typedef char TCHAR, *PTSTR, *LPTSTR;
typedef const char *PCTSTR, *LPCTSTR;
#define WINHTTP_COMPAT_TEXT_(x) x
#endif
#ifndef TEXT
#define TEXT(x) WINHTTP_COMPAT_TEXT_(x)
#endif

/* Annotations of Microsoft's headers; not __in and __out, which C++ libraries use as names. */
#define IN
#define OUT
#define OPTIONAL
#define FAR
#define NEAR
#define __stdcall
#define __cdecl
#define __fastcall
#define DECLSPEC_IMPORT
#define WINHTTPAPI
#define BOOLAPI BOOL
#define STDAPICALLTYPE
#define _In_
#define _In_z_
#define _In_opt_
#define _In_opt_z_
#define _In_reads_(n)
#define _In_reads_opt_(n)
#define _In_reads_bytes_(n)
#define _In_reads_bytes_opt_(n)
#define _Out_
#define _Out_opt_
#define _Outptr_
#define _Out_writes_(n)
#define _Out_writes_opt_(n)
#define _Out_writes_bytes_(n)
#define _Out_writes_bytes_opt_(n)
#define _Out_writes_bytes_to_(n, m)
#define _Inout_
#define _Inout_opt_
#define _Inout_updates_(n)
#define _Ret_maybenull_
#define _Success_(x)
#define _Check_return_
#define _Must_inspect_result_
#define _Printf_format_string_

#ifndef MAX_PATH
#define MAX_PATH 260
#endif
#define UNREFERENCED_PARAMETER(x) ((void)(x))
#define DBG_UNREFERENCED_PARAMETER(x) ((void)(x))
#define ARRAYSIZE(a) (sizeof(a) / sizeof((a)[0]))
#define _countof(a) (sizeof(a) / sizeof((a)[0]))
#define LOWORD(x) ((WORD)((DWORD_PTR)(x) & 0xFFFF))
#define HIWORD(x) ((WORD)(((DWORD_PTR)(x) >> 16) & 0xFFFF))
#define LOBYTE(x) ((BYTE)((DWORD_PTR)(x) & 0xFF))
#define HIBYTE(x) ((BYTE)(((DWORD_PTR)(x) >> 8) & 0xFF))
#define MAKEWORD(lo, hi) ((WORD)((BYTE)(lo) | ((WORD)(BYTE)(hi) << 8)))
#define MAKELONG(lo, hi) ((LONG)((DWORD)(WORD)(lo) | ((DWORD)(WORD)(hi) << 16)))
#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)

#define ZeroMemory(p, n) memset((p), 0, (n))
#define RtlZeroMemory(p, n) memset((p), 0, (n))
#define FillMemory(p, n, b) memset((p), (b), (n))
#define CopyMemory(to, from, n) memcpy((to), (from), (n))
#define MoveMemory(to, from, n) memmove((to), (from), (n))

#endif /* WINHTTP_COMPAT_SETUP_H */
