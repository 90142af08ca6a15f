/* The bounded string functions of Microsoft's C library. Where Microsoft's end the program, these
 * empty the destination and give back an error. */
#ifndef WINHTTP_COMPAT_CRT_H
#define WINHTTP_COMPAT_CRT_H

#include "text.h"

#define _TRUNCATE ((size_t)-1)
#ifndef STRUNCATE
#define STRUNCATE 80
#endif
typedef int errno_t;

/* Copies at most count units behind what is there; the body of eight functions. */
#define WINHTTP_COMPAT_APPEND(unit, to, size, used, from, count)                             \
    do {                                                                                     \
        size_t i_ = 0, used_ = (used);                                                       \
        if ((to) == NULL || (size) == 0)                                                     \
            return EINVAL;                                                                   \
        if ((from) == NULL || used_ >= (size)) {                                             \
            (to)[0] = 0;                                                                     \
            return EINVAL;                                                                   \
        }                                                                                    \
        for (; i_ < (count) && (from)[i_] != 0; i_++) {                                      \
            if (used_ + i_ + 1 >= (size)) {                                                  \
                if ((count) == _TRUNCATE && bounded_) {                                      \
                    (to)[(size)-1] = 0;                                                      \
                    return STRUNCATE;                                                        \
                }                                                                            \
                (to)[0] = 0;                                                                 \
                return ERANGE;                                                               \
            }                                                                                \
            (to)[used_ + i_] = (from)[i_];                                                   \
        }                                                                                    \
        (to)[used_ + i_] = 0;                                                                \
        return 0;                                                                            \
    } while (0)

#define WINHTTP_COMPAT_COPIES(name_n, name, cat, unit)                                       \
    WINHTTP_COMPAT size_t winhttp_compat_used_##name(const unit *to, size_t size)            \
    {                                                                                        \
        size_t used = 0;                                                                     \
        while (to != NULL && used < size && to[used] != 0)                                   \
            used++;                                                                          \
        return used;                                                                         \
    }                                                                                        \
    WINHTTP_COMPAT errno_t name_n(unit *to, size_t size, const unit *from, size_t count)     \
    {                                                                                        \
        const int bounded_ = 1;                                                              \
        WINHTTP_COMPAT_APPEND(unit, to, size, 0, from, count);                               \
    }                                                                                        \
    WINHTTP_COMPAT errno_t name(unit *to, size_t size, const unit *from)                     \
    {                                                                                        \
        const int bounded_ = 0;                                                              \
        WINHTTP_COMPAT_APPEND(unit, to, size, 0, from, (size_t)-1);                          \
    }                                                                                        \
    WINHTTP_COMPAT errno_t cat(unit *to, size_t size, const unit *from)                      \
    {                                                                                        \
        const int bounded_ = 0;                                                              \
        WINHTTP_COMPAT_APPEND(unit, to, size, winhttp_compat_used_##name(to, size), from,    \
                              (size_t)-1);                                                   \
    }

WINHTTP_COMPAT_COPIES(strncpy_s, strcpy_s, strcat_s, char)
WINHTTP_COMPAT_COPIES(wcsncpy_s, wcscpy_s, wcscat_s, WCHAR)

WINHTTP_COMPAT __attribute__((format(printf, 3, 4))) int sprintf_s(char *to, size_t size,
                                                                   const char *format, ...)
{
    va_list arguments;
    int written;
    va_start(arguments, format);
    written = vsnprintf(to, size, format, arguments);
    va_end(arguments);
    if (written < 0 || (size_t)written >= size) {
        if (size != 0)
            to[0] = 0;
        return -1;
    }
    return written;
}

#if WINHTTP_WCHAR_BITS == 32 /* the C library is made for 32 bits */
/* The format is the platform's: %s takes narrow text here, %ls wide text. */
WINHTTP_COMPAT int swprintf_s(wchar_t *to, size_t size, const wchar_t *format, ...)
{
    va_list arguments;
    int written;
    va_start(arguments, format);
    written = vswprintf(to, size, format, arguments);
    va_end(arguments);
    if (written < 0 && size != 0)
        to[0] = 0;
    return written;
}
#endif

#ifdef __cplusplus
/* The forms that learn the size from the array. */
template <size_t size> inline errno_t strcpy_s(char (&to)[size], const char *from)
{
    return strcpy_s(to, size, from);
}
template <size_t size> inline errno_t strcat_s(char (&to)[size], const char *from)
{
    return strcat_s(to, size, from);
}
template <size_t size> inline errno_t wcscpy_s(WCHAR (&to)[size], const WCHAR *from)
{
    return wcscpy_s(to, size, from);
}
template <size_t size> inline errno_t wcscat_s(WCHAR (&to)[size], const WCHAR *from)
{
    return wcscat_s(to, size, from);
}
template <size_t size>
inline errno_t wcsncpy_s(WCHAR (&to)[size], const WCHAR *from, size_t count)
{
    return wcsncpy_s(to, size, from, count);
}
#if WINHTTP_WCHAR_BITS == 32 /* the C library is made for 32 bits */
template <size_t size, typename... Arguments>
inline int swprintf_s(wchar_t (&to)[size], const wchar_t *format, Arguments... arguments)
{
    return swprintf_s(static_cast<wchar_t *>(to), size, format, arguments...);
}
#endif
#endif

#endif /* WINHTTP_COMPAT_CRT_H */
