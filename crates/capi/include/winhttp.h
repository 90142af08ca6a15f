/* WinHTTP for Linux and macOS.
 *
 * The functions, numbers and layouts of Windows' winhttp.h, for C11 and C++17, gcc and clang.
 *
 * WCHAR. The exact binary interface uses 16-bit text: it is chosen by -DWINHTTP_WCHAR16 (text is
 * then u"" and char16_t) or, in C, by -fshort-wchar. Without either, WCHAR is the platform's
 * wchar_t of 32 bits, so that L"" and std::wstring work, and the functions that carry text bind to
 * a second set of symbols. Lengths in bytes count sizeof(WCHAR) for each character.
 *
 * WINHTTP_NO_WINDOWS_TYPES leaves out DWORD, BOOL and the other names of windows.h, for programs
 * that bring their own. The directory compat/ holds a windows.h for programs that need one.
 */
#include "winhttp/all.h"

/* One translation unit, one width. */
#if defined(WINHTTP_WCHAR16) && WINHTTP_WCHAR_BITS != 16
#error "WINHTTP_WCHAR16 must be defined before winhttp.h is included for the first time"
#endif
