/* csrf: a token that only our own pages can know.  Nothing is stored: it is an HMAC
 * keyed with what the browser holds in a cookie that scripts cannot read. */
#include "http/csrf.h"

#include <string.h>

#include "base/text.h"
#include "base/token.h"
#include "http/params.h"
#include "http/reply.h"

static const char *
token_of(struct request *req, const char *key)
{
        uint8_t digest[TOKEN_HASH_SIZE];

        token_hmac_sha256(key, strlen(key), "csrf", 4, digest);
        return token_base64url(req->pool, digest, sizeof(digest));
}

const char *
csrf_token(struct request *req)
{
        if (req->token != NULL)
                return token_of(req, req->token);
        if (req->form_token == NULL) {
                req->form_token = token_new(req->pool);
                reply_cookie(req, COOKIE_FORM, req->form_token, 0);
        }
        return token_of(req, req->form_token);
}

bool
csrf_valid(struct request *req)
{
        const char *key = req->token != NULL ? req->token : req->form_token;
        const char *given = params_csrf(req);
        const char *right;

        if (text_equal(request_header(req, "HTTP_SEC_FETCH_SITE"), "cross-site"))
                return false;
        if (key == NULL || given == NULL)
                return false;
        right = token_of(req, key);
        return token_equal(given, strlen(given), right, strlen(right));
}
