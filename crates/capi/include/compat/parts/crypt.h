/* The certificates that options give out. */
#ifndef WINHTTP_COMPAT_CRYPT_H
#define WINHTTP_COMPAT_CRYPT_H

#include "windows.h"

typedef void *HCERTSTORE;
#define X509_ASN_ENCODING 0x00000001u
#define PKCS_7_ASN_ENCODING 0x00010000u

WINHTTP_COMPAT PCCERT_CONTEXT CertDuplicateCertificateContext(PCCERT_CONTEXT context)
{
    return WinHttpCompatCertDuplicateContext(context);
}

WINHTTP_COMPAT BOOL CertFreeCertificateContext(PCCERT_CONTEXT context)
{
    return WinHttpCompatCertFreeContext(context);
}

WINHTTP_COMPAT void CertFreeCertificateChain(PCCERT_CHAIN_CONTEXT chain)
{
    WinHttpCompatCertFreeChain(chain);
}

#endif /* WINHTTP_COMPAT_CRYPT_H */
