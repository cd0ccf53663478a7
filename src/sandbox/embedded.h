/* embedded: files that are built into the program, by build-aux/embed.awk. */
#ifndef LATCHKEY_SANDBOX_EMBEDDED_H
#define LATCHKEY_SANDBOX_EMBEDDED_H

struct embedded {
        const char *name;       /* without folders */
        const char *text;
};

/* Ended by a NULL name. */
extern const struct embedded embedded[];

#endif
