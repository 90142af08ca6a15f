/* The base types under names of our own, the width of WCHAR, and how a function binds. */
#ifndef WINHTTP_BASE_H
#define WINHTTP_BASE_H

#include <stddef.h>
#include <stdint.h>

#if !defined(__GNUC__)
#error "winhttp.h needs gcc, clang or a compiler that understands their asm labels"
#endif

/* Exact widths. long has 8 bytes on 64-bit Linux and macOS and is never used. */
typedef uint32_t WINHTTP_DWORD;
typedef int32_t WINHTTP_BOOL;
typedef int32_t WINHTTP_LONG;
typedef uint16_t WINHTTP_WORD;
typedef uint8_t WINHTTP_BYTE;
typedef uint64_t WINHTTP_ULONGLONG;
typedef uintptr_t WINHTTP_DWORD_PTR;
typedef void *WINHTTP_HANDLE;

/* The code unit of text. */
#if __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WINHTTP_WCHAR;
#define WINHTTP_WCHAR_BITS 16
#elif defined(WINHTTP_WCHAR16)
#ifdef __cplusplus
typedef char16_t WINHTTP_WCHAR;
#else
typedef uint_least16_t WINHTTP_WCHAR; /* what char16_t is in C */
#endif
#define WINHTTP_WCHAR_BITS 16
#else
typedef wchar_t WINHTTP_WCHAR;
#define WINHTTP_WCHAR_BITS 32
#endif

#ifdef __cplusplus
#define WINHTTP_STATIC_ASSERT(what, why) static_assert(what, why)
#define WINHTTP_BEGIN_C extern "C" {
#define WINHTTP_END_C }
#else
#define WINHTTP_STATIC_ASSERT(what, why) _Static_assert(what, why)
#define WINHTTP_BEGIN_C
#define WINHTTP_END_C
#endif

WINHTTP_STATIC_ASSERT(sizeof(WINHTTP_WCHAR) * 8 == WINHTTP_WCHAR_BITS, "WCHAR has an unknown width");

/* Text of the wrong width is an error, as newer compilers have it without being asked. */
#if !defined(__cplusplus) && !defined(WINHTTP_LENIENT_POINTERS)
#pragma GCC diagnostic error "-Wincompatible-pointer-types"
#endif

/* WINHTTP_DOOR("Name"): the symbol of a function that carries text or callbacks. The 16-bit
 * functions have the plain names. */
#define WINHTTP_QUOTE_(x) #x
#define WINHTTP_QUOTE(x) WINHTTP_QUOTE_(x)
#if WINHTTP_WCHAR_BITS == 16
#define WINHTTP_DOOR(name)
#else
#define WINHTTP_DOOR(name) __asm__(WINHTTP_QUOTE(__USER_LABEL_PREFIX__) name "_w32")
#endif

/* WinHTTP's own names for types, always there. */
typedef WINHTTP_HANDLE HINTERNET;
typedef HINTERNET *LPHINTERNET;
typedef WINHTTP_WORD INTERNET_PORT;
typedef INTERNET_PORT *LPINTERNET_PORT;
typedef int INTERNET_SCHEME;
typedef INTERNET_SCHEME *LPINTERNET_SCHEME;

#endif /* WINHTTP_BASE_H */
