/* The port layer: Windows (also under Wine) and POSIX. */
#include "port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <wincrypt.h>

static CRITICAL_SECTION lock;
static CONDITION_VARIABLE condition;
static LARGE_INTEGER begun, frequency;

void port_init(void)
{
    InitializeCriticalSection(&lock);
    InitializeConditionVariable(&condition);
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&begun);
}

void port_lock(void) { EnterCriticalSection(&lock); }
void port_unlock(void) { LeaveCriticalSection(&lock); }
void port_wait(unsigned milliseconds) { SleepConditionVariableCS(&condition, &lock, milliseconds); }
void port_wake(void) { WakeAllConditionVariable(&condition); }
void port_sleep(unsigned milliseconds) { Sleep(milliseconds); }

struct start {
    void (*run)(void *);
    void *argument;
};

static DWORD WINAPI enter(LPVOID p)
{
    struct start start = *(struct start *)p;
    free(p);
    start.run(start.argument);
    return 0;
}

int port_thread(void (*run)(void *), void *argument)
{
    struct start *start = malloc(sizeof *start);
    HANDLE thread;
    if (!start)
        return 0;
    start->run = run;
    start->argument = argument;
    thread = CreateThread(NULL, 0, enter, start, 0, NULL);
    if (!thread) {
        free(start);
        return 0;
    }
    CloseHandle(thread);
    return 1;
}

uint64_t port_now(void)
{
    LARGE_INTEGER now;
    QueryPerformanceCounter(&now);
    return (uint64_t)((now.QuadPart - begun.QuadPart) * 1000000 / frequency.QuadPart);
}

void *port_event(void) { return CreateEventW(NULL, FALSE, FALSE, NULL); }

int port_event_wait(void *event, unsigned milliseconds)
{
    return WaitForSingleObject(event, milliseconds) == WAIT_OBJECT_0;
}

void port_exit(int code) { TerminateProcess(GetCurrentProcess(), (UINT)code); }

void port_system(char *text, size_t size)
{
    typedef LONG(WINAPI * version_fn)(OSVERSIONINFOW *);
    typedef const char *(*wine_fn)(void);
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    version_fn version = (version_fn)(void *)GetProcAddress(ntdll, "RtlGetVersion");
    wine_fn wine = (wine_fn)(void *)GetProcAddress(ntdll, "wine_get_version");
    OSVERSIONINFOW info;
    memset(&info, 0, sizeof info);
    info.dwOSVersionInfoSize = sizeof info;
    if (wine)
        snprintf(text, size, "wine %s", wine());
    else if (version && version(&info) == 0)
        snprintf(text, size, "windows %lu.%lu.%lu", info.dwMajorVersion, info.dwMinorVersion, info.dwBuildNumber);
    else
        snprintf(text, size, "windows");
}

void port_library(char *text, size_t size)
{
    char path[MAX_PATH] = "", *block;
    VS_FIXEDFILEINFO *fixed;
    UINT length;
    DWORD bytes, ignored;
    typedef DWORD(*version_fn)(char *, size_t);
    HMODULE module = GetModuleHandleA("winhttp.dll");
    /* This project's DLL says its version itself. */
    version_fn version = (version_fn)(void *)GetProcAddress(module, "WinHttpCompatVersion");
    snprintf(text, size, "winhttp.dll");
    if (version && size > 32) {
        snprintf(text, size, "libwinhttp ");
        version(text + strlen(text), size - strlen(text));
        return;
    }
    if (!GetModuleFileNameA(module, path, sizeof path))
        return;
    bytes = GetFileVersionInfoSizeA(path, &ignored);
    block = bytes ? malloc(bytes) : NULL;
    if (block && GetFileVersionInfoA(path, 0, bytes, block) && VerQueryValueA(block, "\\", (void **)&fixed, &length))
        snprintf(text, size, "winhttp.dll %u.%u.%u.%u", HIWORD(fixed->dwFileVersionMS), LOWORD(fixed->dwFileVersionMS),
                 HIWORD(fixed->dwFileVersionLS), LOWORD(fixed->dwFileVersionLS));
    free(block);
}

int port_trust(const char *file)
{
    static BYTE der[65536];
    DWORD length;
    HCERTSTORE store;
    BOOL ok;
    FILE *in = fopen(file, "rb");
    if (!in)
        return 2;
    length = (DWORD)fread(der, 1, sizeof der, in);
    fclose(in);
    store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_LOCAL_MACHINE, L"Root");
    if (!store)
        return 3;
    ok = CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, length, CERT_STORE_ADD_REPLACE_EXISTING, NULL);
    CertCloseStore(store, 0);
    return ok ? 0 : 4;
}

#else
#include <pthread.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static struct timespec begun;

void port_init(void) { clock_gettime(CLOCK_MONOTONIC, &begun); }
void port_lock(void) { pthread_mutex_lock(&lock); }
void port_unlock(void) { pthread_mutex_unlock(&lock); }
void port_wake(void) { pthread_cond_broadcast(&condition); }

void port_wait(unsigned milliseconds)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += (long)(milliseconds % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_cond_timedwait(&condition, &lock, &until);
}

void port_sleep(unsigned milliseconds)
{
    struct timespec time;
    time.tv_sec = milliseconds / 1000;
    time.tv_nsec = (long)(milliseconds % 1000) * 1000000L;
    nanosleep(&time, NULL);
}

struct start {
    void (*run)(void *);
    void *argument;
};

static void *enter(void *p)
{
    struct start start = *(struct start *)p;
    free(p);
    start.run(start.argument);
    return NULL;
}

int port_thread(void (*run)(void *), void *argument)
{
    struct start *start = malloc(sizeof *start);
    pthread_t thread;
    if (!start)
        return 0;
    start->run = run;
    start->argument = argument;
    if (pthread_create(&thread, NULL, enter, start)) {
        free(start);
        return 0;
    }
    pthread_detach(thread);
    return 1;
}

uint64_t port_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)((now.tv_sec - begun.tv_sec) * 1000000LL + (now.tv_nsec - begun.tv_nsec) / 1000);
}

/* An event is a flag under the probe's one lock; like an auto-reset event, a wait that succeeds clears it. */
static void event_set(WINHTTP_HANDLE event)
{
    port_lock();
    *(int *)event = 1;
    port_wake();
    port_unlock();
}

void *port_event(void)
{
    WinHttpCompatSetEventHook(event_set);
    return calloc(1, sizeof(int));
}

int port_event_wait(void *event, unsigned milliseconds)
{
    uint64_t until = port_now() + (uint64_t)milliseconds * 1000;
    int set;
    port_lock();
    while (!(set = *(int *)event)) {
        uint64_t now = port_now();
        if (now >= until)
            break;
        port_wait((unsigned)((until - now) / 1000 + 1));
    }
    *(int *)event = 0;
    port_unlock();
    return set;
}

void port_exit(int code) { _exit(code); }

void port_system(char *text, size_t size)
{
    struct utsname name;
    if (uname(&name) == 0)
        snprintf(text, size, "%s %s %s", name.sysname, name.release, name.machine);
    else
        snprintf(text, size, "posix");
}

void port_library(char *text, size_t size)
{
    size_t length = (size_t)snprintf(text, size, "libwinhttp ");
    if (length < size)
        WinHttpCompatVersion(text + length, size - length);
}

int port_trust(const char *file)
{
    (void)file;
    return 1;
}
#endif
