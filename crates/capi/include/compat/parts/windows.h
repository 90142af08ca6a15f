/* What WinHTTP programs use of windows.h, and no more: no files, no windows, no registry.
 *
 * Everything is static inline over POSIX threads and the library's own functions; nothing is
 * exported under the names of kernel32. _WIN32 is not defined. */
#ifndef WINHTTP_COMPAT_WINDOWS_H
#define WINHTTP_COMPAT_WINDOWS_H

#include "setup.h"
#include "memory.h"
#include "time.h"
#include "sync.h"
#include "text.h"
#include "module.h"
#include "crt.h"
#include "result.h"

#endif /* WINHTTP_COMPAT_WINDOWS_H */
