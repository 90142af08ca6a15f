/* The certificates that options give out. */
#ifndef WINHTTP_COMPAT_CRYPT_H
#define WINHTTP_COMPAT_CRYPT_H

#include "windows.h"

typedef void *HCERTSTORE;
#define X509_ASN_ENCODING 0x00000001u
#define PKCS_7_ASN_ENCODING 0x00010000u

/* Bits of CERT_TRUST_STATUS that the library sets. */
#define CERT_TRUST_NO_ERROR 0x00000000u
#define CERT_TRUST_IS_NOT_TIME_VALID 0x00000001u
#define CERT_TRUST_IS_REVOKED 0x00000004u
#define CERT_TRUST_IS_NOT_SIGNATURE_VALID 0x00000008u
#define CERT_TRUST_IS_NOT_VALID_FOR_USAGE 0x00000010u
#define CERT_TRUST_IS_UNTRUSTED_ROOT 0x00000020u
#define CERT_TRUST_REVOCATION_STATUS_UNKNOWN 0x00000040u
#define CERT_TRUST_IS_PARTIAL_CHAIN 0x00010000u
#define CERT_TRUST_IS_OFFLINE_REVOCATION 0x01000000u
#define CERT_TRUST_HAS_NAME_MATCH_ISSUER 0x00000004u
#define CERT_TRUST_IS_SELF_SIGNED 0x00000008u

WINHTTP_COMPAT PCCERT_CONTEXT CertDuplicateCertificateContext(PCCERT_CONTEXT context)
{
    return WinHttpCompatCertDuplicateContext(context);
}

WINHTTP_COMPAT BOOL CertFreeCertificateContext(PCCERT_CONTEXT context)
{
    return WinHttpCompatCertFreeContext(context);
}

WINHTTP_COMPAT PCCERT_CHAIN_CONTEXT CertDuplicateCertificateChain(PCCERT_CHAIN_CONTEXT chain)
{
    return WinHttpCompatCertDuplicateChain(chain);
}

WINHTTP_COMPAT void CertFreeCertificateChain(PCCERT_CHAIN_CONTEXT chain)
{
    WinHttpCompatCertFreeChain(chain);
}

#endif /* WINHTTP_COMPAT_CRYPT_H */
