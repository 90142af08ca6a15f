/* One of the spellings under which programs include this header. All spellings hold the same
 * text, so that it does not matter which one a file system that ignores case keeps. */
#include "parts/windows.h"
