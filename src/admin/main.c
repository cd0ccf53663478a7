/* latchkey-admin: the staff pages.  Every page's routes stand in the file of its name. */
#include <stddef.h>

#include "admin/account.h"
#include "admin/agreement.h"
#include "admin/act.h"
#include "admin/ahead.h"
#include "admin/article.h"
#include "admin/article_text.h"
#include "admin/articles.h"
#include "admin/audit.h"
#include "admin/case.h"
#include "admin/cases.h"
#include "admin/change.h"
#include "admin/changes.h"
#include "admin/causes.h"
#include "admin/corrections.h"
#include "admin/customer.h"
#include "admin/customer_act.h"
#include "admin/customers.h"
#include "admin/desk.h"
#include "admin/discount.h"
#include "admin/dispute.h"
#include "admin/disputes.h"
#include "admin/home.h"
#include "admin/login.h"
#include "admin/mail.h"
#include "admin/marker.h"
#include "admin/offer.h"
#include "admin/order.h"
#include "admin/orders.h"
#include "admin/passkey.h"
#include "admin/product.h"
#include "admin/product_access.h"
#include "admin/product_file.h"
#include "admin/product_item.h"
#include "admin/product_new.h"
#include "admin/product_offer.h"
#include "admin/product_refund.h"
#include "admin/product_text.h"
#include "admin/product_upload.h"
#include "admin/product_version.h"
#include "admin/refund.h"
#include "admin/refund_ask.h"
#include "admin/refunds.h"
#include "admin/reminders.h"
#include "admin/reports.h"
#include "admin/rule.h"
#include "admin/rule_back.h"
#include "admin/rule_trial.h"
#include "admin/rules.h"
#include "admin/set_up.h"
#include "admin/spread.h"
#include "admin/staff.h"
#include "admin/system.h"
#include "admin/task.h"
#include "admin/tasks.h"
#include "admin/texts.h"
#include "admin/ticket.h"
#include "admin/tickets.h"
#include "admin/transfers.h"
#include "admin/waiting.h"
#include "admin/withdrawal.h"
#include "admin/withdrawals.h"
#include "domain/password.h"
#include "http/server.h"
#include "queries/agreement.h"
#include "queries/article.h"
#include "queries/banking.h"
#include "queries/books.h"
#include "queries/care.h"
#include "queries/cases.h"
#include "queries/causes.h"
#include "queries/correction.h"
#include "queries/customer.h"
#include "queries/dispute.h"
#include "queries/forecast.h"
#include "queries/home.h"
#include "queries/machine.h"
#include "queries/people.h"
#include "queries/plandesk.h"
#include "queries/product.h"
#include "queries/refunddesk.h"
#include "queries/reminder.h"
#include "queries/reminderdesk.h"
#include "queries/report.h"
#include "queries/schedule.h"
#include "queries/session.h"
#include "queries/spread.h"
#include "queries/staff.h"
#include "queries/task.h"
#include "queries/texts.h"
#include "queries/ticketdesk.h"
#include "queries/withdrawdesk.h"
#include "view/error_page.h"
#include "view/view.h"

static const struct route *const routes[] = {
        login_routes, set_up_routes, home_routes, orders_routes, order_routes,
        act_routes, mail_routes, system_routes, transfers_routes,
        waiting_routes, corrections_routes, tickets_routes, ticket_routes,
        customers_routes, customer_routes, customer_act_routes,
        staff_routes, account_routes, passkey_routes, audit_routes, causes_routes,
        marker_routes, reports_routes, cases_routes, case_routes, case_act_routes,
        product_routes, product_access_routes, product_text_routes, product_version_routes,
        product_offer_routes, product_item_routes, product_new_routes,
        product_file_routes, product_upload_routes, discount_routes,
        refund_ask_routes, refund_routes, refunds_routes, task_routes, tasks_routes,
        dispute_routes, disputes_routes, texts_routes, articles_routes, article_routes,
        article_text_routes, withdrawals_routes, withdrawal_routes, product_refund_routes,
        agreement_routes, changes_routes, change_routes, rules_routes, rule_routes, rule_trial_routes,
        rule_back_routes, offer_routes, spread_routes,
        reminders_routes, ahead_routes, NULL
};

static const struct db_stmt *const *const queries[] = {
        session_queries, staff_queries, report_queries, banking_queries, correction_queries,
        ticketdesk_queries, customer_queries, people_queries, home_queries,
        books_queries, product_queries, refunddesk_queries, task_queries, dispute_queries,
        texts_queries, article_queries, care_queries, causes_queries, withdrawdesk_queries,
        agreement_queries, schedule_queries, plandesk_queries, forecast_queries, spread_queries,
        reminderdesk_queries, machine_queries, cases_queries, reminder_queries, NULL
};

static bool
start(const struct config *config, const struct views **views, const char **error)
{
        static const char *const parts[] = { "admin", "error", NULL };

        if (!password_load(config, error))
                return false;
        *views = views_load(config, config->templates, parts, error);
        return *views != NULL;
}

/* Who is logged in keeps the way to the other pages: their look-up may only be queued so far. */
static enum http_status
error_page(struct request *req, enum http_status status)
{
        if (status < HTTP_INTERNAL && !req->identity.found && req->token != NULL && req->db != NULL &&
            db_wait(req->db) != DB_OK)
                req->identity = (struct identity){ 0 };
        return view_error_page(req, status);
}

static const struct program admin = {
        .name = "latchkey-admin",
        .database_user = "lk_admin",
        .mount = "/admin",
        .staff = true,
        .routes = routes,
        .queries = queries,
        .ask_identity = desk_ask,
        .may = desk_may,
        .start = start,
        .stop = views_free,
        .error_page = error_page,
        .login_path = "/admin/login",
};

int
main(int argc, char **argv)
{
        return server_main(&admin, argc, argv);
}
