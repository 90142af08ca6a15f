/* Last error and memory. One allocator, the library's, so that no pairing is wrong. */
#ifndef WINHTTP_COMPAT_MEMORY_H
#define WINHTTP_COMPAT_MEMORY_H

#include "setup.h"

WINHTTP_COMPAT DWORD GetLastError(void) { return WinHttpCompatGetLastError(); }
WINHTTP_COMPAT void SetLastError(DWORD error) { WinHttpCompatSetLastError(error); }

#define GMEM_FIXED 0x0000
#define GMEM_ZEROINIT 0x0040
#define GPTR 0x0040
#define LMEM_FIXED 0x0000
#define LMEM_ZEROINIT 0x0040
#define LPTR 0x0040
#define HEAP_NO_SERIALIZE 0x00000001
#define HEAP_ZERO_MEMORY 0x00000008

/* Memory comes zeroed whether asked or not. */
WINHTTP_COMPAT void *winhttp_compat_alloc(SIZE_T size)
{
    void *memory = WinHttpCompatAlloc(size != 0 ? size : 1);
    if (memory == NULL)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return memory;
}

WINHTTP_COMPAT HGLOBAL GlobalAlloc(UINT flags, SIZE_T size)
{
    (void)flags;
    return winhttp_compat_alloc(size);
}

WINHTTP_COMPAT HGLOBAL GlobalFree(HGLOBAL memory)
{
    WinHttpCompatFree(memory);
    return NULL;
}

WINHTTP_COMPAT HLOCAL LocalAlloc(UINT flags, SIZE_T size)
{
    (void)flags;
    return winhttp_compat_alloc(size);
}

WINHTTP_COMPAT HLOCAL LocalFree(HLOCAL memory)
{
    WinHttpCompatFree(memory);
    return NULL;
}

/* There is one heap; its handle only has to be something other than NULL. */
WINHTTP_COMPAT HANDLE GetProcessHeap(void) { return (HANDLE)(ULONG_PTR)1; }

WINHTTP_COMPAT LPVOID HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size)
{
    (void)heap;
    (void)flags;
    return winhttp_compat_alloc(size);
}

WINHTTP_COMPAT BOOL HeapFree(HANDLE heap, DWORD flags, LPVOID memory)
{
    (void)heap;
    (void)flags;
    WinHttpCompatFree(memory);
    return TRUE;
}

/* Zeroes memory even where the compiler sees no later use. */
WINHTTP_COMPAT PVOID SecureZeroMemory(PVOID memory, SIZE_T size)
{
    volatile unsigned char *at = (volatile unsigned char *)memory;
    while (size-- != 0)
        *at++ = 0;
    return memory;
}

#endif /* WINHTTP_COMPAT_MEMORY_H */
