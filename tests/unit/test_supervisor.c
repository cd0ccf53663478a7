/* supervisor: respawn, stop, grace, reload and the pause between starts, with real
 * processes.  Shared memory tells what the workers did. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/supervisor.h"

enum { PIDS_MAX = 64 };

static struct shared {
        volatile int starts;
        volatile int graceful;          /* ends after a stop was asked for */
        volatile int fail_from;         /* start number from which workers fail; 0: never */
        volatile int fail_status;
        volatile int stopping_called;
        volatile int refuse;            /* prepare() returns this; 0: it loads */
        volatile int refused;           /* how often it did */
        volatile int seen;              /* what the last worker has from prepare() */
        volatile pid_t pids[PIDS_MAX];  /* by start number */
} *shared;

static int
await_stop(void)
{
        struct pollfd fd = { .fd = supervisor_stop_fd(), .events = POLLIN };

        while (!supervisor_stopping())
                poll(&fd, 1, -1);
        __atomic_add_fetch(&shared->graceful, 1, __ATOMIC_SEQ_CST);
        return 0;
}

static int
start(void)
{
        int n = __atomic_fetch_add(&shared->starts, 1, __ATOMIC_SEQ_CST);

        if (n < PIDS_MAX)
                shared->pids[n] = getpid();
        return n + 1;
}

static int
run_good(void *data)
{
        (void)data;
        if (start() >= shared->fail_from && shared->fail_from != 0)
                return shared->fail_status;
        supervisor_ready();
        return await_stop();
}

static int
run_stubborn(void *data)
{
        (void)data;
        start();
        supervisor_ready();
        while (shared->starts > 0)
                pause();
        return 0;
}

static int loaded; /* by the supervisor; its workers have a copy */

static int
on_prepare(void *data)
{
        (void)data;
        shared->refused += shared->refuse != 0;
        loaded += shared->refuse == 0;
        return shared->refuse;
}

static int
run_loaded(void *data)
{
        shared->seen = loaded;
        return run_good(data);
}

static void
on_stopping(void *data)
{
        (void)data;
        shared->stopping_called++;
}

static pid_t
supervise(int (*run)(void *), int workers)
{
        struct supervised what = {
                .workers = workers, .run = run, .grace_seconds = 1, .stopping = on_stopping,
                .prepare = run == run_loaded ? on_prepare : NULL};
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                log_open("test",
                         getenv("TEST_LOG") != NULL ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR + 1);
                _exit(supervisor_run(&what));
        }
        return pid;
}

/* Up to five seconds for CONDITION. */
#define AWAIT(condition)                                                                           \
        do {                                                                                       \
                int64_t until = clock_monotonic_ms() + 5000;                                       \
                while (!(condition) && clock_monotonic_ms() < until)                               \
                        usleep(5000);                                                              \
                assert_true(condition);                                                            \
        } while (0)

static bool
lives(pid_t pid)
{
        return kill(pid, 0) == 0;
}

/* Gone, or a zombie: perhaps nobody is there to reap an orphan. */
static bool
is_dead(pid_t pid)
{
        char path[64], state = 'Z';
        FILE *stat;

        snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
        stat = fopen(path, "r");
        if (stat == NULL)
                return true;
        if (fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
                state = 'Z';
        fclose(stat);
        return state == 'Z';
}

static int
status_of(pid_t pid)
{
        int status = -1;

        AWAIT(is_dead(pid));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int
end_of(pid_t pid)
{
        kill(pid, SIGTERM);
        return status_of(pid);
}

static int
fresh(void **state)
{
        (void)state;
        *shared = (struct shared){ 0 };
        return 0;
}

static void
test_stop(void **state)
{
        pid_t pid = supervise(run_good, 3);

        (void)state;
        AWAIT(shared->starts == 3);
        assert_int_equal(end_of(pid), 0);
        assert_int_equal(shared->graceful, 3);
        assert_int_equal(shared->stopping_called, 1);
        for (int i = 0; i < 3; i++)
                assert_false(lives(shared->pids[i]));
}

static void
test_respawn(void **state)
{
        pid_t pid = supervise(run_good, 2);

        (void)state;
        AWAIT(shared->starts == 2);
        kill(shared->pids[0], SIGKILL);
        AWAIT(shared->starts == 3);
        kill(shared->pids[2], SIGKILL);
        kill(shared->pids[1], SIGKILL);
        AWAIT(shared->starts == 5);
        assert_int_equal(end_of(pid), 0);
        assert_int_equal(shared->graceful, 2);
}

static void
test_grace(void **state)
{
        pid_t pid = supervise(run_stubborn, 2);
        int64_t began;

        (void)state;
        AWAIT(shared->starts == 2);
        began = clock_monotonic_ms();
        assert_int_equal(end_of(pid), 0);
        assert_true(clock_monotonic_ms() - began >= 950);
        assert_false(lives(shared->pids[0]));
}

static void
test_dies_with_supervisor(void **state)
{
        pid_t pid = supervise(run_stubborn, 2);

        (void)state;
        AWAIT(shared->starts == 2);
        kill(pid, SIGKILL);
        assert_int_equal(status_of(pid), -SIGKILL);
        AWAIT(is_dead(shared->pids[0]) && is_dead(shared->pids[1]));
}

static void
test_config_at_start(void **state)
{
        (void)state;
        shared->fail_from = 1;
        shared->fail_status = SUPERVISOR_EXIT_CONFIG;
        assert_int_equal(status_of(supervise(run_good, 2)), SUPERVISOR_EXIT_CONFIG);
}

static void
test_pause_between_starts(void **state)
{
        pid_t pid;
        int starts;

        (void)state;
        shared->fail_from = 1;
        shared->fail_status = 1;
        pid = supervise(run_good, 1);
        usleep(1050 * 1000);
        starts = shared->starts;
        assert_in_range(starts, 5, 12);
        assert_int_equal(end_of(pid), 0);
}

static void
test_reload(void **state)
{
        pid_t pid = supervise(run_good, 2);

        (void)state;
        AWAIT(shared->starts == 2);
        usleep(50 * 1000);      /* both said that they are ready */
        kill(pid, SIGHUP);
        AWAIT(shared->starts == 4);
        AWAIT(shared->graceful == 2);
        AWAIT(!lives(shared->pids[0]) && !lives(shared->pids[1]));
        assert_true(lives(shared->pids[2]) && lives(shared->pids[3]));
        kill(shared->pids[3], SIGKILL);
        AWAIT(shared->starts == 5);
        assert_int_equal(end_of(pid), 0);
        assert_int_equal(shared->graceful, 4);
}

static void
test_failed_reload(void **state)
{
        pid_t pid;

        (void)state;
        shared->fail_from = 3;
        shared->fail_status = SUPERVISOR_EXIT_CONFIG;
        pid = supervise(run_good, 2);
        AWAIT(shared->starts == 2);
        usleep(50 * 1000);
        kill(pid, SIGHUP);
        AWAIT(shared->starts >= 3);
        usleep(200 * 1000);
        assert_true(lives(shared->pids[0]) && lives(shared->pids[1]));
        shared->fail_from = 100;
        kill(pid, SIGHUP);
        AWAIT(shared->graceful == 2);
        assert_int_equal(end_of(pid), 0);
        assert_int_equal(shared->graceful, 4);
}

/* Loaded once for all workers, anew at a reload; what is refused then changes nothing. */
static void
test_prepare(void **state)
{
        pid_t pid;

        (void)state;
        shared->refuse = SUPERVISOR_EXIT_CONFIG;
        assert_int_equal(status_of(supervise(run_loaded, 2)), SUPERVISOR_EXIT_CONFIG);
        assert_int_equal(shared->starts, 0);
        shared->refuse = 0;
        pid = supervise(run_loaded, 2);
        AWAIT(shared->starts == 2);
        assert_int_equal(shared->seen, 1);
        shared->refuse = SUPERVISOR_EXIT_CONFIG;
        kill(pid, SIGHUP);
        AWAIT(shared->refused == 2);
        shared->refuse = 0;
        kill(shared->pids[0], SIGKILL);
        AWAIT(shared->starts == 3);
        assert_int_equal(shared->seen, 1);
        assert_int_equal(shared->graceful, 0);
        kill(pid, SIGHUP);
        AWAIT(shared->starts == 5 && shared->graceful == 2);
        assert_int_equal(shared->seen, 2);
        assert_int_equal(end_of(pid), 0);
}

/* A socket as systemd's, in a folder of its own. */
static int
notify_socket(char *path, size_t size)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        char folder[] = "/tmp/latchkey-test.XXXXXX";
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        assert_non_null(mkdtemp(folder));
        snprintf(path, size, "%s/notify", folder);
        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        return fd;
}

/* The next message, WATCHDOG=1 left out. */
static const char *
notified(int fd)
{
        static char text[200];

        do {
                struct pollfd wait = { .fd = fd, .events = POLLIN };
                ssize_t n = poll(&wait, 1, 5000) > 0 ? read(fd, text, sizeof(text) - 1) : 0;

                text[n > 0 ? n : 0] = '\0';
        } while (strcmp(text, "WATCHDOG=1") == 0);
        return text;
}

static void
test_systemd(void **state)
{
        char path[100], text[200];
        int fd = notify_socket(path, sizeof(path));
        pid_t pid;

        (void)state;
        setenv("NOTIFY_SOCKET", path, 1);
        setenv("WATCHDOG_USEC", "100000", 1);
        pid = supervise(run_good, 2);
        assert_string_equal(notified(fd), "READY=1");
        assert_int_equal(shared->starts, 2);
        assert_int_equal(read(fd, text, sizeof(text)), 10);
        assert_memory_equal(text, "WATCHDOG=1", 10);
        kill(pid, SIGHUP);
        assert_memory_equal(notified(fd), "RELOADING=1\nMONOTONIC_USEC=", 27);
        assert_string_equal(notified(fd), "READY=1");
        kill(pid, SIGTERM);
        assert_string_equal(notified(fd), "STOPPING=1");
        assert_int_equal(status_of(pid), 0);
        unsetenv("NOTIFY_SOCKET");
        unsetenv("WATCHDOG_USEC");
        close(fd);
        unlink(path);
        *strrchr(path, '/') = '\0';
        rmdir(path);
}

int
main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(test_stop, fresh),
                cmocka_unit_test_setup(test_respawn, fresh),
                cmocka_unit_test_setup(test_grace, fresh),
                cmocka_unit_test_setup(test_dies_with_supervisor, fresh),
                cmocka_unit_test_setup(test_config_at_start, fresh),
                cmocka_unit_test_setup(test_pause_between_starts, fresh),
                cmocka_unit_test_setup(test_reload, fresh),
                cmocka_unit_test_setup(test_failed_reload, fresh),
                cmocka_unit_test_setup(test_prepare, fresh),
                cmocka_unit_test_setup(test_systemd, fresh),
        };

        shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                      0);
        assert_ptr_not_equal(shared, MAP_FAILED);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
