/* What the probe's files share. */
#ifndef PROBE_H
#define PROBE_H

#include "port.h"

#define MAX_ARGS 24
#define MAX_STEPS 2000
#define MAX_BLOCKS 64
#define STATUSES 32

/* One line of a block: label, verb, arguments. */
struct step {
    const char *label;
    const char *verb;
    int count;
    const char *args[MAX_ARGS];
};

/* The main line, a handler of a status, or a second thread. */
struct block {
    enum { MAIN, HANDLER, THREAD } kind;
    const char *name; /* thread: its name; handler: the handle or "*" */
    DWORD status;     /* handler */
    int nth;          /* handler: 0 = every time */
    int nonzero;      /* handler: not when the count it carries is 0 */
    int seen;
    int first, steps;
};

/* script.c */
extern struct step steps[MAX_STEPS];
extern struct block blocks[MAX_BLOCKS];
extern int step_count, block_count;
extern unsigned time_limit;
int script_read(void);
/* The value of "key=..." among a step's arguments, or NULL; a bare word counts as "key=". */
const char *script_option(const struct step *step, const char *key);
/* The nth argument that is not an option (an option is letters, then '='), or "". */
const char *script_word(const struct step *step, int nth);
DWORD_PTR script_number(const char *text);

/* trace.c: one JSON object per line; begin takes the lock, end gives it back and returns the sequence number */
void trace_begin(const char *kind);
unsigned trace_seq(void);
void trace_text(const char *key, const char *text);
void trace_bytes(const char *key, const void *bytes, size_t length);
void trace_wide(const char *key, const WCHAR *text, size_t length);
void trace_number(const char *key, long long number);
void trace_bool(const char *key, int value);
void trace_open(const char *key);
void trace_close(void);
/* A list; its elements have the key NULL. */
void trace_list(const char *key);
void trace_list_end(void);
unsigned trace_end(void);
void trace_head(const char *key, const char *value);

/* names.c */
const char *status_name(DWORD status);
int status_index(DWORD status);
DWORD status_value(const char *name);
void handle_bind(const char *name, HINTERNET handle);
HINTERNET handle_find(const char *name);
/* Name of a handle, or its value as text in the given room. */
const char *handle_name(HINTERNET handle, char *room, size_t size);
void buffer_bind(const void *start, size_t size, unsigned call);
/* The call that lent this buffer, or 0. */
unsigned buffer_find(const void *start, size_t *size);
void wide(const char *utf8, WCHAR *into, size_t room);

/* calls.c */
#define UNTOUCHED 0xdeadbeefu
/* A call under way. */
struct call {
    const struct step *step;
    unsigned seq, outer;
    DWORD error;
};
void call_run(const struct step *step);
/* Opens the record of a return; outputs may be added before finish(). */
void returned(struct call *call, const char *result);
void finish(struct call *call);
/* Whether a word stands among the arguments. */
int flag(const struct step *step, const char *word);
DWORD number_option(const struct step *step, const char *key, DWORD otherwise);
/* The application's bytes of "body=TEXT" or "fill=COUNT", or NULL; kept for ever, as a lent buffer must be. */
char *body_of(const struct step *step, size_t *length);
/* How many synchronous sessions were opened. */
extern int any_sync;

/* websocket.c */
void do_upgrade(struct call call, const struct step *step);
void do_wssend(struct call call, const struct step *step);
void do_wsreceive(struct call call, const struct step *step);
void do_wsreceiveall(struct call call, const struct step *step);
void do_wsclose(struct call call, const struct step *step);
void do_wsstatus(struct call call, const struct step *step);
/* Whether this name is that of a WebSocket handle. */
int socket_is(const char *name);
/* The buffer of a socket's latest receive, its size and the call. */
const void *socket_buffer(const char *name, size_t *size, unsigned *call);
const char *buffer_type_name(DWORD type, char *room, size_t size);
const char *operation_name(DWORD operation, char *room, size_t size);

/* proxy.c */
void do_proxyfor(struct call call, const struct step *step);
void do_proxydetect(struct call call, const struct step *step);
void do_proxyuser(struct call call, const struct step *step);
void do_proxydefault(struct call call, const struct step *step);
void do_proxyset(struct call call, const struct step *step);
void do_resolver(struct call call, const struct step *step);
void do_proxyask(struct call call, const struct step *step);
void do_proxyresult(struct call call, const struct step *step);

/* probe.c */
extern PROBE_TLS const char *thread_name;
extern PROBE_TLS int thread_depth;
extern PROBE_TLS unsigned thread_call;
extern PROBE_TLS const char *thread_creating;
/* Whether this thread's latest call failed. */
extern PROBE_TLS int thread_failed;
const char *my_thread(void);
void run_block(const struct block *block);
void CALLBACK status_callback(HINTERNET handle, DWORD_PTR context, DWORD status, LPVOID info, DWORD length);
/* Counts since the last main call: what has come of each status. */
void wait_status(DWORD status, int count, unsigned milliseconds);
void signal_raise(const char *name);
int signal_await(const char *name, unsigned milliseconds);
extern const char *section;

#endif
