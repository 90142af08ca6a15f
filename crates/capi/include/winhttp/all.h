/* Everything of winhttp.h. Other spellings of its name include this file. */
#ifndef WINHTTP_ALL_H
#define WINHTTP_ALL_H

#include "base.h"
#include "types.h"
#include "error.h"
#include "status.h"
#include "option.h"
#include "secure.h"
#include "timing.h"
#include "query.h"
#include "http_status.h"
#include "feature.h"
#include "flag.h"
#include "proxy.h"
#include "websocket.h"
#include "layout.h"
#include "call.h"
#include "call_proxy.h"
#include "library.h"

#endif /* WINHTTP_ALL_H */
