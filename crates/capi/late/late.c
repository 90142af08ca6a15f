/* What the library needs of others once in a while, or never: it is looked for when it is called, so that a program
 * does not load it when it starts. The unwinder serves panics; exp() weighs name servers.
 *
 * The names are hidden: nobody outside the library gets them from here. An unwinder that the process has already is
 * taken before the usual one, because an exception that comes through a callback is that one's. Where the functions
 * are not to be had, nothing can go on: what calls them does not come back. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>

static void *late(void **kept, const char *library, const char *name) {
    void *found = __atomic_load_n(kept, __ATOMIC_ACQUIRE);
    if (found) return found;
    found = dlsym(RTLD_DEFAULT, name);
    if (!found) {
        /* Never closed: the address stays. */
        void *opened = dlopen(library, RTLD_NOW | RTLD_LOCAL);
        found = opened ? dlsym(opened, name) : NULL;
    }
    if (!found) abort();
    __atomic_store_n(kept, found, __ATOMIC_RELEASE);
    return found;
}

#define LATE(library, result, name, parameters, arguments)                       \
    result name parameters {                                                     \
        static void *kept;                                                       \
        result (*there) parameters;                                              \
        *(void **)&there = late(&kept, library, #name);                          \
        return there arguments;                                                  \
    }

#define UNWINDER(result, name, parameters, arguments) LATE("libgcc_s.so.1", result, name, parameters, arguments)

typedef void *any;
typedef unsigned long word;

UNWINDER(int, _Unwind_RaiseException, (any exception), (exception))
UNWINDER(int, _Unwind_Backtrace, (any step, any state), (step, state))
UNWINDER(word, _Unwind_GetIP, (any context), (context))
UNWINDER(word, _Unwind_GetIPInfo, (any context, int *before), (context, before))
UNWINDER(word, _Unwind_GetLanguageSpecificData, (any context), (context))
UNWINDER(word, _Unwind_GetRegionStart, (any context), (context))
UNWINDER(word, _Unwind_GetTextRelBase, (any context), (context))
UNWINDER(word, _Unwind_GetDataRelBase, (any context), (context))

#define UNWINDER_DOES(name, parameters, arguments)                               \
    void name parameters {                                                       \
        static void *kept;                                                       \
        void (*there) parameters;                                                \
        *(void **)&there = late(&kept, "libgcc_s.so.1", #name);                  \
        there arguments;                                                         \
    }

UNWINDER_DOES(_Unwind_Resume, (any exception), (exception))
UNWINDER_DOES(_Unwind_DeleteException, (any exception), (exception))
UNWINDER_DOES(_Unwind_SetGR, (any context, int index, word value), (context, index, value))
UNWINDER_DOES(_Unwind_SetIP, (any context, word value), (context, value))

LATE("libm.so.6", double, exp, (double of), (of))
