/* upload: a file from the connection to the folder, whatever sizes the pieces have; what is refused,
 * what breaks off, a disk without room; what may be sold and what it is called. */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "http_fixture.h"

#include "base/filetype.h"
#include "http/upload.h"

#define MARK "--x7"
#define BEFORE MARK "\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\ndownload\r\n" MARK \
        "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n"
#define AFTER "\r\n" MARK "--\r\n"

static const struct program staff = { .name = "latchkey-admin", .mount = "/admin", .staff = true };
static char dir[] = "/tmp/latchkey-test-upload-XXXXXX";
static struct config config;
static struct pool *pool;
static struct peer peer;
static char *body;

/* A request with CONTENT as its file, of which FRONT bytes are read first. */
static struct request *
request(const char *content, const char *after, size_t front, size_t step)
{
        static const char *params[] = { "REQUEST_METHOD", "POST", "REQUEST_URI", "/admin/x", "CONTENT_TYPE",
                                        "multipart/form-data; boundary=x7", "CONTENT_LENGTH", NULL, NULL };
        struct request *req;

        pool_free(pool);
        pool = pool_new();
        body = pool_printf(pool, "%s%s%s", BEFORE, content, after);
        params[7] = pool_printf(pool, "%zu", strlen(body));
        peer = (struct peer){ .params = params, .body = body, .step = step };
        req = peer_request(pool, &staff, &config, &peer);
        assert_int_equal(request_read_front(req, UPLOAD_BODY_MOST, front), HTTP_OK);
        return req;
}

static const char *
stored(const char *name)
{
        char *text = NULL;

        if (!g_file_get_contents(pool_printf(pool, "%s/%s", dir, name), &text, NULL, NULL))
                return NULL;
        name = pool_strdup(pool, text);
        g_free(text);
        return name;
}

static int
names(void)
{
        GDir *folder = g_dir_open(dir, 0, NULL);
        int n = 0;

        while (g_dir_read_name(folder) != NULL)
                n++;
        g_dir_close(folder);
        return n;
}

static void
test_pieces(void **state)
{
        /* The mark's own beginnings in it. */
        static const char content[] = "one\r\n--x\r\n--x\r--\r\r\n\r\n--x6 two \r\n--";
        uint8_t sha256[TOKEN_HASH_SIZE];
        struct upload upload;

        (void)state;
        token_sha256(content, strlen(content), sha256);
        for (size_t step = 1; step < 90; step++) {
                struct request *req = request(content, AFTER, strlen(BEFORE) + step % 50, step);

                assert_int_equal(upload_find(req, "file", &upload), UPLOAD_OK);
                assert_string_equal(upload.name, "a.txt");
                assert_int_equal(upload_store(req, &upload), UPLOAD_OK);
                assert_int_equal(store_size(upload.file), strlen(content));
                assert_memory_equal(upload.sha256, sha256, sizeof(sha256));
                assert_int_equal(names(), step == 1 ? 0 : 1);
                assert_true(store_keep(upload.file, 7));
                assert_string_equal(stored("7"), content);
                request_drain(req);
                assert_int_equal(req->body_rest, 0);
        }
        assert_int_equal(unlink(pool_printf(pool, "%s/7", dir)), 0);
}

static void
test_large(void **state)
{
        char *content = g_strnfill(3 * 1024 * 1024 + 5, 'x');
        struct request *req = request(content, AFTER, 65536, 0);
        struct upload upload;

        (void)state;
        assert_int_equal(upload_find(req, "file", &upload), UPLOAD_OK);
        assert_int_equal(upload.head_len, FILE_HEAD);
        assert_int_equal(upload_store(req, &upload), UPLOAD_OK);
        assert_int_equal(store_size(upload.file), 3 * 1024 * 1024 + 5);
        pool_free(pool);
        pool = NULL;
        assert_int_equal(names(), 0);   /* without a number it is gone with the request */
        g_free(content);
}

static void
test_refused(void **state)
{
        struct upload upload;
        struct request *req;

        (void)state;
        assert_int_equal(upload_find(request("x", AFTER, 65536, 0), "other", &upload), UPLOAD_NONE);
        assert_int_equal(upload_find(request("", AFTER, 65536, 0), "file", &upload), UPLOAD_EMPTY);
        req = request("half", "", strlen(BEFORE) + 2, 0);
        assert_int_equal(upload_find(req, "file", &upload), UPLOAD_OK);
        assert_int_equal(upload_store(req, &upload), UPLOAD_CUT);
        assert_int_equal(names(), 0);
        config.files = "/no/such/folder";
        req = request("x", AFTER, 65536, 0);
        assert_int_equal(upload_find(req, "file", &upload), UPLOAD_OK);
        assert_int_equal(upload_store(req, &upload), UPLOAD_FAILED);
        config.files = dir;
}

/* A limit on the size of files stands for the disk's end. */
static void
test_full(void **state)
{
        char *content = g_strnfill(1024 * 1024, 'x');
        struct rlimit was, small = { 100 * 1024, 100 * 1024 };
        struct request *req = request(content, AFTER, 65536, 0);
        struct upload upload;

        (void)state;
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
        small.rlim_max = was.rlim_max;
        signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(upload_find(req, "file", &upload), UPLOAD_OK);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        assert_int_equal(upload_store(req, &upload), UPLOAD_FULL);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
        assert_int_equal(names(), 0);
        assert_null(store_begin(pool, dir, INT64_MAX / 2));     /* the disk has not so much */
        g_free(content);
}

/* What a crash left a day ago goes with the next file; what is young or has a number stays. */
static void
test_sweep(void **state)
{
        struct timeval old[2] = { { .tv_sec = time(NULL) - 2 * 86400 }, { .tv_sec = time(NULL) - 2 * 86400 } };
        static const char *const left[] = { ".part-old", ".part-new", "12" };

        (void)state;
        pool_free(pool);
        pool = pool_new();
        for (size_t i = 0; i < G_N_ELEMENTS(left); i++) {
                const char *path = pool_printf(pool, "%s/%s", dir, left[i]);

                assert_true(g_file_set_contents(path, "x", 1, NULL));
                if (i != 1)
                        assert_int_equal(utimes(path, old), 0);
        }
        assert_non_null(store_begin(pool, dir, 1));
        assert_null(stored(".part-old"));
        assert_non_null(stored(".part-new"));
        assert_non_null(stored("12"));
        for (size_t i = 1; i < G_N_ELEMENTS(left); i++)
                assert_int_equal(unlink(pool_printf(pool, "%s/%s", dir, left[i])), 0);
}

static const char *
sold(enum file_use use, const char *name, const char *head)
{
        return filetype_sold(use, name, head, strlen(head));
}

static void
test_types(void **state)
{
        char text[FILE_HEAD + 1];

        (void)state;
        assert_string_equal(sold(FILE_USE_DOWNLOAD, "a.PDF", "%PDF-1.7"), "application/pdf");
        assert_string_equal(sold(FILE_USE_DOWNLOAD, "a.csv", "a,b\n"), "text/csv");
        assert_string_equal(sold(FILE_USE_VIDEO, "a.webm", "\x1a\x45\xdf\xa3"), "video/webm");
        assert_string_equal(sold(FILE_USE_CAPTIONS, "a.vtt", "\xef\xbb\xbfWEBVTT\n"), "text/vtt");
        assert_string_equal(sold(FILE_USE_SOFTWARE, "a.exe", "MZ\x90"), "application/octet-stream");
        assert_string_equal(sold(FILE_USE_SOFTWARE, "a.pdf", "%PDF-"), "application/pdf");
        assert_null(sold(FILE_USE_DOWNLOAD, "a.exe", "MZ\x90"));
        assert_null(sold(FILE_USE_DOWNLOAD, "a.pdf", "%PDF"));
        assert_null(sold(FILE_USE_DOWNLOAD, "a.html", "<html>"));
        assert_null(sold(FILE_USE_DOWNLOAD, ".pdf", "%PDF-1.7"));
        assert_null(sold(FILE_USE_VIDEO, "a.pdf", "%PDF-1.7"));
        assert_null(sold(FILE_USE_CAPTIONS, "a.vtt", "WEB"));
        /* A character that the first bytes cut in two; a byte that is none. */
        memset(text, 'a', sizeof(text));
        text[FILE_HEAD - 1] = '\xc3';
        assert_non_null(filetype_sold(FILE_USE_DOWNLOAD, "a.txt", text, FILE_HEAD));
        text[100] = '\xff';
        assert_null(filetype_sold(FILE_USE_DOWNLOAD, "a.txt", text, FILE_HEAD));
        assert_null(filetype_sold(FILE_USE_DOWNLOAD, "a.txt", "a\0b", 3));
        assert_string_equal(filetype_of_name("x.vtt"), "text/vtt");
        assert_string_equal(filetype_of_name("x"), "application/octet-stream");
}

static void
test_names(void **state)
{
        char *many = g_strnfill(300, 'n');
        const char *name;

        (void)state;
        pool_free(pool);
        pool = pool_new();
        assert_string_equal(filetype_sold_name(pool, "../../etc/passwd.pdf"), "passwd.pdf");
        assert_string_equal(filetype_sold_name(pool, "C:\\x\\Light.PDF"), "Light.pdf");
        assert_string_equal(filetype_sold_name(pool, "a\x01" "b<i>.txt"), "a_b_i_.txt");
        assert_string_equal(filetype_sold_name(pool, "\xe2\x80\xae" "fdp.exe"), "_fdp.exe");
        assert_string_equal(filetype_sold_name(pool, "\xff.pdf"), "file");
        assert_string_equal(filetype_sold_name(pool, "x/"), "file");
        name = filetype_sold_name(pool, pool_printf(pool, "%s.webm", many));
        assert_true(strlen(name) <= FILE_NAME_MOST && g_str_has_suffix(name, "n.webm"));
        g_free(many);
}

int
main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_pieces), cmocka_unit_test(test_large), cmocka_unit_test(test_refused),
                cmocka_unit_test(test_full), cmocka_unit_test(test_sweep), cmocka_unit_test(test_types),
                cmocka_unit_test(test_names),
        };
        int failed;

        assert_non_null(g_mkdtemp(dir));
        config = http_config;
        config.files = dir;
        failed = cmocka_run_group_tests(tests, NULL, NULL);
        pool_free(pool);
        (void)rmdir(dir);
        return failed;
}
