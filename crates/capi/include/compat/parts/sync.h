/* Events, threads, critical sections, interlocked operations.
 *
 * A HANDLE of an event or a thread points to an object on the heap with its own lock, so that
 * translation units share objects without sharing code. Closing while another thread waits is
 * allowed, as on Windows. */
#ifndef WINHTTP_COMPAT_SYNC_H
#define WINHTTP_COMPAT_SYNC_H

#include "time.h"

#define WAIT_OBJECT_0 0u
#define WAIT_ABANDONED 0x80u
#define WAIT_TIMEOUT 258u
#define WAIT_FAILED 0xFFFFFFFFu
#define STILL_ACTIVE 259u
#define CREATE_SUSPENDED 0x4u
#define STACK_SIZE_PARAM_IS_A_RESERVATION 0x10000u

#define WINHTTP_COMPAT_TAG 0x57485442u

typedef DWORD (*LPTHREAD_START_ROUTINE)(LPVOID argument);
typedef LPTHREAD_START_ROUTINE PTHREAD_START_ROUTINE;

typedef struct winhttp_compat_object {
    DWORD tag;
    int references; /* one for the handle, one for each waiter, one for the running thread */
    int signaled;
    int manual;
    int thread;
    DWORD exit_code;
    LPTHREAD_START_ROUTINE start;
    void *argument;
    pthread_mutex_t lock;
    pthread_cond_t changed;
} winhttp_compat_object;

WINHTTP_COMPAT winhttp_compat_object *winhttp_compat_object_new(int thread)
{
    pthread_condattr_t attributes;
    winhttp_compat_object *object = (winhttp_compat_object *)calloc(1, sizeof(*object));
    if (object == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    object->tag = WINHTTP_COMPAT_TAG;
    object->references = 1;
    object->thread = thread;
    object->manual = thread; /* a thread that has ended stays signaled */
    pthread_mutex_init(&object->lock, NULL);
    pthread_condattr_init(&attributes);
#ifndef __APPLE__
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
    pthread_cond_init(&object->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return object;
}

WINHTTP_COMPAT winhttp_compat_object *winhttp_compat_object_of(HANDLE handle)
{
    winhttp_compat_object *object = (winhttp_compat_object *)handle;
    /* an HINTERNET or another number is no address of an object */
    if ((uintptr_t)handle < 4096 || ((uintptr_t)handle & (sizeof(void *) - 1)) != 0 ||
        object->tag != WINHTTP_COMPAT_TAG) {
        SetLastError(ERROR_INVALID_HANDLE);
        return NULL;
    }
    return object;
}

/* Takes one reference away; the lock must be held and is given back. */
WINHTTP_COMPAT void winhttp_compat_object_drop(winhttp_compat_object *object)
{
    int last = --object->references == 0;
    if (last)
        object->tag = 0;
    pthread_mutex_unlock(&object->lock);
    if (last) {
        pthread_cond_destroy(&object->changed);
        pthread_mutex_destroy(&object->lock);
        free(object);
    }
}

WINHTTP_COMPAT BOOL winhttp_compat_signal(HANDLE handle, int signaled)
{
    winhttp_compat_object *object = winhttp_compat_object_of(handle);
    if (object == NULL)
        return FALSE;
    if (object->thread) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    pthread_mutex_lock(&object->lock);
    object->signaled = signaled;
    if (signaled) {
        if (object->manual)
            pthread_cond_broadcast(&object->changed);
        else
            pthread_cond_signal(&object->changed);
    }
    pthread_mutex_unlock(&object->lock);
    return TRUE;
}

WINHTTP_COMPAT BOOL SetEvent(HANDLE event) { return winhttp_compat_signal(event, 1); }
WINHTTP_COMPAT BOOL ResetEvent(HANDLE event) { return winhttp_compat_signal(event, 0); }

/* What the library calls for WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT. */
WINHTTP_COMPAT void winhttp_compat_event_hook(WINHTTP_HANDLE event) { (void)SetEvent(event); }

/* Names are not supported: an event belongs to the process. */
WINHTTP_COMPAT HANDLE CreateEventA(LPSECURITY_ATTRIBUTES attributes, BOOL manual, BOOL signaled,
                                   LPCSTR name)
{
    winhttp_compat_object *object;
    (void)attributes;
    if (name != NULL) {
        SetLastError(ERROR_NOT_SUPPORTED);
        return NULL;
    }
    object = winhttp_compat_object_new(0);
    if (object == NULL)
        return NULL;
    object->manual = manual != FALSE;
    object->signaled = signaled != FALSE;
    WinHttpCompatSetEventHook(winhttp_compat_event_hook);
    SetLastError(ERROR_SUCCESS);
    return object;
}

WINHTTP_COMPAT HANDLE CreateEventW(LPSECURITY_ATTRIBUTES attributes, BOOL manual, BOOL signaled,
                                   LPCWSTR name)
{
    return CreateEventA(attributes, manual, signaled, name != NULL ? "" : NULL);
}

WINHTTP_COMPAT BOOL CloseHandle(HANDLE handle)
{
    winhttp_compat_object *object = winhttp_compat_object_of(handle);
    if (object == NULL)
        return FALSE;
    pthread_mutex_lock(&object->lock);
    winhttp_compat_object_drop(object);
    return TRUE;
}

/* Waits on the condition until a time of the monotonic clock; 0 or ETIMEDOUT. */
WINHTTP_COMPAT int winhttp_compat_wait_until(winhttp_compat_object *object, ULONGLONG deadline)
{
    struct timespec time;
#ifdef __APPLE__
    ULONGLONG now = GetTickCount64();
    ULONGLONG rest = deadline > now ? deadline - now : 0;
    time.tv_sec = (time_t)(rest / 1000u);
    time.tv_nsec = (long)(rest % 1000u) * 1000000L;
    return pthread_cond_timedwait_relative_np(&object->changed, &object->lock, &time);
#else
    time.tv_sec = (time_t)(deadline / 1000u);
    time.tv_nsec = (long)(deadline % 1000u) * 1000000L;
    return pthread_cond_timedwait(&object->changed, &object->lock, &time);
#endif
}

WINHTTP_COMPAT DWORD WaitForSingleObject(HANDLE handle, DWORD milliseconds)
{
    winhttp_compat_object *object = winhttp_compat_object_of(handle);
    ULONGLONG deadline;
    DWORD answer = WAIT_OBJECT_0;
    if (object == NULL)
        return WAIT_FAILED;
    /* one more: the clock's milliseconds are cut off, and a wait must not be short */
    deadline = GetTickCount64() + milliseconds + 1;
    pthread_mutex_lock(&object->lock);
    object->references++;
    while (!object->signaled && answer == WAIT_OBJECT_0) {
        if (milliseconds == INFINITE)
            pthread_cond_wait(&object->changed, &object->lock);
        else if (milliseconds == 0 || winhttp_compat_wait_until(object, deadline) == ETIMEDOUT)
            answer = object->signaled ? WAIT_OBJECT_0 : WAIT_TIMEOUT;
    }
    if (answer == WAIT_OBJECT_0 && !object->manual)
        object->signaled = 0;
    winhttp_compat_object_drop(object);
    return answer;
}

WINHTTP_COMPAT DWORD WaitForSingleObjectEx(HANDLE handle, DWORD milliseconds, BOOL alertable)
{
    (void)alertable;
    return WaitForSingleObject(handle, milliseconds);
}

/* ---- threads ---- */

WINHTTP_COMPAT void *winhttp_compat_thread(void *argument)
{
    winhttp_compat_object *object = (winhttp_compat_object *)argument;
    DWORD code = object->start(object->argument);
    pthread_mutex_lock(&object->lock);
    object->exit_code = code;
    object->signaled = 1;
    pthread_cond_broadcast(&object->changed);
    winhttp_compat_object_drop(object);
    return NULL;
}

/* Threads start at once; CREATE_SUSPENDED is refused. The id is not told. */
WINHTTP_COMPAT HANDLE CreateThread(LPSECURITY_ATTRIBUTES attributes, SIZE_T stack,
                                   LPTHREAD_START_ROUTINE start, LPVOID argument, DWORD flags,
                                   DWORD *id)
{
    winhttp_compat_object *object;
    pthread_attr_t how;
    pthread_t thread;
    int failed;
    (void)attributes;
    (void)stack;
    if (id != NULL)
        *id = 0;
    if ((flags & CREATE_SUSPENDED) != 0 || start == NULL) {
        SetLastError(start == NULL ? ERROR_INVALID_PARAMETER : ERROR_NOT_SUPPORTED);
        return NULL;
    }
    object = winhttp_compat_object_new(1);
    if (object == NULL)
        return NULL;
    object->references = 2;
    object->exit_code = STILL_ACTIVE;
    object->start = start;
    object->argument = argument;
    pthread_attr_init(&how);
    pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
    failed = pthread_create(&thread, &how, winhttp_compat_thread, object);
    pthread_attr_destroy(&how);
    if (failed != 0) {
        pthread_mutex_lock(&object->lock);
        object->references = 1;
        winhttp_compat_object_drop(object);
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    return object;
}

WINHTTP_COMPAT BOOL GetExitCodeThread(HANDLE handle, DWORD *code)
{
    winhttp_compat_object *object = winhttp_compat_object_of(handle);
    if (object == NULL)
        return FALSE;
    pthread_mutex_lock(&object->lock);
    *code = object->exit_code;
    pthread_mutex_unlock(&object->lock);
    return TRUE;
}

/* A thread's own block lies on pages of its own, so the number is unique while the thread lives. */
WINHTTP_COMPAT DWORD GetCurrentThreadId(void)
{
    return (DWORD)((uintptr_t)pthread_self() >> 12);
}

WINHTTP_COMPAT DWORD GetCurrentProcessId(void) { return (DWORD)getpid(); }
WINHTTP_COMPAT BOOL SwitchToThread(void)
{
    Sleep(0);
    return TRUE;
}

/* ---- critical sections: recursive locks ---- */

typedef struct CRITICAL_SECTION {
    pthread_mutex_t lock;
} CRITICAL_SECTION, *PCRITICAL_SECTION, *LPCRITICAL_SECTION;

WINHTTP_COMPAT void InitializeCriticalSection(LPCRITICAL_SECTION section)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&section->lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

WINHTTP_COMPAT BOOL InitializeCriticalSectionAndSpinCount(LPCRITICAL_SECTION section, DWORD spins)
{
    (void)spins;
    InitializeCriticalSection(section);
    return TRUE;
}

WINHTTP_COMPAT BOOL InitializeCriticalSectionEx(LPCRITICAL_SECTION section, DWORD spins, DWORD flags)
{
    (void)flags;
    return InitializeCriticalSectionAndSpinCount(section, spins);
}

WINHTTP_COMPAT void EnterCriticalSection(LPCRITICAL_SECTION section)
{
    pthread_mutex_lock(&section->lock);
}

WINHTTP_COMPAT BOOL TryEnterCriticalSection(LPCRITICAL_SECTION section)
{
    return pthread_mutex_trylock(&section->lock) == 0;
}

WINHTTP_COMPAT void LeaveCriticalSection(LPCRITICAL_SECTION section)
{
    pthread_mutex_unlock(&section->lock);
}

WINHTTP_COMPAT void DeleteCriticalSection(LPCRITICAL_SECTION section)
{
    pthread_mutex_destroy(&section->lock);
}

/* ---- interlocked operations: full barriers ---- */

#define WINHTTP_COMPAT_INTERLOCKED(suffix, type)                                              \
    WINHTTP_COMPAT type InterlockedIncrement##suffix(type volatile *at)                       \
    {                                                                                         \
        return __atomic_add_fetch(at, 1, __ATOMIC_SEQ_CST);                                   \
    }                                                                                         \
    WINHTTP_COMPAT type InterlockedDecrement##suffix(type volatile *at)                       \
    {                                                                                         \
        return __atomic_sub_fetch(at, 1, __ATOMIC_SEQ_CST);                                   \
    }                                                                                         \
    WINHTTP_COMPAT type InterlockedExchange##suffix(type volatile *at, type value)            \
    {                                                                                         \
        return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);                              \
    }                                                                                         \
    WINHTTP_COMPAT type InterlockedExchangeAdd##suffix(type volatile *at, type value)         \
    {                                                                                         \
        return __atomic_fetch_add(at, value, __ATOMIC_SEQ_CST);                               \
    }                                                                                         \
    WINHTTP_COMPAT type InterlockedAnd##suffix(type volatile *at, type value)                 \
    {                                                                                         \
        return __atomic_fetch_and(at, value, __ATOMIC_SEQ_CST);                               \
    }                                                                                         \
    WINHTTP_COMPAT type InterlockedOr##suffix(type volatile *at, type value)                  \
    {                                                                                         \
        return __atomic_fetch_or(at, value, __ATOMIC_SEQ_CST);                                \
    }                                                                                         \
    WINHTTP_COMPAT type InterlockedCompareExchange##suffix(type volatile *at, type value,     \
                                                           type expected)                     \
    {                                                                                         \
        __atomic_compare_exchange_n(at, &expected, value, 0, __ATOMIC_SEQ_CST,                \
                                    __ATOMIC_SEQ_CST);                                        \
        return expected;                                                                      \
    }

WINHTTP_COMPAT_INTERLOCKED(, LONG)
WINHTTP_COMPAT_INTERLOCKED(64, LONG64)

WINHTTP_COMPAT PVOID InterlockedExchangePointer(PVOID volatile *at, PVOID value)
{
    return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);
}

WINHTTP_COMPAT PVOID InterlockedCompareExchangePointer(PVOID volatile *at, PVOID value,
                                                       PVOID expected)
{
    __atomic_compare_exchange_n(at, &expected, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected;
}

#define MemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)

#ifdef UNICODE
#define CreateEvent CreateEventW
#else
#define CreateEvent CreateEventA
#endif

#endif /* WINHTTP_COMPAT_SYNC_H */
