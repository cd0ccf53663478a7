/* agent: what a browser calls itself, in words. */
#include "view/agent.h"

#include <stddef.h>
#include <string.h>

struct mark {
        const char *mark, *name;
};

/* The first that is found counts: each names itself beside those that it imitates. */
static const struct mark browsers[] = {
        { "Edg", "Edge" }, { "OPR/", "Opera" }, { "Vivaldi", "Vivaldi" }, { "SamsungBrowser", "Samsung Internet" },
        { "Firefox", "Firefox" }, { "FxiOS", "Firefox" }, { "CriOS", "Chrome" }, { "Chrome", "Chrome" }, { "Safari", "Safari" },
};
static const struct mark systems[] = {
        { "iPhone", "an iPhone" }, { "iPad", "an iPad" }, { "Android", "Android" }, { "Windows", "Windows" },
        { "CrOS", "ChromeOS" },
        { "Mac OS X", "a Mac" }, { "Linux", "Linux" },
};

static const char *
find(const struct mark *marks, size_t n, const char *text)
{
        for (size_t i = 0; i < n; i++)
                if (strstr(text, marks[i].mark) != NULL)
                        return marks[i].name;
        return NULL;
}

const char *
agent_words(struct pool *pool, const char *user_agent)
{
        const char *text = user_agent != NULL ? user_agent : "";
        const char *browser = find(browsers, sizeof(browsers) / sizeof(browsers[0]), text);
        const char *system = find(systems, sizeof(systems) / sizeof(systems[0]), text);

        if (system == NULL)
                return browser != NULL ? browser : "A browser";
        return pool_printf(pool, "%s on %s", browser != NULL ? browser : "A browser", system);
}
