/* Proxies. */
#ifndef WINHTTP_PROXY_H
#define WINHTTP_PROXY_H

/* Access types of a session or of the PROXY option. */
#define WINHTTP_ACCESS_TYPE_DEFAULT_PROXY                    0
#define WINHTTP_ACCESS_TYPE_NO_PROXY                         1
#define WINHTTP_ACCESS_TYPE_NAMED_PROXY                      3
#define WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY                  4

/* Flags of WINHTTP_AUTOPROXY_OPTIONS. */
#define WINHTTP_AUTOPROXY_AUTO_DETECT                        0x00000001
#define WINHTTP_AUTOPROXY_CONFIG_URL                         0x00000002
#define WINHTTP_AUTOPROXY_HOST_KEEPCASE                      0x00000004
#define WINHTTP_AUTOPROXY_HOST_LOWERCASE                     0x00000008
#define WINHTTP_AUTOPROXY_ALLOW_AUTOCONFIG                   0x00000100
#define WINHTTP_AUTOPROXY_ALLOW_STATIC                       0x00000200
#define WINHTTP_AUTOPROXY_ALLOW_CM                           0x00000400
#define WINHTTP_AUTOPROXY_USE_INTERFACE_CONFIG               0x00000800
#define WINHTTP_AUTOPROXY_RUN_INPROCESS                      0x00010000
#define WINHTTP_AUTOPROXY_RUN_OUTPROCESS_ONLY                0x00020000
#define WINHTTP_AUTOPROXY_NO_DIRECTACCESS                    0x00040000
#define WINHTTP_AUTOPROXY_NO_CACHE_CLIENT                    0x00080000
#define WINHTTP_AUTOPROXY_NO_CACHE_SVC                       0x00100000
#define WINHTTP_AUTOPROXY_SORT_RESULTS                       0x00400000

/* Ways to look for a configuration script. */
#define WINHTTP_AUTO_DETECT_TYPE_DHCP                        1
#define WINHTTP_AUTO_DETECT_TYPE_DNS_A                       2

/* Flags of WinHttpResetAutoProxy. */
#define WINHTTP_RESET_STATE                                  0x00000001
#define WINHTTP_RESET_SWPAD_CURRENT_NETWORK                  0x00000002
#define WINHTTP_RESET_SWPAD_ALL                              0x00000004
#define WINHTTP_RESET_SCRIPT_CACHE                           0x00000008
#define WINHTTP_RESET_ALL                                    0x0000FFFF
#define WINHTTP_RESET_NOTIFY_NETWORK_CHANGED                 0x00010000
#define WINHTTP_RESET_OUT_OF_PROC                            0x00020000
#define WINHTTP_RESET_DISCARD_RESOLVERS                      0x00040000

/* Kinds of settings in WINHTTP_PROXY_SETTINGS. */
#define WINHTTP_PROXY_TYPE_DIRECT                            1
#define WINHTTP_PROXY_TYPE_PROXY                             2
#define WINHTTP_PROXY_TYPE_AUTO_PROXY_URL                    4
#define WINHTTP_PROXY_TYPE_AUTO_DETECT                       8

/* Other numbers of the family. */
#define WINHTTP_PROXY_NOTIFY_CHANGE                          1
#define NETWORKING_KEY_BUFSIZE                               128

/* Types of settings that WinHttpGetProxySettingsEx reads. */
typedef enum WINHTTP_PROXY_SETTINGS_TYPE {
    WinHttpProxySettingsTypeUnknown = 0,
    WinHttpProxySettingsTypeWsl = 1,
    WinHttpProxySettingsTypeWsa = 2,
    WinHttpProxySettingsTypeXBox = 3
} WINHTTP_PROXY_SETTINGS_TYPE;

#endif /* WINHTTP_PROXY_H */
