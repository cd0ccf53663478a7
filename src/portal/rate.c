/* rate: how a failed payment went for the customer, the day after it was settled (S1.11, S1.12).
 *
 * The mail's link opens the page, without login; the page's buttons rate.  A mail scanner that
 * opens the link rates nothing.  One rating for each case and customer: the last word counts. */
#include "base/text.h"
#include "http/session.h"
#include "portal/portal.h"
#include "queries/rating.h"

enum { LEAST = 1, MOST = 5 };

static const char *const meanings[] = {"", "Bad", "Not good", "All right", "Good", "Very good"};

#define TOKEN_PARAM                                                                                \
        {                                                                                          \
                .name = "token", .type = PARAM_TOKEN, .from = FROM_PATH                            \
        }
static const struct param show_params[] = {
        TOKEN_PARAM, {.name = "done", .type = PARAM_SLUG, .from = FROM_QUERY}, PARAM_END};
static const struct param score_params[] = {TOKEN_PARAM,
                                            {.name = "score",
                                             .type = PARAM_INT,
                                             .from = FROM_FORM,
                                             .required = true,
                                             .min = LEAST,
                                             .max = MOST,
                                             .missing = "Choose one of the five",
                                             .invalid = "Choose one of the five"},
                                            PARAM_END};
static const struct param words_params[] = {
        TOKEN_PARAM,
        {.name = "words",
         .type = PARAM_TEXT_LONG,
         .from = FROM_FORM,
         .max = 4000,
         .invalid = "This is longer than we can keep: at most 4,000 characters"},
        PARAM_END};

static struct db_bytes
link_of(struct request *req)
{
        return session_hash(req->pool, param_text(req, "token"));
}

static void
score_row(struct view *view, size_t i, void *data)
{
        const struct rating_row *row = data;
        int32_t score = (int32_t)i + LEAST;

        view_number(view, "score", score);
        view_text(view, "meaning", meanings[score]);
        view_flag(view, "chosen", !row->score_null && row->score == score);
}

static enum http_status
show(struct request *req, enum http_status status, bool again)
{
        struct rating_row row;
        struct view *view;
        enum db_status rc;
        bool found;

        rating_look_ask(req->db, link_of(req), &row, &found);
        rc = db_wait(req->db);
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!found)
                return portal_message(
                        req, HTTP_NOT_FOUND, "We do not know this link",
                        "A part of it may be missing. Open it from the mail once more.", "/help",
                        "Get help");
        if (text_equal(row.state, "over"))
                return portal_message(req, HTTP_GONE, "This link has expired",
                                      "It worked for 30 days. If there is something that you would "
                                      "like to tell us, write to us.",
                                      "/help/requests/new?about=other", "Write to us");
        view = view_new(req, "portal/rate.html");
        view_text(view, "page_title", "How did this go for you?");
        view_form_empty(view, words_params);
        view_text(view, "words", row.words);
        if (again)
                view_form(view, req);
        view_text(view, "token", param_text(req, "token"));
        view_text(view, "product", row.title);
        view_money(view, "amount", row.amount_minor, row.currency);
        view_flag(view, "rated", !row.score_null);
        view_text(view, "meaning", row.score_null ? "" : meanings[row.score]);
        view_flag(view, "low", !row.score_null && row.score <= 2);
        view_flag(view, "said", !again && text_equal(param_text(req, "done"), "said"));
        view_each(view, "scores", "portal/rate.score.html", MOST, score_row, &row);
        return view_reply(view, status);
}

/* GET /rate/TOKEN */
static enum http_status
rate_show(struct request *req)
{
        return show(req, HTTP_OK, false);
}

static enum http_status
answered(struct request *req, enum db_status rc, const struct rating_answer_row *row,
         const char *done)
{
        if (rc != DB_OK)
                return http_from_db(req, rc);
        if (!text_equal(row->answer, "rated"))
                return reply_redirect(req,
                                      pool_printf(req->pool, "/rate/%s", param_text(req, "token")));
        return reply_redirect(
                req, pool_printf(req->pool, "/rate/%s?done=%s", param_text(req, "token"), done));
}

/* POST /rate/TOKEN */
static enum http_status
score_create(struct request *req)
{
        struct rating_answer_row row;

        if (!params_valid(req))
                return reply_redirect(req,
                                      pool_printf(req->pool, "/rate/%s", param_text(req, "token")));
        return answered(req,
                        rating_score(req->db, link_of(req), (int32_t)param_int(req, "score"), &row),
                        &row, "rated");
}

/* POST /rate/TOKEN/words */
static enum http_status
words_create(struct request *req)
{
        struct rating_answer_row row;
        const char *words = param_text(req, "words");

        if (!params_valid(req))
                return show(req, HTTP_UNPROCESSABLE, true);
        return answered(req, rating_words(req->db, link_of(req), words != NULL ? words : "", &row),
                        &row, "said");
}

const struct route rate_routes[] = {
        {GET, "/rate/:token", OPEN, show_params, rate_show, ROUTE_NO_STORE, NULL},
        {POST, "/rate/:token", OPEN, score_params, score_create, ROUTE_NO_STORE, NULL},
        {POST, "/rate/:token/words", OPEN, words_params, words_create, ROUTE_NO_STORE, NULL},
        ROUTE_END};
