/* Text that is wide when UNICODE is defined. */
#ifndef WINHTTP_COMPAT_TCHAR_H
#define WINHTTP_COMPAT_TCHAR_H

#include "windows.h"

typedef TCHAR _TCHAR;
#define _T(x) TEXT(x)
#define _TEXT(x) TEXT(x)
#ifdef UNICODE
#define _tcslen lstrlenW
#define _tcsicmp _wcsicmp
#define _tcsnicmp _wcsnicmp
#define _tcsdup _wcsdup
#define _tcscpy_s wcscpy_s
#define _tcsncpy_s wcsncpy_s
#define _tcscat_s wcscat_s
#define _stprintf_s swprintf_s
#define _tprintf wprintf
#define _ftprintf fwprintf
#define _fputts fputws
#else
#define _tcslen strlen
#define _tcsicmp _stricmp
#define _tcsnicmp _strnicmp
#define _tcsdup _strdup
#define _tcscpy_s strcpy_s
#define _tcsncpy_s strncpy_s
#define _tcscat_s strcat_s
#define _stprintf_s sprintf_s
#define _tprintf printf
#define _ftprintf fprintf
#define _fputts fputs
#define _tmain main
#endif

#endif /* WINHTTP_COMPAT_TCHAR_H */
