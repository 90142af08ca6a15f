/* Runs the compatibility headers: events, threads, locks, conversions, messages, dates.
 *
 * The library's own functions are stood in for here, so that the headers are judged alone. */
#include <windows.h>
#include <process.h>
#include <strsafe.h>
#include <tchar.h>
#include <versionhelpers.h>
#include <winsock2.h>
#include <winhttp.h>


static __thread DWORD last_error;
static void (*hook)(WINHTTP_HANDLE);

#ifdef __cplusplus
extern "C" {
#endif
DWORD WinHttpCompatGetLastError(void) { return last_error; }
void WinHttpCompatSetLastError(DWORD error) { last_error = error; }
void *WinHttpCompatAlloc(size_t size) { return calloc(1, size); }
void WinHttpCompatFree(void *memory) { free(memory); }
void WinHttpCompatSetEventHook(void (*signal)(WINHTTP_HANDLE)) { hook = signal; }
DWORD WinHttpCompatErrorText(DWORD error, char *text, size_t size)
{
    static const char sentence[] = "The time has passed.";
    if (error != ERROR_WINHTTP_TIMEOUT)
        return 0;
    if (size != 0)
        snprintf(text, size, "%s", sentence);
    return sizeof(sentence) - 1;
}
#ifdef __cplusplus
}
#endif

#define CHECK(what)                                                     \
    do {                                                                \
        if (!(what)) {                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);  \
            exit(1);                                                    \
        }                                                               \
    } while (0)
#define W(text) ((const WCHAR *)WINHTTP_COMPAT_WIDE_(text))

static void events(void)
{
    HANDLE automatic = CreateEventA(NULL, FALSE, FALSE, NULL);
    HANDLE manual = CreateEventW(NULL, TRUE, TRUE, NULL);
    ULONGLONG before;
    CHECK(automatic != NULL && manual != NULL && hook != NULL);
    CHECK(WaitForSingleObject(automatic, 0) == WAIT_TIMEOUT);
    hook(automatic);
    CHECK(WaitForSingleObject(automatic, INFINITE) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(automatic, 0) == WAIT_TIMEOUT); /* reset by the wait */
    CHECK(WaitForSingleObject(manual, 0) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(manual, 0) == WAIT_OBJECT_0); /* stays */
    CHECK(ResetEvent(manual) && WaitForSingleObject(manual, 0) == WAIT_TIMEOUT);
    before = GetTickCount64();
    CHECK(WaitForSingleObject(manual, 20) == WAIT_TIMEOUT);
    CHECK(GetTickCount64() - before >= 20);
    CHECK(CloseHandle(automatic) && CloseHandle(manual));
    CHECK(!SetEvent(NULL) && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(WaitForSingleObject((HANDLE)(ULONG_PTR)5, 0) == WAIT_FAILED);
    CHECK(CreateEventA(NULL, FALSE, FALSE, "named") == NULL && GetLastError() == ERROR_NOT_SUPPORTED);
}

typedef struct shared {
    CRITICAL_SECTION section;
    HANDLE start;
    LONG volatile plain;
    LONG volatile counted;
} shared;

static DWORD WINAPI count(LPVOID argument)
{
    shared *all = (shared *)argument;
    int i;
    CHECK(WaitForSingleObject(all->start, INFINITE) == WAIT_OBJECT_0);
    for (i = 0; i < 1000; i++) {
        InterlockedIncrement(&all->counted);
        EnterCriticalSection(&all->section);
        EnterCriticalSection(&all->section); /* recursive */
        all->plain = all->plain + 1;
        LeaveCriticalSection(&all->section);
        LeaveCriticalSection(&all->section);
    }
    return 7;
}

static unsigned begun(void *argument) { return count(argument) + 1; }

static void threads(void)
{
    shared all;
    HANDLE handles[4];
    DWORD code = 0;
    int i;
    memset(&all, 0, sizeof(all));
    InitializeCriticalSection(&all.section);
    all.start = CreateEvent(NULL, TRUE, FALSE, NULL);
    for (i = 0; i < 3; i++)
        handles[i] = CreateThread(NULL, 0, count, &all, 0, NULL);
    handles[3] = (HANDLE)_beginthreadex(NULL, 0, begun, &all, 0, NULL);
    CHECK(GetExitCodeThread(handles[0], &code) && code == STILL_ACTIVE);
    CHECK(WaitForSingleObject(handles[0], 0) == WAIT_TIMEOUT);
    CHECK(!SetEvent(handles[0]) && GetLastError() == ERROR_INVALID_HANDLE);
    SetEvent(all.start);
    for (i = 0; i < 4; i++) {
        CHECK(WaitForSingleObject(handles[i], INFINITE) == WAIT_OBJECT_0);
        CHECK(GetExitCodeThread(handles[i], &code) && code == (i == 3 ? 8u : 7u));
        CHECK(CloseHandle(handles[i]));
    }
    CHECK(all.plain == 4000 && all.counted == 4000);
    CHECK(CreateThread(NULL, 0, count, &all, CREATE_SUSPENDED, NULL) == NULL);
    CHECK(GetLastError() == ERROR_NOT_SUPPORTED);
    CHECK(TryEnterCriticalSection(&all.section));
    LeaveCriticalSection(&all.section);
    DeleteCriticalSection(&all.section);
    CloseHandle(all.start);
    CHECK(InterlockedCompareExchange(&all.counted, 1, 4000) == 4000 && all.counted == 1);
    CHECK(InterlockedExchange(&all.counted, 5) == 1 && InterlockedExchangeAdd(&all.counted, 2) == 5);
    CHECK(InterlockedDecrement(&all.counted) == 6);
}

static void text(void)
{
    /* a, e acute, euro sign, a treble clef beyond the first plane */
    static const char utf8[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9D\x84\x9E";
    WCHAR wide[32];
    char back[32];
    int units = 5 + (WINHTTP_WCHAR_BITS == 16);
    CHECK(MultiByteToWideChar(CP_UTF8, 0, utf8, -1, NULL, 0) == units);
    CHECK(MultiByteToWideChar(CP_ACP, 0, utf8, -1, wide, 32) == units);
    CHECK(wide[1] == 0xE9 && wide[2] == 0x20AC && wide[units - 1] == 0);
    CHECK(WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL) == (int)sizeof(utf8));
    CHECK(WideCharToMultiByte(CP_UTF8, 0, wide, -1, back, 32, NULL, NULL) == (int)sizeof(utf8));
    CHECK(memcmp(back, utf8, sizeof(utf8)) == 0);
    /* a count leaves out the NUL */
    CHECK(MultiByteToWideChar(CP_UTF8, 0, "abc", 2, wide, 32) == 2);
    CHECK(MultiByteToWideChar(CP_UTF8, 0, "abc", -1, wide, 3) == 0);
    CHECK(GetLastError() == ERROR_INSUFFICIENT_BUFFER);
    CHECK(MultiByteToWideChar(1252, 0, "abc", -1, wide, 32) == 0);
    CHECK(GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, "a\xC3", -1, wide, 32) == 0);
    CHECK(GetLastError() == ERROR_NO_UNICODE_TRANSLATION);
    /* Unicode chapter 3, table 3-8: one U+FFFD for each longest correct beginning */
    CHECK(MultiByteToWideChar(CP_UTF8, 0, "\xF1\x80\x80\xE1\x80\xC2\x62\x80", -1, wide, 32) == 6);
    CHECK(wide[0] == 0xFFFD && wide[2] == 0xFFFD && wide[3] == 0x62 && wide[4] == 0xFFFD);
    CHECK(MultiByteToWideChar(CP_UTF8, 0, "\xED\xA0\x80\xC0\xAF\xF5", -1, wide, 32) == 7);
    wide[0] = (WCHAR)0xD800;
    wide[1] = 'x';
    CHECK(WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide, 2, back, 32, NULL, NULL) == 0);
    CHECK(WideCharToMultiByte(CP_UTF8, 0, wide, 2, back, 32, NULL, NULL) == 4);
    CHECK(memcmp(back, "\xEF\xBF\xBDx", 4) == 0);

    CHECK(lstrlenW(W("four")) == 4 && lstrlenW(NULL) == 0 && _tcslen(_T("four")) == 4);
    CHECK(_wcsicmp(W("Content-Type"), W("content-type")) == 0 && _wcsicmp(W("a"), W("B")) < 0);
    CHECK(_wcsnicmp(W("httpX"), W("HTTPy"), 4) == 0 && _wcsnicmp(W("httpX"), W("HTTPy"), 5) < 0);
    CHECK(wcsncpy_s(wide, 4, W("abcdef"), 3) == 0 && lstrlenW(wide) == 3);
    CHECK(wcsncpy_s(wide, 4, W("abcdef"), _TRUNCATE) == STRUNCATE && lstrlenW(wide) == 3);
    CHECK(wcscpy_s(wide, 4, W("abcd")) == ERANGE && wide[0] == 0);
    CHECK(strcpy_s(back, 8, "abc") == 0 && strcat_s(back, 8, "def") == 0 && !strcmp(back, "abcdef"));
    CHECK(strcat_s(back, 8, "gh") == ERANGE && back[0] == 0);
    CHECK(sprintf_s(back, 4, "%d", 123) == 3 && sprintf_s(back, 4, "%d", 1234) == -1);
    CHECK(StringCchCopyW(wide, 3, W("abc")) == STRSAFE_E_INSUFFICIENT_BUFFER && lstrlenW(wide) == 2);
    CHECK(StringCchCopyA(back, 8, "ab") == S_OK && StringCchCatA(back, 8, "cd") == S_OK);
    CHECK(StringCchPrintfA(back, 3, "%d", 1234) == STRSAFE_E_INSUFFICIENT_BUFFER);
#if WINHTTP_WCHAR_BITS == 32
    CHECK(swprintf_s(wide, 8, L"%d", 12) == 2 && wide[1] == L'2');
    CHECK(StringCchPrintfW(wide, 3, L"%d", 1234) == STRSAFE_E_INSUFFICIENT_BUFFER);
#endif
    {
        WCHAR *copy = _wcsdup(W("x"));
        char *narrow = _strdup("x");
        CHECK(copy != NULL && copy[0] == 'x' && narrow != NULL && narrow[0] == 'x');
        free(copy);
        free(narrow);
    }
}

static void modules(void)
{
    LPWSTR allocated = NULL;
    WCHAR wide[64];
    char narrow[8];
    HMODULE module = GetModuleHandleW(W("C:\\Windows\\WinHTTP.DLL"));
    DWORD flags = FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_IGNORE_INSERTS;
    CHECK(module != NULL && LoadLibraryA("winhttp.dll") == module && FreeLibrary(module));
    CHECK(LoadLibraryA("kernel32.dll") == NULL && GetLastError() == ERROR_MOD_NOT_FOUND);
    CHECK(GetProcAddress(module, "WinHttpNoSuchThing") == NULL);
    CHECK(GetLastError() == ERROR_PROC_NOT_FOUND);
    CHECK(FormatMessageW(flags, module, ERROR_WINHTTP_TIMEOUT, 0, wide, 64, NULL) == 22);
    CHECK(wide[0] == 'T' && wide[20] == '\r' && wide[22] == 0);
    flags |= FORMAT_MESSAGE_ALLOCATE_BUFFER;
    CHECK(FormatMessageW(flags, module, ERROR_WINHTTP_TIMEOUT, 0, (LPWSTR)&allocated, 0, NULL) == 22);
    CHECK(allocated != NULL && allocated[0] == 'T' && LocalFree(allocated) == NULL);
    flags = FORMAT_MESSAGE_FROM_SYSTEM;
    CHECK(FormatMessageA(flags, NULL, ERROR_WINHTTP_TIMEOUT, 0, narrow, 8, NULL) == 0);
    CHECK(GetLastError() == ERROR_INSUFFICIENT_BUFFER);
    CHECK(FormatMessageA(flags, NULL, 424242, 0, narrow, 8, NULL) == 0);
    CHECK(GetLastError() == ERROR_MR_MID_NOT_FOUND);
}

static void memory_and_time(void)
{
    static const DWORD days[][6] = {
        /* year, month, day, weekday; high and low half */
        {1970, 1, 1, 4, 0x019DB1DE, 0xD53E8000},
        {1601, 1, 1, 1, 0, 0},
    };
    BYTE *zero = (BYTE *)HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, 16);
    LARGE_INTEGER frequency, from, to;
    SYSTEMTIME time, again;
    FILETIME file;
    size_t i;
    CHECK(zero != NULL && zero[15] == 0 && HeapFree(GetProcessHeap(), 0, zero));
    CHECK(GlobalFree(GlobalAlloc(GPTR, 0)) == NULL && LocalFree(NULL) == NULL);
    CHECK(QueryPerformanceFrequency(&frequency) && frequency.QuadPart == 10000000);
    QueryPerformanceCounter(&from);
    Sleep(2);
    QueryPerformanceCounter(&to);
    CHECK(to.QuadPart - from.QuadPart >= 20000);
    for (i = 0; i < ARRAYSIZE(days); i++) {
        memset(&time, 0, sizeof(time));
        time.wYear = (WORD)days[i][0];
        time.wMonth = (WORD)days[i][1];
        time.wDay = (WORD)days[i][2];
        CHECK(SystemTimeToFileTime(&time, &file));
        CHECK(file.dwHighDateTime == days[i][4] && file.dwLowDateTime == days[i][5]);
        CHECK(FileTimeToSystemTime(&file, &again) && again.wDayOfWeek == days[i][3]);
    }
    /* every day of nine centuries goes there and back */
    memset(&file, 0, sizeof(file));
    for (i = 0; i < 900 * 366; i++) {
        ULONGLONG steps = (ULONGLONG)i * 864000000000u + 1230000u;
        FILETIME back;
        file.dwLowDateTime = (DWORD)steps;
        file.dwHighDateTime = (DWORD)(steps >> 32);
        CHECK(FileTimeToSystemTime(&file, &time) && time.wMilliseconds == 123);
        CHECK(SystemTimeToFileTime(&time, &back));
        CHECK(back.dwLowDateTime == file.dwLowDateTime && back.dwHighDateTime == file.dwHighDateTime);
    }
    time.wMonth = 2;
    time.wDay = 30;
    CHECK(!SystemTimeToFileTime(&time, &file) && GetLastError() == ERROR_INVALID_PARAMETER);
    GetSystemTime(&time);
    CHECK(time.wYear >= 2024);
    CHECK(IsWindows8Point1OrGreater() && !IsWindowsServer());
    CHECK(SUCCEEDED(S_OK) && FAILED(HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED)));
    CHECK(HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED) == E_ACCESSDENIED);
}

int main(void)
{
    events();
    threads();
    text();
    modules();
    memory_and_time();
    return 0;
}
