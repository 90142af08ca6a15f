/* Every version asked for is there. */
#ifndef WINHTTP_COMPAT_VERSIONS_H
#define WINHTTP_COMPAT_VERSIONS_H

#include "setup.h"

#define WINHTTP_COMPAT_VERSION(name)  \
    WINHTTP_COMPAT BOOL name(void)    \
    {                                 \
        return TRUE;                  \
    }

WINHTTP_COMPAT_VERSION(IsWindowsXPOrGreater)
WINHTTP_COMPAT_VERSION(IsWindowsXPSP1OrGreater)
WINHTTP_COMPAT_VERSION(IsWindowsXPSP2OrGreater)
WINHTTP_COMPAT_VERSION(IsWindowsXPSP3OrGreater)
WINHTTP_COMPAT_VERSION(IsWindowsVistaOrGreater)
WINHTTP_COMPAT_VERSION(IsWindowsVistaSP1OrGreater)
WINHTTP_COMPAT_VERSION(IsWindowsVistaSP2OrGreater)
WINHTTP_COMPAT_VERSION(IsWindows7OrGreater)
WINHTTP_COMPAT_VERSION(IsWindows7SP1OrGreater)
WINHTTP_COMPAT_VERSION(IsWindows8OrGreater)
WINHTTP_COMPAT_VERSION(IsWindows8Point1OrGreater)
WINHTTP_COMPAT_VERSION(IsWindowsThresholdOrGreater)
WINHTTP_COMPAT_VERSION(IsWindows10OrGreater)

WINHTTP_COMPAT BOOL IsWindowsServer(void) { return FALSE; }

#endif /* WINHTTP_COMPAT_VERSIONS_H */
