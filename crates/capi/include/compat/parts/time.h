/* Clocks. */
#ifndef WINHTTP_COMPAT_TIME_H
#define WINHTTP_COMPAT_TIME_H

#include "memory.h"

/* The performance counter ticks in 100 ns, as on Windows. */
#define WINHTTP_COMPAT_TICKS 10000000

WINHTTP_COMPAT BOOL QueryPerformanceFrequency(LARGE_INTEGER *frequency)
{
    frequency->QuadPart = WINHTTP_COMPAT_TICKS;
    return TRUE;
}

WINHTTP_COMPAT BOOL QueryPerformanceCounter(LARGE_INTEGER *counter)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    counter->QuadPart = (LONGLONG)now.tv_sec * WINHTTP_COMPAT_TICKS + now.tv_nsec / 100;
    return TRUE;
}

WINHTTP_COMPAT ULONGLONG GetTickCount64(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (ULONGLONG)now.tv_sec * 1000u + (ULONGLONG)now.tv_nsec / 1000000u;
}

WINHTTP_COMPAT DWORD GetTickCount(void) { return (DWORD)GetTickCount64(); }

WINHTTP_COMPAT void Sleep(DWORD milliseconds)
{
    struct timespec rest;
    rest.tv_sec = (time_t)(milliseconds / 1000u);
    rest.tv_nsec = (long)(milliseconds % 1000u) * 1000000L;
    while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {
    }
}

/* 100 ns steps between 1601 and 1970. */
#define WINHTTP_COMPAT_EPOCH UINT64_C(116444736000000000)

WINHTTP_COMPAT void GetSystemTimeAsFileTime(FILETIME *time)
{
    struct timespec now;
    ULONGLONG steps;
    clock_gettime(CLOCK_REALTIME, &now);
    steps = WINHTTP_COMPAT_EPOCH + (ULONGLONG)now.tv_sec * 10000000u + (ULONGLONG)now.tv_nsec / 100u;
    time->dwLowDateTime = (DWORD)steps;
    time->dwHighDateTime = (DWORD)(steps >> 32);
}

/* Days from 1601-01-01 to a date of the Gregorian calendar. */
WINHTTP_COMPAT LONGLONG winhttp_compat_days(int year, int month, int day)
{
    /* Years begin in March here, so that the leap day is the last of its year. */
    LONGLONG y = month > 2 ? year : year - 1;
    LONGLONG m = month > 2 ? month - 3 : month + 9;
    return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 584694;
}

WINHTTP_COMPAT BOOL SystemTimeToFileTime(const SYSTEMTIME *from, FILETIME *to)
{
    static const BYTE lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = from->wYear, month = from->wMonth, leap, length;
    ULONGLONG steps;
    leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    length = month >= 1 && month <= 12 ? lengths[month - 1] + (month == 2 && leap) : 0;
    if (year < 1601 || year > 30827 || from->wDay < 1 || from->wDay > length || from->wHour > 23 ||
        from->wMinute > 59 || from->wSecond > 59 || from->wMilliseconds > 999) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    steps = (ULONGLONG)winhttp_compat_days(year, month, from->wDay) * 86400u;
    steps += from->wHour * 3600u + from->wMinute * 60u + from->wSecond;
    steps = steps * 10000000u + from->wMilliseconds * 10000u;
    to->dwLowDateTime = (DWORD)steps;
    to->dwHighDateTime = (DWORD)(steps >> 32);
    return TRUE;
}

WINHTTP_COMPAT BOOL FileTimeToSystemTime(const FILETIME *from, SYSTEMTIME *to)
{
    ULONGLONG steps = ((ULONGLONG)from->dwHighDateTime << 32) | from->dwLowDateTime;
    ULONGLONG milliseconds = steps / 10000u % 86400000u;
    LONGLONG days = (LONGLONG)(steps / 10000u / 86400000u);
    int year, month;
    if (steps >> 63 != 0) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    year = 1601 + (int)(days * 400 / 146097);
    while (winhttp_compat_days(year + 1, 1, 1) <= days)
        year++;
    while (winhttp_compat_days(year, 1, 1) > days)
        year--;
    month = 12;
    while (winhttp_compat_days(year, month, 1) > days)
        month--;
    to->wYear = (WORD)year;
    to->wMonth = (WORD)month;
    to->wDay = (WORD)(days - winhttp_compat_days(year, month, 1) + 1);
    to->wDayOfWeek = (WORD)((days + 1) % 7); /* 1601-01-01 was a Monday */
    to->wHour = (WORD)(milliseconds / 3600000u);
    to->wMinute = (WORD)(milliseconds / 60000u % 60u);
    to->wSecond = (WORD)(milliseconds / 1000u % 60u);
    to->wMilliseconds = (WORD)(milliseconds % 1000u);
    return TRUE;
}

WINHTTP_COMPAT void GetSystemTime(SYSTEMTIME *time)
{
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    (void)FileTimeToSystemTime(&now, time);
}

#endif /* WINHTTP_COMPAT_TIME_H */
