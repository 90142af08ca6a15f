/* Query levels and their modifiers. */
#ifndef WINHTTP_QUERY_H
#define WINHTTP_QUERY_H

/* Levels. 71 to 74 are not given out. */
#define WINHTTP_QUERY_MIME_VERSION                           0
#define WINHTTP_QUERY_CONTENT_TYPE                           1
#define WINHTTP_QUERY_CONTENT_TRANSFER_ENCODING              2
#define WINHTTP_QUERY_CONTENT_ID                             3
#define WINHTTP_QUERY_CONTENT_DESCRIPTION                    4
#define WINHTTP_QUERY_CONTENT_LENGTH                         5
#define WINHTTP_QUERY_CONTENT_LANGUAGE                       6
#define WINHTTP_QUERY_ALLOW                                  7
#define WINHTTP_QUERY_PUBLIC                                 8
#define WINHTTP_QUERY_DATE                                   9
#define WINHTTP_QUERY_EXPIRES                                10
#define WINHTTP_QUERY_LAST_MODIFIED                          11
#define WINHTTP_QUERY_MESSAGE_ID                             12
#define WINHTTP_QUERY_URI                                    13
#define WINHTTP_QUERY_DERIVED_FROM                           14
#define WINHTTP_QUERY_COST                                   15
#define WINHTTP_QUERY_LINK                                   16
#define WINHTTP_QUERY_PRAGMA                                 17
#define WINHTTP_QUERY_VERSION                                18
#define WINHTTP_QUERY_STATUS_CODE                            19
#define WINHTTP_QUERY_STATUS_TEXT                            20
#define WINHTTP_QUERY_RAW_HEADERS                            21
#define WINHTTP_QUERY_RAW_HEADERS_CRLF                       22
#define WINHTTP_QUERY_CONNECTION                             23
#define WINHTTP_QUERY_ACCEPT                                 24
#define WINHTTP_QUERY_ACCEPT_CHARSET                         25
#define WINHTTP_QUERY_ACCEPT_ENCODING                        26
#define WINHTTP_QUERY_ACCEPT_LANGUAGE                        27
#define WINHTTP_QUERY_AUTHORIZATION                          28
#define WINHTTP_QUERY_CONTENT_ENCODING                       29
#define WINHTTP_QUERY_FORWARDED                              30
#define WINHTTP_QUERY_FROM                                   31
#define WINHTTP_QUERY_IF_MODIFIED_SINCE                      32
#define WINHTTP_QUERY_LOCATION                               33
#define WINHTTP_QUERY_ORIG_URI                               34
#define WINHTTP_QUERY_REFERER                                35
#define WINHTTP_QUERY_RETRY_AFTER                            36
#define WINHTTP_QUERY_SERVER                                 37
#define WINHTTP_QUERY_TITLE                                  38
#define WINHTTP_QUERY_USER_AGENT                             39
#define WINHTTP_QUERY_WWW_AUTHENTICATE                       40
#define WINHTTP_QUERY_PROXY_AUTHENTICATE                     41
#define WINHTTP_QUERY_ACCEPT_RANGES                          42
#define WINHTTP_QUERY_SET_COOKIE                             43
#define WINHTTP_QUERY_COOKIE                                 44
#define WINHTTP_QUERY_REQUEST_METHOD                         45
#define WINHTTP_QUERY_REFRESH                                46
#define WINHTTP_QUERY_CONTENT_DISPOSITION                    47
#define WINHTTP_QUERY_AGE                                    48
#define WINHTTP_QUERY_CACHE_CONTROL                          49
#define WINHTTP_QUERY_CONTENT_BASE                           50
#define WINHTTP_QUERY_CONTENT_LOCATION                       51
#define WINHTTP_QUERY_CONTENT_MD5                            52
#define WINHTTP_QUERY_CONTENT_RANGE                          53
#define WINHTTP_QUERY_ETAG                                   54
#define WINHTTP_QUERY_HOST                                   55
#define WINHTTP_QUERY_IF_MATCH                               56
#define WINHTTP_QUERY_IF_NONE_MATCH                          57
#define WINHTTP_QUERY_IF_RANGE                               58
#define WINHTTP_QUERY_IF_UNMODIFIED_SINCE                    59
#define WINHTTP_QUERY_MAX_FORWARDS                           60
#define WINHTTP_QUERY_PROXY_AUTHORIZATION                    61
#define WINHTTP_QUERY_RANGE                                  62
#define WINHTTP_QUERY_TRANSFER_ENCODING                      63
#define WINHTTP_QUERY_UPGRADE                                64
#define WINHTTP_QUERY_VARY                                   65
#define WINHTTP_QUERY_VIA                                    66
#define WINHTTP_QUERY_WARNING                                67
#define WINHTTP_QUERY_EXPECT                                 68
#define WINHTTP_QUERY_PROXY_CONNECTION                       69
#define WINHTTP_QUERY_UNLESS_MODIFIED_SINCE                  70
#define WINHTTP_QUERY_PROXY_SUPPORT                          75
#define WINHTTP_QUERY_AUTHENTICATION_INFO                    76
#define WINHTTP_QUERY_PASSPORT_URLS                          77
#define WINHTTP_QUERY_PASSPORT_CONFIG                        78
#define WINHTTP_QUERY_CUSTOM                                 0xFFFF

/* Names and bounds made of the numbers above. */
#define WINHTTP_QUERY_MAX                                    WINHTTP_QUERY_PASSPORT_CONFIG
#define WINHTTP_QUERY_EX_ALL_HEADERS                         WINHTTP_QUERY_RAW_HEADERS

/* Modifiers, OR-ed to a level. They live in the top byte. */
#define WINHTTP_QUERY_FLAG_WIRE_ENCODING                     0x01000000
#define WINHTTP_QUERY_FLAG_TRAILERS                          0x02000000
#define WINHTTP_QUERY_FLAG_NUMBER64                          0x08000000
#define WINHTTP_QUERY_FLAG_NUMBER                            0x20000000
#define WINHTTP_QUERY_FLAG_SYSTEMTIME                        0x40000000
#define WINHTTP_QUERY_FLAG_REQUEST_HEADERS                   0x80000000

#endif /* WINHTTP_QUERY_H */
