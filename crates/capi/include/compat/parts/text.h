/* Conversion between UTF-8 and WCHAR of either width, and wide string functions on WCHAR. */
#ifndef WINHTTP_COMPAT_TEXT_H
#define WINHTTP_COMPAT_TEXT_H

#include "memory.h"

#define CP_ACP 0u
#define CP_OEMCP 1u
#define CP_THREAD_ACP 3u
#define CP_UTF8 65001u
#define MB_PRECOMPOSED 0x1u
#define MB_ERR_INVALID_CHARS 0x8u
#define WC_ERR_INVALID_CHARS 0x80u
#define WC_NO_BEST_FIT_CHARS 0x400u

/* The code pages of the machine are UTF-8, as everywhere on these systems. */
WINHTTP_COMPAT BOOL winhttp_compat_is_utf8(UINT page)
{
    return page == CP_UTF8 || page == CP_ACP || page == CP_OEMCP || page == CP_THREAD_ACP;
}

#define WINHTTP_COMPAT_BAD 0xFFFFFFFFu

/* One character of UTF-8; moves on by what it took. A malformed one is BAD and takes its longest
 * correct beginning, at least one byte (Unicode chapter 3, U+FFFD substitution). */
WINHTTP_COMPAT DWORD winhttp_compat_from_utf8(const unsigned char *text, size_t length, size_t *at)
{
    unsigned lead = text[(*at)++], low = 0x80, high = 0xBF;
    DWORD value;
    int more;
    if (lead < 0x80)
        return lead;
    if (lead < 0xC2 || lead > 0xF4)
        return WINHTTP_COMPAT_BAD;
    more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    value = lead & (0x3Fu >> more);
    if (lead == 0xE0)
        low = 0xA0;
    else if (lead == 0xED)
        high = 0x9F;
    else if (lead == 0xF0)
        low = 0x90;
    else if (lead == 0xF4)
        high = 0x8F;
    while (more-- != 0) {
        if (*at >= length || text[*at] < low || text[*at] > high)
            return WINHTTP_COMPAT_BAD;
        value = (value << 6) | (text[(*at)++] & 0x3Fu);
        low = 0x80;
        high = 0xBF;
    }
    return value;
}

/* One character of WCHAR text; an unpaired surrogate or a number beyond Unicode is BAD. */
WINHTTP_COMPAT DWORD winhttp_compat_from_wide(const WCHAR *text, size_t length, size_t *at)
{
    DWORD unit = (DWORD)text[(*at)++];
#if WINHTTP_WCHAR_BITS == 16
    unit &= 0xFFFFu;
    if (unit >= 0xD800 && unit < 0xDC00 && *at < length) {
        DWORD next = (DWORD)text[*at] & 0xFFFFu;
        if (next >= 0xDC00 && next < 0xE000) {
            (*at)++;
            return 0x10000u + ((unit - 0xD800u) << 10) + (next - 0xDC00u);
        }
    }
#else
    (void)length;
#endif
    return unit > 0x10FFFFu || (unit >= 0xD800 && unit < 0xE000) ? WINHTTP_COMPAT_BAD : unit;
}

WINHTTP_COMPAT int winhttp_compat_to_utf8(DWORD value, char *out)
{
    if (value < 0x80) {
        out[0] = (char)value;
        return 1;
    }
    if (value < 0x800) {
        out[0] = (char)(0xC0 | (value >> 6));
        out[1] = (char)(0x80 | (value & 0x3F));
        return 2;
    }
    if (value < 0x10000) {
        out[0] = (char)(0xE0 | (value >> 12));
        out[1] = (char)(0x80 | ((value >> 6) & 0x3F));
        out[2] = (char)(0x80 | (value & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | (value >> 18));
    out[1] = (char)(0x80 | ((value >> 12) & 0x3F));
    out[2] = (char)(0x80 | ((value >> 6) & 0x3F));
    out[3] = (char)(0x80 | (value & 0x3F));
    return 4;
}

WINHTTP_COMPAT int winhttp_compat_to_wide(DWORD value, WCHAR *out)
{
#if WINHTTP_WCHAR_BITS == 16
    if (value >= 0x10000) {
        out[0] = (WCHAR)(0xD800 + ((value - 0x10000u) >> 10));
        out[1] = (WCHAR)(0xDC00 + ((value - 0x10000u) & 0x3FF));
        return 2;
    }
#endif
    out[0] = (WCHAR)value;
    return 1;
}

WINHTTP_COMPAT size_t winhttp_compat_wide_length(const WCHAR *text)
{
    size_t length = 0;
    while (text[length] != 0)
        length++;
    return length;
}

/* The number of units written, or needed when size is 0; 0 and the last error on failure. */
WINHTTP_COMPAT int MultiByteToWideChar(UINT page, DWORD flags, LPCSTR text, int length, LPWSTR out,
                                       int size)
{
    size_t count, at = 0;
    int written = 0, units, i;
    WCHAR pair[2];
    if (!winhttp_compat_is_utf8(page) || text == NULL || length == 0 || length < -1 || size < 0 ||
        (size != 0 && out == NULL)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    count = length == -1 ? strlen(text) + 1 : (size_t)length;
    while (at < count) {
        DWORD value = winhttp_compat_from_utf8((const unsigned char *)text, count, &at);
        if (value == WINHTTP_COMPAT_BAD) {
            if ((flags & MB_ERR_INVALID_CHARS) != 0) {
                SetLastError(ERROR_NO_UNICODE_TRANSLATION);
                return 0;
            }
            value = 0xFFFD;
        }
        units = winhttp_compat_to_wide(value, pair);
        if (written > 0x7FFFFFFF - units || (size != 0 && written + units > size)) {
            SetLastError(ERROR_INSUFFICIENT_BUFFER);
            return 0;
        }
        for (i = 0; size != 0 && i < units; i++)
            out[written + i] = pair[i];
        written += units;
    }
    return written;
}

/* The number of bytes written, or needed when size is 0; 0 and the last error on failure. */
WINHTTP_COMPAT int WideCharToMultiByte(UINT page, DWORD flags, LPCWSTR text, int length, LPSTR out,
                                       int size, LPCSTR replacement, BOOL *replaced)
{
    size_t count, at = 0;
    int written = 0, bytes;
    char sequence[4];
    (void)replacement;
    if (!winhttp_compat_is_utf8(page) || text == NULL || length == 0 || length < -1 || size < 0 ||
        (size != 0 && out == NULL)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    if (replaced != NULL)
        *replaced = FALSE;
    count = length == -1 ? winhttp_compat_wide_length(text) + 1 : (size_t)length;
    while (at < count) {
        DWORD value = winhttp_compat_from_wide(text, count, &at);
        if (value == WINHTTP_COMPAT_BAD) {
            if ((flags & WC_ERR_INVALID_CHARS) != 0) {
                SetLastError(ERROR_NO_UNICODE_TRANSLATION);
                return 0;
            }
            value = 0xFFFD;
        }
        bytes = winhttp_compat_to_utf8(value, sequence);
        if (written > 0x7FFFFFFF - bytes || (size != 0 && written + bytes > size)) {
            SetLastError(ERROR_INSUFFICIENT_BUFFER);
            return 0;
        }
        if (size != 0)
            memcpy(out + written, sequence, (size_t)bytes);
        written += bytes;
    }
    return written;
}

/* ---- wide strings; letters compare without case in ASCII only ---- */

WINHTTP_COMPAT int lstrlenA(LPCSTR text) { return text != NULL ? (int)strlen(text) : 0; }
WINHTTP_COMPAT int lstrlenW(LPCWSTR text)
{
    return text != NULL ? (int)winhttp_compat_wide_length(text) : 0;
}

WINHTTP_COMPAT DWORD winhttp_compat_lower(WCHAR unit)
{
    DWORD value = (DWORD)unit;
    return value >= 'A' && value <= 'Z' ? value + 32 : value;
}

WINHTTP_COMPAT int winhttp_compat_compare(const WCHAR *a, const WCHAR *b, size_t count, int fold)
{
    for (; count != 0; count--, a++, b++) {
        DWORD x = fold ? winhttp_compat_lower(*a) : (DWORD)*a;
        DWORD y = fold ? winhttp_compat_lower(*b) : (DWORD)*b;
        if (x != y)
            return x < y ? -1 : 1;
        if (x == 0)
            return 0;
    }
    return 0;
}

WINHTTP_COMPAT int _wcsicmp(const WCHAR *a, const WCHAR *b)
{
    return winhttp_compat_compare(a, b, (size_t)-1, 1);
}
WINHTTP_COMPAT int _wcsnicmp(const WCHAR *a, const WCHAR *b, size_t count)
{
    return winhttp_compat_compare(a, b, count, 1);
}
WINHTTP_COMPAT int lstrcmpW(LPCWSTR a, LPCWSTR b)
{
    return winhttp_compat_compare(a, b, (size_t)-1, 0);
}
WINHTTP_COMPAT int lstrcmpiW(LPCWSTR a, LPCWSTR b) { return _wcsicmp(a, b); }
WINHTTP_COMPAT int _stricmp(const char *a, const char *b) { return strcasecmp(a, b); }
WINHTTP_COMPAT int _strnicmp(const char *a, const char *b, size_t n) { return strncasecmp(a, b, n); }
WINHTTP_COMPAT int lstrcmpA(LPCSTR a, LPCSTR b) { return strcmp(a, b); }
WINHTTP_COMPAT int lstrcmpiA(LPCSTR a, LPCSTR b) { return strcasecmp(a, b); }

/* Freed with free. */
WINHTTP_COMPAT char *_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = (char *)malloc(size);
    return copy != NULL ? (char *)memcpy(copy, text, size) : NULL;
}
WINHTTP_COMPAT WCHAR *_wcsdup(const WCHAR *text)
{
    size_t size = (winhttp_compat_wide_length(text) + 1) * sizeof(WCHAR);
    WCHAR *copy = (WCHAR *)malloc(size);
    return copy != NULL ? (WCHAR *)memcpy(copy, text, size) : NULL;
}

#ifdef UNICODE
#define lstrlen lstrlenW
#define lstrcmp lstrcmpW
#define lstrcmpi lstrcmpiW
#else
#define lstrlen lstrlenA
#define lstrcmp lstrcmpA
#define lstrcmpi lstrcmpiA
#endif

#endif /* WINHTTP_COMPAT_TEXT_H */
