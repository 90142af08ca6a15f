/* The bounded string functions that answer with an HRESULT. */
#ifndef WINHTTP_COMPAT_STRSAFE_H
#define WINHTTP_COMPAT_STRSAFE_H

#include "windows.h"

#define STRSAFE_MAX_CCH 2147483647
#define STRSAFE_E_INSUFFICIENT_BUFFER ((HRESULT)0x8007007A)
#define STRSAFE_E_INVALID_PARAMETER ((HRESULT)0x80070057)

/* What does not fit is cut off, and the answer says so. */
#define WINHTTP_COMPAT_STRSAFE(suffix, unit)                                                 \
    WINHTTP_COMPAT HRESULT StringCchLength##suffix(const unit *text, size_t most,            \
                                                   size_t *length)                           \
    {                                                                                        \
        size_t at = 0;                                                                       \
        if (length != NULL)                                                                  \
            *length = 0;                                                                     \
        if (text == NULL || most > STRSAFE_MAX_CCH)                                          \
            return STRSAFE_E_INVALID_PARAMETER;                                              \
        while (at < most && text[at] != 0)                                                   \
            at++;                                                                            \
        if (at == most)                                                                      \
            return STRSAFE_E_INVALID_PARAMETER;                                              \
        if (length != NULL)                                                                  \
            *length = at;                                                                    \
        return S_OK;                                                                         \
    }                                                                                        \
    WINHTTP_COMPAT HRESULT StringCchCopyN##suffix(unit *to, size_t size, const unit *from,   \
                                                  size_t count)                              \
    {                                                                                        \
        size_t at = 0;                                                                       \
        if (to == NULL || from == NULL || size == 0 || size > STRSAFE_MAX_CCH)               \
            return STRSAFE_E_INVALID_PARAMETER;                                              \
        while (at < count && from[at] != 0) {                                                \
            if (at + 1 == size) {                                                            \
                to[at] = 0;                                                                  \
                return STRSAFE_E_INSUFFICIENT_BUFFER;                                        \
            }                                                                                \
            to[at] = from[at];                                                               \
            at++;                                                                            \
        }                                                                                    \
        to[at] = 0;                                                                          \
        return S_OK;                                                                         \
    }                                                                                        \
    WINHTTP_COMPAT HRESULT StringCchCopy##suffix(unit *to, size_t size, const unit *from)    \
    {                                                                                        \
        return StringCchCopyN##suffix(to, size, from, STRSAFE_MAX_CCH);                      \
    }                                                                                        \
    WINHTTP_COMPAT HRESULT StringCchCat##suffix(unit *to, size_t size, const unit *from)     \
    {                                                                                        \
        size_t used;                                                                         \
        HRESULT result = StringCchLength##suffix(to, size, &used);                           \
        return result != S_OK ? result : StringCchCopy##suffix(to + used, size - used, from); \
    }

WINHTTP_COMPAT_STRSAFE(A, char)
WINHTTP_COMPAT_STRSAFE(W, WCHAR)

WINHTTP_COMPAT __attribute__((format(printf, 3, 4))) HRESULT
StringCchPrintfA(char *to, size_t size, const char *format, ...)
{
    va_list arguments;
    int written;
    if (to == NULL || size == 0 || size > STRSAFE_MAX_CCH)
        return STRSAFE_E_INVALID_PARAMETER;
    va_start(arguments, format);
    written = vsnprintf(to, size, format, arguments);
    va_end(arguments);
    return written < 0                 ? STRSAFE_E_INVALID_PARAMETER
           : (size_t)written >= size   ? STRSAFE_E_INSUFFICIENT_BUFFER
                                       : S_OK;
}

#if WINHTTP_WCHAR_BITS == 32 /* the C library is made for 32 bits */
WINHTTP_COMPAT HRESULT StringCchPrintfW(wchar_t *to, size_t size, const wchar_t *format, ...)
{
    va_list arguments;
    int written;
    if (to == NULL || size == 0 || size > STRSAFE_MAX_CCH)
        return STRSAFE_E_INVALID_PARAMETER;
    va_start(arguments, format);
    written = vswprintf(to, size, format, arguments);
    va_end(arguments);
    to[size - 1] = 0;
    return written < 0 ? STRSAFE_E_INSUFFICIENT_BUFFER : S_OK;
}
#endif

#ifdef UNICODE
#define StringCchLength StringCchLengthW
#define StringCchCopyN StringCchCopyNW
#define StringCchCopy StringCchCopyW
#define StringCchCat StringCchCatW
#define StringCchPrintf StringCchPrintfW
#else
#define StringCchLength StringCchLengthA
#define StringCchCopyN StringCchCopyNA
#define StringCchCopy StringCchCopyA
#define StringCchCat StringCchCatA
#define StringCchPrintf StringCchPrintfA
#endif

#endif /* WINHTTP_COMPAT_STRSAFE_H */
