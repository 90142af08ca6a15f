/* HRESULT. */
#ifndef WINHTTP_COMPAT_RESULT_H
#define WINHTTP_COMPAT_RESULT_H

#include "setup.h"

#define S_OK ((HRESULT)0)
#define S_FALSE ((HRESULT)1)
#define E_NOTIMPL ((HRESULT)0x80004001)
#define E_POINTER ((HRESULT)0x80004003)
#define E_ABORT ((HRESULT)0x80004004)
#define E_FAIL ((HRESULT)0x80004005)
#define E_UNEXPECTED ((HRESULT)0x8000FFFF)
#define E_ACCESSDENIED ((HRESULT)0x80070005)
#define E_HANDLE ((HRESULT)0x80070006)
#define E_OUTOFMEMORY ((HRESULT)0x8007000E)
#define E_INVALIDARG ((HRESULT)0x80070057)
/* A server that refuses an expired client certificate. */
#define SEC_E_CERT_EXPIRED ((HRESULT)0x80090328)
#define FACILITY_WIN32 7
#define SUCCEEDED(result) ((HRESULT)(result) >= 0)
#define FAILED(result) ((HRESULT)(result) < 0)
#define HRESULT_CODE(result) ((result) & 0xFFFF)
#define HRESULT_FACILITY(result) (((result) >> 16) & 0x1FFF)

WINHTTP_COMPAT HRESULT HRESULT_FROM_WIN32(DWORD error)
{
    return (HRESULT)error <= 0 ? (HRESULT)error
                               : (HRESULT)((error & 0xFFFFu) | (FACILITY_WIN32 << 16) | 0x80000000u);
}

#endif /* WINHTTP_COMPAT_RESULT_H */
