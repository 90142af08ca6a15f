/* Threads as Microsoft's C library starts them. */
#ifndef WINHTTP_COMPAT_PROCESS_H
#define WINHTTP_COMPAT_PROCESS_H

#include "windows.h"

typedef struct winhttp_compat_begin {
    unsigned (*start)(void *);
    void *argument;
} winhttp_compat_begin;

WINHTTP_COMPAT DWORD winhttp_compat_begun(LPVOID argument)
{
    winhttp_compat_begin begin = *(winhttp_compat_begin *)argument;
    free(argument);
    return begin.start(begin.argument);
}

/* The handle, for WaitForSingleObject and CloseHandle; 0 on failure. */
WINHTTP_COMPAT uintptr_t _beginthreadex(void *security, unsigned stack, unsigned (*start)(void *),
                                        void *argument, unsigned flags, unsigned *id)
{
    winhttp_compat_begin *begin = (winhttp_compat_begin *)malloc(sizeof(*begin));
    DWORD number = 0;
    HANDLE thread;
    if (begin == NULL || start == NULL) {
        free(begin);
        SetLastError(start == NULL ? ERROR_INVALID_PARAMETER : ERROR_NOT_ENOUGH_MEMORY);
        return 0;
    }
    begin->start = start;
    begin->argument = argument;
    thread = CreateThread(security, stack, winhttp_compat_begun, begin, flags, &number);
    if (thread == NULL)
        free(begin);
    if (id != NULL)
        *id = number;
    return (uintptr_t)thread;
}

#endif /* WINHTTP_COMPAT_PROCESS_H */
