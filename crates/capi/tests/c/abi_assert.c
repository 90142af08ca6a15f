/* Every number and every layout, asserted while compiling.
 *
 * Compiles against this library's winhttp.h, as C and as C++, for both widths of WCHAR, on 32 and
 * on 64 bit. For Windows it compiles against mingw-w64's winhttp.h, which shows that the numbers
 * here are those of a header nobody here wrote.
 *
 * contract: constants and structures of winhttp.h. */
#ifdef _WIN32
#include <winsock2.h>
#include <windows.h>
#include <wincrypt.h>
#define SECURITY_WIN32
#include <security.h>
#include <schannel.h>
#endif
#include <stddef.h>
#include <winhttp.h>

#ifdef __cplusplus
#define SURE(what, why) static_assert(what, why);
#else
#define SURE(what, why) _Static_assert(what, why);
#endif
#define SAME(name, value) SURE((unsigned long long)(unsigned int)(name) == (value), #name)
#define SIZE(type, on64, on32) SURE(sizeof(type) == (sizeof(void *) == 8 ? (on64) : (on32)), #type)
#define AT(type, member, on64, on32) \
    SURE(offsetof(type, member) == (sizeof(void *) == 8 ? (on64) : (on32)), #type "." #member)

SIZE(DWORD, 4, 4)
SIZE(LONG, 4, 4)
SIZE(BOOL, 4, 4)
SIZE(WORD, 2, 2)
SIZE(BYTE, 1, 1)
SIZE(ULONGLONG, 8, 8)
SIZE(DWORD_PTR, 8, 4)
SIZE(HINTERNET, 8, 4)
SIZE(INTERNET_PORT, 2, 2)
SIZE(INTERNET_SCHEME, 4, 4)

/* Bytes, so that it grows with the width of WCHAR: 62 for Windows' own. */
SURE(WINHTTP_TIME_FORMAT_BUFSIZE == 31 * sizeof(WCHAR), "WINHTTP_TIME_FORMAT_BUFSIZE")

#include "constants_shared.h"
#include "constants_query.h"
#include "layouts_shared.h"

#ifndef _WIN32
#include "constants_newer.h"
#include "layouts_newer.h"

SURE(sizeof(WCHAR) * 8 == WINHTTP_WCHAR_BITS, "WCHAR")
#ifdef EXPECTED_WCHAR_BITS
SURE(WINHTTP_WCHAR_BITS == EXPECTED_WCHAR_BITS, "the mode asked for")
#endif
#endif

/* A pointer cannot be compared while compiling in C. */
WINHTTP_STATUS_CALLBACK invalid_status_callback(void);
WINHTTP_STATUS_CALLBACK invalid_status_callback(void) { return WINHTTP_INVALID_STATUS_CALLBACK; }
