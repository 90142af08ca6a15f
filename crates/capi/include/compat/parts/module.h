/* winhttp.dll as a module, and the messages of its errors. No other module is known. */
#ifndef WINHTTP_COMPAT_MODULE_H
#define WINHTTP_COMPAT_MODULE_H

#include "text.h"

#include <dlfcn.h>

typedef INT_PTR (*FARPROC)(void);

#define LOAD_LIBRARY_SEARCH_SYSTEM32 0x00000800u
#define LOAD_LIBRARY_AS_DATAFILE 0x00000002u

#define WINHTTP_COMPAT_MODULE ((HMODULE)(ULONG_PTR)0x77480000u)

/* winhttp or winhttp.dll, in any case, behind any path. */
WINHTTP_COMPAT HMODULE GetModuleHandleA(LPCSTR name)
{
    const char *base = name, *at;
    for (at = name; at != NULL && *at != 0; at++)
        if (*at == '/' || *at == '\\')
            base = at + 1;
    if (base != NULL && (_stricmp(base, "winhttp.dll") == 0 || _stricmp(base, "winhttp") == 0))
        return WINHTTP_COMPAT_MODULE;
    SetLastError(ERROR_MOD_NOT_FOUND);
    return NULL;
}

WINHTTP_COMPAT HMODULE GetModuleHandleW(LPCWSTR name)
{
    char narrow[MAX_PATH];
    if (name == NULL || WideCharToMultiByte(CP_UTF8, 0, name, -1, narrow, MAX_PATH, NULL, NULL) == 0)
        return GetModuleHandleA(NULL);
    return GetModuleHandleA(narrow);
}

WINHTTP_COMPAT HMODULE LoadLibraryA(LPCSTR name) { return GetModuleHandleA(name); }
WINHTTP_COMPAT HMODULE LoadLibraryW(LPCWSTR name) { return GetModuleHandleW(name); }
WINHTTP_COMPAT HMODULE LoadLibraryExA(LPCSTR name, HANDLE file, DWORD flags)
{
    (void)file;
    (void)flags;
    return GetModuleHandleA(name);
}
WINHTTP_COMPAT HMODULE LoadLibraryExW(LPCWSTR name, HANDLE file, DWORD flags)
{
    (void)file;
    (void)flags;
    return GetModuleHandleW(name);
}
WINHTTP_COMPAT BOOL FreeLibrary(HMODULE module)
{
    (void)module;
    return TRUE;
}

/* A function of WinHTTP, of the door of this translation unit. Needs the library to be linked as a
 * shared object, or the program to export its symbols. */
WINHTTP_COMPAT FARPROC GetProcAddress(HMODULE module, LPCSTR name)
{
    void *self, *symbol = NULL;
    char door[96];
    FARPROC function = NULL;
    if (module != WINHTTP_COMPAT_MODULE || (ULONG_PTR)name < 0x10000u ||
        strncmp(name, "WinHttp", 7) != 0 || strlen(name) > sizeof(door) - 5) {
        SetLastError(ERROR_PROC_NOT_FOUND);
        return NULL;
    }
    self = dlopen(NULL, RTLD_LAZY);
    if (self != NULL) {
#if WINHTTP_WCHAR_BITS == 32
        strcpy(door, name);
        strcat(door, "_w32");
        symbol = dlsym(self, door);
#endif
        if (symbol == NULL)
            symbol = dlsym(self, name);
        dlclose(self);
    }
    if (symbol == NULL)
        SetLastError(ERROR_PROC_NOT_FOUND);
    memcpy(&function, &symbol, sizeof(function)); /* ISO C has no cast between the two */
    return function;
}

#define FORMAT_MESSAGE_ALLOCATE_BUFFER 0x00000100u
#define FORMAT_MESSAGE_IGNORE_INSERTS 0x00000200u
#define FORMAT_MESSAGE_FROM_STRING 0x00000400u
#define FORMAT_MESSAGE_FROM_HMODULE 0x00000800u
#define FORMAT_MESSAGE_FROM_SYSTEM 0x00001000u
#define FORMAT_MESSAGE_ARGUMENT_ARRAY 0x00002000u
#define FORMAT_MESSAGE_MAX_WIDTH_MASK 0x000000FFu
#define MAKELANGID(primary, sub) ((WORD)(((WORD)(sub) << 10) | (WORD)(primary)))
#define LANG_NEUTRAL 0x00
#define LANG_ENGLISH 0x09
#define SUBLANG_NEUTRAL 0x00
#define SUBLANG_DEFAULT 0x01
#define SUBLANG_ENGLISH_US 0x01
#ifndef ERROR_MR_MID_NOT_FOUND
#define ERROR_MR_MID_NOT_FOUND 317
#endif

/* The sentence for an error, with the line end that Windows adds. Returns its length, or 0. */
WINHTTP_COMPAT size_t winhttp_compat_message(DWORD flags, DWORD error, char *text, size_t size)
{
    size_t length;
    if ((flags & FORMAT_MESSAGE_FROM_STRING) != 0 ||
        (flags & (FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_FROM_SYSTEM)) == 0) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    length = WinHttpCompatErrorText(error, text, size - 2);
    if (length == 0 || length > size - 3) {
        SetLastError(ERROR_MR_MID_NOT_FOUND);
        return 0;
    }
    strcpy(text + length, (flags & FORMAT_MESSAGE_MAX_WIDTH_MASK) == 0 ? "\r\n" : " ");
    return strlen(text);
}

/* Errors only: source and language are ignored, and there are no inserts. */
WINHTTP_COMPAT DWORD FormatMessageA(DWORD flags, LPCVOID source, DWORD error, DWORD language,
                                    LPSTR buffer, DWORD size, va_list *arguments)
{
    char text[256];
    size_t length = winhttp_compat_message(flags, error, text, sizeof(text));
    (void)source;
    (void)language;
    (void)arguments;
    if (length == 0)
        return 0;
    if ((flags & FORMAT_MESSAGE_ALLOCATE_BUFFER) != 0) {
        void *memory = LocalAlloc(LMEM_FIXED, size > length ? size : length + 1);
        if (memory == NULL)
            return 0;
        memcpy((void *)buffer, &memory, sizeof(memory)); /* buffer is an LPSTR* in disguise */
        buffer = (LPSTR)memory;
    } else if (size <= length) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return 0;
    }
    memcpy(buffer, text, length + 1);
    return (DWORD)length;
}

WINHTTP_COMPAT DWORD FormatMessageW(DWORD flags, LPCVOID source, DWORD error, DWORD language,
                                    LPWSTR buffer, DWORD size, va_list *arguments)
{
    char text[256];
    size_t length = winhttp_compat_message(flags, error, text, sizeof(text)), i;
    (void)source;
    (void)language;
    (void)arguments;
    if (length == 0)
        return 0;
    if ((flags & FORMAT_MESSAGE_ALLOCATE_BUFFER) != 0) {
        void *memory =
            LocalAlloc(LMEM_FIXED, (size > length ? size : length + 1) * sizeof(WCHAR));
        if (memory == NULL)
            return 0;
        memcpy((void *)buffer, &memory, sizeof(memory));
        buffer = (LPWSTR)memory;
    } else if (size <= length) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return 0;
    }
    for (i = 0; i <= length; i++) /* the sentences are ASCII */
        buffer[i] = (WCHAR)(unsigned char)text[i];
    return (DWORD)length;
}

#ifdef UNICODE
#define GetModuleHandle GetModuleHandleW
#define LoadLibrary LoadLibraryW
#define LoadLibraryEx LoadLibraryExW
#define FormatMessage FormatMessageW
#else
#define GetModuleHandle GetModuleHandleA
#define LoadLibrary LoadLibraryA
#define LoadLibraryEx LoadLibraryExA
#define FormatMessage FormatMessageA
#endif

#endif /* WINHTTP_COMPAT_MODULE_H */
