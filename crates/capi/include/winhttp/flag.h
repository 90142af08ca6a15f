/* Flags of the calls. */
#ifndef WINHTTP_FLAG_H
#define WINHTTP_FLAG_H

#include "base.h"

/* Flags of WinHttpOpen. */
#define WINHTTP_FLAG_ASYNC                                   0x10000000
#define WINHTTP_FLAG_SECURE_DEFAULTS                         0x30000000

/* Flags of WinHttpOpenRequest. */
#define WINHTTP_FLAG_ESCAPE_PERCENT                          0x00000004
#define WINHTTP_FLAG_NULL_CODEPAGE                           0x00000008
#define WINHTTP_FLAG_ESCAPE_DISABLE                          0x00000040
#define WINHTTP_FLAG_ESCAPE_DISABLE_QUERY                    0x00000080
#define WINHTTP_FLAG_REFRESH                                 0x00000100
#define WINHTTP_FLAG_BYPASS_PROXY_CACHE                      0x00000100
#define WINHTTP_FLAG_AUTOMATIC_CHUNKING                      0x00000200
#define WINHTTP_FLAG_SECURE                                  0x00800000

/* Modifiers of WinHttpAddRequestHeaders. */
#define WINHTTP_ADDREQ_FLAG_COALESCE_WITH_SEMICOLON          0x01000000
#define WINHTTP_ADDREQ_FLAG_ADD_IF_NEW                       0x10000000
#define WINHTTP_ADDREQ_FLAG_ADD                              0x20000000
#define WINHTTP_ADDREQ_FLAG_COALESCE_WITH_COMMA              0x40000000
#define WINHTTP_ADDREQ_FLAG_COALESCE                         0x40000000
#define WINHTTP_ADDREQ_FLAG_REPLACE                          0x80000000
#define WINHTTP_ADDREQ_FLAGS_MASK                            0xFFFF0000
#define WINHTTP_ADDREQ_INDEX_MASK                            0x0000FFFF

/* Other numbers of the calls. */
#define WINHTTP_IGNORE_REQUEST_TOTAL_LENGTH                  0
#define WINHTTP_EXTENDED_HEADER_FLAG_UNICODE                 1
#define WINHTTP_READ_DATA_EX_FLAG_FILL_BUFFER                1
#define WINHTTP_QUERY_CONNECTION_GROUP_FLAG_INSECURE         1

/* Ports. 0 asks for the default of the scheme. */
#define INTERNET_DEFAULT_PORT                                0
#define INTERNET_DEFAULT_HTTP_PORT                           80
#define INTERNET_DEFAULT_HTTPS_PORT                          443

/* Schemes. The numbers differ from those of WinINet. */
#define INTERNET_SCHEME_HTTP                                 1
#define INTERNET_SCHEME_HTTPS                                2
#define INTERNET_SCHEME_FTP                                  3
#define INTERNET_SCHEME_SOCKS                                4

/* Flags of the URL functions. */
#define ICU_ENCODE_PERCENT                                   0x00001000
#define ICU_ESCAPE_AUTHORITY                                 0x00002000
#define ICU_REJECT_USERPWD                                   0x00004000
#define ICU_INCLUDE_DEFAULT_PORT                             0x00008000
#define ICU_BROWSER_MODE                                     0x02000000
#define ICU_ENCODE_SPACES_ONLY                               0x04000000
#define ICU_NO_META                                          0x08000000
#define ICU_DECODE                                           0x10000000
#define ICU_NO_ENCODE                                        0x20000000
#define ICU_ESCAPE                                           0x80000000

/* Bytes of the text that WinHttpTimeFromSystemTime writes: 30 characters and a NUL. It grows with
 * WCHAR, so that a buffer of WINHTTP_TIME_FORMAT_BUFSIZE / sizeof(WCHAR) characters is long enough. */
#if WINHTTP_WCHAR_BITS == 16
#define WINHTTP_TIME_FORMAT_BUFSIZE                          62
#else
#define WINHTTP_TIME_FORMAT_BUFSIZE                          124
#endif

/* Arguments that are left out. */
#define WINHTTP_NO_PROXY_NAME                                NULL
#define WINHTTP_NO_PROXY_BYPASS                              NULL
#define WINHTTP_NO_CLIENT_CERT_CONTEXT                       NULL
#define WINHTTP_NO_REFERER                                   NULL
#define WINHTTP_DEFAULT_ACCEPT_TYPES                         NULL
#define WINHTTP_NO_ADDITIONAL_HEADERS                        NULL
#define WINHTTP_NO_REQUEST_DATA                              NULL
#define WINHTTP_HEADER_NAME_BY_INDEX                         NULL
#define WINHTTP_NO_OUTPUT_BUFFER                             NULL
#define WINHTTP_NO_HEADER_INDEX                              NULL

#endif /* WINHTTP_FLAG_H */
