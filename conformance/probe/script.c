/* Reading the compiled case: lines of words, words escaped with %XX. */
#include "probe.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct step steps[MAX_STEPS];
struct block blocks[MAX_BLOCKS];
int step_count, block_count;
unsigned time_limit = 20000;

static char *line_read(void)
{
    size_t room = 4096, length = 0;
    char *line = malloc(room);
    int c;
    if (!line)
        return NULL;
    while ((c = getchar()) != EOF && c != '\n') {
        if (c == '\r')
            continue;
        if (length + 2 > room) {
            char *more = realloc(line, room *= 2);
            if (!more)
                return NULL;
            line = more;
        }
        line[length++] = (char)c;
    }
    if (c == EOF && length == 0) {
        free(line);
        return NULL;
    }
    line[length] = 0;
    return line;
}

static int hex(int c) { return isdigit(c) ? c - '0' : (tolower(c) - 'a' + 10) & 15; }

static void unescape(char *word)
{
    char *to = word;
    while (*word) {
        if (word[0] == '%' && word[1] && word[2]) {
            *to++ = (char)(hex((unsigned char)word[1]) << 4 | hex((unsigned char)word[2]));
            word += 3;
        } else {
            *to++ = *word++;
        }
    }
    *to = 0;
}

static struct block *block_new(int kind)
{
    struct block *block;
    if (block_count == MAX_BLOCKS)
        return NULL;
    block = &blocks[block_count++];
    block->kind = kind;
    block->first = step_count;
    return block;
}

int script_read(void)
{
    char *line;
    struct block *block = NULL;
    while ((line = line_read()) != NULL) {
        char *words[MAX_ARGS + 4];
        int count = 0, i;
        char *word = strtok(line, " ");
        for (; word && count < MAX_ARGS + 3; word = strtok(NULL, " "))
            words[count++] = word;
        for (i = 0; i < count; i++)
            unescape(words[i]);
        if (count == 0)
            continue;
        if (!strcmp(words[0], "head") && count == 3) {
            trace_head(words[1], words[2]);
        } else if (!strcmp(words[0], "limit") && count == 2) {
            time_limit = (unsigned)atoi(words[1]);
        } else if (!strcmp(words[0], "main")) {
            block = block_new(MAIN);
        } else if (!strcmp(words[0], "thread") && count == 2) {
            if ((block = block_new(THREAD)) != NULL)
                block->name = words[1];
        } else if (!strcmp(words[0], "on") && count >= 4) {
            if ((block = block_new(HANDLER)) != NULL) {
                block->status = status_value(words[1]);
                block->name = words[2];
                block->nth = atoi(words[3]);
                block->nonzero = count > 4 && !strcmp(words[4], "nonzero");
            }
        } else if (!strcmp(words[0], "do") && count >= 3 && block && step_count < MAX_STEPS) {
            struct step *step = &steps[step_count++];
            step->label = words[1];
            step->verb = words[2];
            step->count = count - 3;
            for (i = 3; i < count; i++)
                step->args[i - 3] = words[i];
            block->steps++;
        } else {
            fprintf(stderr, "probe: cannot read the line that begins with \"%s\"\n", words[0]);
            return 0;
        }
        if (!block && words[0][0] != 'h' && words[0][0] != 'l')
            return 0;
    }
    return block_count > 0;
}

static size_t key_length(const char *word)
{
    size_t i = 0;
    while (isalpha((unsigned char)word[i]))
        i++;
    return i > 0 && word[i] == '=' ? i : 0;
}

const char *script_option(const struct step *step, const char *key)
{
    size_t length = strlen(key);
    int i;
    for (i = 0; i < step->count; i++) {
        const char *word = step->args[i];
        if (key_length(word) == length && !strncmp(word, key, length))
            return word + length + 1;
    }
    return NULL;
}

const char *script_word(const struct step *step, int nth)
{
    int i;
    for (i = 0; i < step->count; i++)
        if (!key_length(step->args[i]) && nth-- == 0)
            return step->args[i];
    return "";
}

DWORD_PTR script_number(const char *text)
{
    if (text[0] == '-')
        return (DWORD_PTR)(DWORD)(0u - (DWORD)strtoul(text + 1, NULL, 0));
    return (DWORD_PTR)strtoull(text, NULL, 0);
}
