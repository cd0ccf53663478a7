/* tasks: what waits for a person: the list of each role, and the most urgent on the first page. */
#ifndef LATCHKEY_ADMIN_TASKS_H
#define LATCHKEY_ADMIN_TASKS_H

#include "http/request.h"
#include "http/route.h"
#include "queries/task.h"
#include "view/view.h"

extern const struct route tasks_routes[];

/* Pushes the list NAME of these N rows, each with its due time, and NAME_count. */
void tasks_push(struct view *view, struct request *req, const char *name, const char *template, const struct task_row *rows,
                size_t n);

#endif
