/* The little that the probe needs of its platform beside <winhttp.h>. */
#ifndef PROBE_PORT_H
#define PROBE_PORT_H

#ifdef _WIN32
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0602
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>
#include <winhttp.h>
#else
#include <winhttp.h>
/* The library keeps its last error under names of its own. */
#define GetLastError WinHttpCompatGetLastError
#define SetLastError WinHttpCompatSetLastError
#endif

#include <stddef.h>
#include <stdint.h>

#if defined(_MSC_VER)
#define PROBE_TLS __declspec(thread)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L && !defined(__MINGW32__)
#define PROBE_TLS _Thread_local
#else
#define PROBE_TLS __thread
#endif

/* One lock and one condition for everything the probe keeps. */
void port_init(void);
void port_lock(void);
void port_unlock(void);
/* Waits for port_wake with the lock held; at most so many milliseconds. */
void port_wait(unsigned milliseconds);
/* Wakes every waiter; with the lock held. */
void port_wake(void);

/* Starts a thread that nobody joins. Nonzero on success. */
int port_thread(void (*run)(void *), void *argument);
void port_sleep(unsigned milliseconds);
/* Microseconds since port_init. */
uint64_t port_now(void);
/* An event that the library may set (WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT). */
void *port_event(void);
int port_event_wait(void *event, unsigned milliseconds);
/* Leaves without running anything of any library. */
void port_exit(int code);

/* Name and build of the operating system, and of the library played against. */
void port_system(char *text, size_t size);
void port_library(char *text, size_t size);
/* Adds a DER certificate to the machine's trusted roots. 0 on success; only on Windows and Wine. */
int port_trust(const char *file);

#endif
