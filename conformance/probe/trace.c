/* Writing the trace: JSON Lines on standard output, one object per event. */
#include "probe.h"

#include <stdio.h>
#include <string.h>

static unsigned sequence;
static int first;

static void quoted(const char *text, size_t length)
{
    size_t i;
    putchar('"');
    for (i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void key_write(const char *key)
{
    if (!first)
        putchar(',');
    first = 0;
    if (!key)
        return; /* an element of a list */
    quoted(key, strlen(key));
    putchar(':');
}

void trace_begin(const char *kind)
{
    port_lock();
    first = 1;
    putchar('{');
    trace_text("kind", kind);
    trace_number("seq", ++sequence);
    trace_number("at", (long long)port_now());
}

unsigned trace_seq(void) { return sequence; }

void trace_text(const char *key, const char *text)
{
    key_write(key);
    quoted(text, strlen(text));
}

/* Bytes as text; what is not printable ASCII becomes a \u00XX of its value. At most 96 are shown. */
void trace_bytes(const char *key, const void *bytes, size_t length)
{
    const unsigned char *b = bytes;
    size_t i, shown = length < 96 ? length : 96;
    key_write(key);
    putchar('"');
    for (i = 0; i < shown; i++) {
        if (b[i] == '"' || b[i] == '\\')
            printf("\\%c", b[i]);
        else if (b[i] < 0x20 || b[i] >= 0x7f)
            printf("\\u%04x", b[i]);
        else
            putchar(b[i]);
    }
    putchar('"');
}

void trace_wide(const char *key, const WCHAR *text, size_t length)
{
    size_t i;
    key_write(key);
    putchar('"');
    for (i = 0; i < length && i < 2048; i++) {
        unsigned c = (unsigned)text[i];
        if (c == '"' || c == '\\')
            printf("\\%c", (char)c);
        else if (c < 0x20 || c >= 0x7f)
            printf("\\u%04x", c & 0xffff);
        else
            putchar((int)c);
    }
    putchar('"');
}

void trace_number(const char *key, long long number)
{
    key_write(key);
    printf("%lld", number);
}

void trace_bool(const char *key, int value)
{
    key_write(key);
    fputs(value ? "true" : "false", stdout);
}

void trace_open(const char *key)
{
    key_write(key);
    putchar('{');
    first = 1;
}

void trace_close(void)
{
    putchar('}');
    first = 0;
}

void trace_list(const char *key)
{
    key_write(key);
    putchar('[');
    first = 1;
}

void trace_list_end(void)
{
    putchar(']');
    first = 0;
}

unsigned trace_end(void)
{
    unsigned mine = sequence;
    fputs("}\n", stdout);
    fflush(stdout);
    port_unlock();
    return mine;
}

static struct {
    char key[16], value[128];
} heads[8];
static int head_count;

void trace_head(const char *key, const char *value)
{
    char text[128];
    int i;
    if (key) {
        if (head_count < 8) {
            snprintf(heads[head_count].key, sizeof heads[0].key, "%s", key);
            snprintf(heads[head_count].value, sizeof heads[0].value, "%s", value);
            head_count++;
        }
        return;
    }
    trace_begin("head");
    trace_number("format", 1);
    for (i = 0; i < head_count; i++)
        trace_text(heads[i].key, heads[i].value);
    port_library(text, sizeof text);
    trace_text("library", text);
    port_system(text, sizeof text);
    trace_text("system", text);
    trace_number("pointer", (long long)sizeof(void *));
    trace_number("wchar", (long long)sizeof(WCHAR));
    trace_end();
}
