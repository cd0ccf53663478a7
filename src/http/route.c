/* route: compare a path with a program's tables, segment by segment. */
#include "http/route.h"

#include <limits.h>
#include <string.h>

#include "base/pool.h"

/* The number of parameters when PATTERN matches PATH, else -1.  A parameter is one
 * segment that is not empty. */
static int
match(const char *pattern, const char *path)
{
        int params = 0;

        while (*pattern != '\0' || *path != '\0') {
                size_t want = strcspn(pattern + (*pattern == '/'), "/") + (*pattern == '/');
                size_t have = strcspn(path + (*path == '/'), "/") + (*path == '/');

                if (*pattern != '/' || *path != '/')
                        return -1;
                if (pattern[1] == ':') {
                        if (have < 2)
                                return -1;
                        params++;
                } else if (want != have || memcmp(pattern, path, want) != 0) {
                        return -1;
                }
                pattern += want;
                path += have;
        }
        return params;
}

const struct route *
route_find(const struct route *const *tables, enum http_method method, const char *path,
           bool *path_known)
{
        const struct route *best = NULL;
        int best_params = INT_MAX;

        *path_known = false;
        for (; *tables != NULL; tables++) {
                for (const struct route *route = *tables; route->path != NULL; route++) {
                        int params = match(route->path, path);

                        if (params < 0)
                                continue;
                        *path_known = true;
                        /* "/orders/new" stands before "/orders/:number". */
                        if (route->method == method && params < best_params) {
                                best = route;
                                best_params = params;
                        }
                }
        }
        return best;
}

const char *
route_segment(struct pool *pool, const struct route *route, const char *path, const char *name)
{
        const char *pattern = route->path;

        while (*pattern == '/' && *path == '/') {
                size_t want = strcspn(++pattern, "/");
                size_t have = strcspn(++path, "/");

                if (pattern[0] == ':' && strlen(name) == want - 1 &&
                    memcmp(pattern + 1, name, want - 1) == 0)
                        return pool_strndup(pool, path, have);
                pattern += want;
                path += have;
        }
        return NULL;
}
