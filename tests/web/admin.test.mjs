// The staff pages, driven through the real program.  Needs the variables of server.env
// (script/server); psql reaches the database as LATCHKEY_DATABASE says.
//
//   node --test tests/web/admin.test.mjs
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";

const env = process.env;
const ADMIN = env.LATCHKEY_ADMIN_URL;
const SHOP_LIMIT = 10; // login_failures_account
const NOTHING = { skip: ADMIN ? false : "LATCHKEY_ADMIN_URL is not set: start script/server first" };

// --- tools ---------------------------------------------------------------------------

const sql = (text) =>
  execFileSync("psql", [env.LATCHKEY_DATABASE, "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", `SET search_path = latchkey; ${text}`], {
    encoding: "utf8",
  }).trim();

function fromBase32(text) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...text.replace(/[\s=]/g, "")].map((c) => alphabet.indexOf(c).toString(2).padStart(5, "0")).join("");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

const stepNow = () => Math.floor(Date.now() / 30000);

function totp(secret, step) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", fromBase32(secret)).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1000000).padStart(6, "0");
}

class Browser {
  jar = new Map();
  async go(path, { form, method } = {}) {
    const url = path.startsWith("http") ? path : new URL(path, ADMIN).href;
    const response = await fetch(url, {
      method: method ?? (form ? "POST" : "GET"),
      redirect: "manual",
      headers: {
        cookie: [...this.jar].map(([name, value]) => `${name}=${value}`).join("; "),
        ...(form ? { "content-type": "application/x-www-form-urlencoded" } : {}),
      },
      body: form ? new URLSearchParams(form).toString() : undefined,
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair] = line.split(";");
      const at = pair.indexOf("=");
      if (/max-age=0/i.test(line)) this.jar.delete(pair.slice(0, at));
      else this.jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const body = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, text: body.toString("utf8"), to: response.headers.get("location") };
  }
  // The page, then its form with the page's CSRF token.
  async send(page, path, form) {
    const shown = await this.go(page);
    return this.go(path, { form: { ...form, csrf_token: csrfOf(shown.text) } });
  }
}

const csrfOf = (html) => /name="csrf_token" value="([^"]+)"/.exec(html)?.[1] ?? "";
const plain = (html) => html.replace(/<[^>]+>/g, " ").replace(/&nbsp;|\u00a0/g, " ").replace(/\s+/g, " ");
const numbersIn = (html) => [...html.matchAll(/<th scope="row"><a href="\/admin\/orders\/([0-9A-Z]{10})"/g)].map((m) => m[1]);
const password = () => `larch ${randomBytes(4).toString("hex")} quill moor`;

// latchkeyctl's link, then the page that it opens.  The code used is of the present step.
async function newStaff(role) {
  const email = `${role}-${randomBytes(5).toString("hex")}@example.com`;
  const said = execFileSync(env.LATCHKEY_CTL, ["staff", "add", email, "--role", role], { encoding: "utf8" });
  const link = /\/admin\/set-up\/[A-Za-z0-9_-]{43}/.exec(said)[0];
  const browser = new Browser();
  const page = await browser.go(link);
  assert.equal(page.status, 200);
  const secret = /<code id="secret">([^<]+)</.exec(page.text)[1];
  const person = { email, role, secret, link, password: password(), browser, step: stepNow() };
  person.setUp = await browser.go(link, {
    form: { csrf_token: csrfOf(page.text), name: `Test ${role}`, password: person.password, code: totp(secret, person.step) },
  });
  assert.equal(person.setUp.status, 303, plain(person.setUp.text));
  return person;
}

const login = (browser, form) => browser.send("/admin/login", "/admin/login", form);

async function ownerBrowser() {
  const browser = new Browser();
  for (const ahead of [0, 1, -1]) {
    const reply = await login(browser, {
      email: env.LATCHKEY_DEMO_OWNER,
      password: env.LATCHKEY_DEMO_PASSWORD,
      code: totp(env.LATCHKEY_DEMO_TOTP, stepNow() + ahead),
    });
    if (reply.status === 303) return browser;
  }
  throw new Error("the demo's owner cannot log in");
}

// --- login ---------------------------------------------------------------------------

describe("staff login", NOTHING, () => {
  after(() => sql("DELETE FROM tries"));

  test("a signed-out browser is led to the login and from there to where it wanted", async () => {
    const viewer = await newStaff("viewer");
    const browser = new Browser();
    const away = await browser.go("/admin/orders?status=paid");
    assert.equal(away.status, 303);
    assert.equal(away.to, "/admin/login?next=%2Fadmin%2Forders%3Fstatus%3Dpaid");
    const page = await browser.go(away.to);
    const next = /name="next" value="([^"]*)"/.exec(page.text)[1];
    const form = { email: viewer.email, password: viewer.password, next, csrf_token: csrfOf(page.text) };
    const reply = await browser.go("/admin/login", { form: { ...form, code: totp(viewer.secret, viewer.step + 1) } });
    assert.equal(reply.status, 303, plain(reply.text));
    assert.equal(reply.to, "/admin/orders?status=paid");
  });

  test("a way on that leaves the staff pages is not followed", async () => {
    for (const next of ["https://evil.example/", "//evil.example/", "/admin//evil.example", "/orders", "/admin/\\evil.example", "/admin/ü"]) {
      const viewer = await newStaff("viewer");
      const form = { email: viewer.email, password: viewer.password, code: totp(viewer.secret, viewer.step + 1), next };
      const reply = await login(new Browser(), form);
      assert.equal(reply.to, "/admin/", next);
    }
  });

  test("unknown address, wrong password and wrong code get the same words (safety rule 20)", async () => {
    const viewer = await newStaff("viewer");
    const said = new Set();
    for (const form of [
      { email: "nobody@example.com", password: viewer.password, code: totp(viewer.secret, viewer.step + 1) },
      { email: viewer.email, password: "not the password", code: totp(viewer.secret, viewer.step + 1) },
      { email: viewer.email, password: viewer.password, code: totp(viewer.secret, viewer.step + 500) },
    ]) {
      const reply = await login(new Browser(), form);
      assert.equal(reply.status, 422);
      assert.equal(reply.headers.getSetCookie().some((c) => c.includes("lk_staff")), false);
      said.add(plain(reply.text));
    }
    assert.equal(said.size, 1);
  });

  test("a code counts once: replayed it is refused, and so is the one of the set-up (safety rule 22)", async () => {
    const viewer = await newStaff("viewer");
    const form = { email: viewer.email, password: viewer.password };
    const setUp = await login(new Browser(), { ...form, code: totp(viewer.secret, viewer.step) });
    assert.equal(setUp.status, 422);
    const first = await login(new Browser(), { ...form, code: totp(viewer.secret, viewer.step + 1) });
    assert.equal(first.status, 303, plain(first.text));
    const again = await login(new Browser(), { ...form, code: totp(viewer.secret, viewer.step + 1) });
    assert.equal(again.status, 422);
  });

  test("not more failures than configured, however many come at once (safety rule 20)", async () => {
    sql("DELETE FROM tries");
    const email = `guess-${randomBytes(4).toString("hex")}@example.com`;
    const tries = Array.from({ length: 3 * SHOP_LIMIT }, () => login(new Browser(), { email, password: "guess", code: "123456" }));
    const statuses = (await Promise.all(tries)).map((reply) => reply.status);
    assert.equal(statuses.filter((s) => s === 422).length, SHOP_LIMIT);
    assert.equal(statuses.filter((s) => s === 429).length, 2 * SHOP_LIMIT);
    const other = await login(new Browser(), { email: `x${email}`, password: "guess", code: "123456" });
    assert.equal(other.status, 422, "another account is not held up");
  });

  test("the right password does not get past the limit, and works again after it", async () => {
    sql("DELETE FROM tries");
    const viewer = await newStaff("viewer");
    const right = { email: viewer.email, password: viewer.password, code: totp(viewer.secret, viewer.step + 1) };
    for (let i = 0; i < SHOP_LIMIT; i++) await login(new Browser(), { ...right, password: "wrong" });
    const held = await login(new Browser(), right);
    assert.equal(held.status, 429);
    assert.ok(Number(held.headers.get("retry-after")) > 0);
    sql("UPDATE tries SET at = at - interval '16 minutes'");
    assert.equal((await login(new Browser(), right)).status, 303);
  });

  test("a form without its token is refused: login, logout, acts", async () => {
    const browser = (await newStaff("support")).browser;
    const number = sql("SELECT number FROM orders ORDER BY id LIMIT 1");
    for (const path of ["/admin/login", "/admin/logout", `/admin/orders/${number}/resends`, `/admin/orders/${number}/gifts`]) {
      const reply = await browser.go(path, { form: { reason: "x" } });
      assert.equal(reply.status, 403, path);
    }
    const forged = await browser.go("/admin/logout", { form: { csrf_token: "A".repeat(43) } });
    assert.equal(forged.status, 403);
  });

  test("the session is rotated at login and dead after the logout (safety rule 21)", async () => {
    const viewer = await newStaff("viewer");
    const cookie = viewer.browser.jar.get("lk_staff") ?? viewer.browser.jar.get("__Host-lk_staff");
    const thief = new Browser();
    thief.jar = new Map(viewer.browser.jar);
    assert.equal((await thief.go("/admin/orders")).status, 200);
    assert.equal(sql(`SELECT count(*) FROM sessions WHERE encode(token_hash, 'escape') LIKE '%${cookie}%'`), "0");
    const out = await viewer.browser.send("/admin/orders", "/admin/logout", {});
    assert.equal(out.to, "/admin/login");
    assert.equal((await thief.go("/admin/orders")).status, 303);
  });
});

// --- set-up ----------------------------------------------------------------------------

describe("set-up link", NOTHING, () => {
  test("looking at it uses nothing up; it works once", async () => {
    const viewer = await newStaff("viewer");
    const again = await new Browser().go(viewer.link);
    assert.equal(again.status, 410);
    assert.equal(again.headers.get("referrer-policy"), "no-referrer");
    assert.equal((await new Browser().go(`/admin/set-up/${randomBytes(32).toString("base64url")}`)).status, 410);
    assert.equal((await new Browser().go("/admin/set-up/short")).status, 404);
  });

  test("weak passwords and a wrong code are told, and what was typed is kept", async () => {
    const email = `weak-${randomBytes(4).toString("hex")}@example.com`;
    const said = execFileSync(env.LATCHKEY_CTL, ["staff", "add", email, "--role", "viewer"], { encoding: "utf8" });
    const link = /\/admin\/set-up\/[A-Za-z0-9_-]{43}/.exec(said)[0];
    const browser = new Browser();
    for (const [weak, why] of [
      ["short", /at least 12 characters/],
      ["Password2026!", /first that a stranger/],
      ["p@ssw0rdpassw0rd", /first that a stranger/],
      ["abcdefghijkl", /neighbouring/],
      ["qwertzuiopasdf", /neighbouring|first that a stranger/],
      ["xyxyxyxyxyxyxy", /repeats/],
      [`${email.split("@")[0]}99`, /first that a stranger|close to your address/],
    ]) {
      const page = await browser.go(link);
      const form = { csrf_token: csrfOf(page.text), name: "Wei Kerr", password: weak, code: "000000" };
      const reply = await browser.go(link, { form });
      assert.equal(reply.status, 422, weak);
      assert.match(plain(reply.text), why, weak);
      assert.match(plain(reply.text), /This code does not fit/);
      assert.match(reply.text, /value="Wei Kerr"/);
      assert.doesNotMatch(reply.text, new RegExp(weak.replace(/[!$]/g, "\\$&") + '"'));
    }
    assert.equal((await browser.go(link)).status, 200, "the link is still good");
  });
});

// --- orders ------------------------------------------------------------------------------

describe("orders", NOTHING, () => {
  let staff;
  before(async () => {
    staff = await ownerBrowser();
  });

  async function allPages(path) {
    const numbers = [];
    for (let next = path; next; ) {
      const page = await staff.go(next);
      assert.equal(page.status, 200, next);
      numbers.push(...numbersIn(page.text));
      next = /rel="next" href="([^"]+)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&");
    }
    return numbers;
  }

  test("every order stands in the list once, newest first, 50 a page", async () => {
    const wanted = sql("SELECT number FROM orders ORDER BY created_at DESC, id DESC").split("\n");
    assert.ok(numbersIn((await staff.go("/admin/orders")).text).length <= 50);
    assert.deepEqual(await allPages("/admin/orders"), wanted);
  });

  test("filters: status, product, days, later than promised (S0.7)", async () => {
    for (const status of ["open", "paid", "refunded", "expired", "cancelled"]) {
      const wanted = sql(`SELECT number FROM orders WHERE status = '${status}' ORDER BY created_at DESC, id DESC`);
      assert.deepEqual(await allPages(`/admin/orders?status=${status}`), wanted ? wanted.split("\n") : [], status);
    }
    const product = sql("SELECT product_id FROM order_lines ORDER BY id LIMIT 1");
    const ofProduct = sql(`SELECT number FROM orders o WHERE EXISTS (SELECT FROM order_lines WHERE order_id = o.id AND product_id = ${product})
                           ORDER BY created_at DESC, id DESC`);
    assert.deepEqual(await allPages(`/admin/orders?product=${product}`), ofProduct.split("\n"));
    const late = sql("SELECT number FROM orders WHERE granted_at > paid_at + interval '60 s' ORDER BY created_at DESC, id DESC");
    assert.deepEqual(await allPages("/admin/orders?late=1"), late ? late.split("\n") : []);
    const [first, last] = sql("SELECT min(created_at)::date - 1, max(created_at)::date + 1 FROM orders").split("|");
    assert.equal((await allPages(`/admin/orders?from=${first}&to=${last}`)).length, Number(sql("SELECT count(*) FROM orders")));
    assert.equal((await allPages(`/admin/orders?to=${first}`)).length, 0);
  });

  test("found by the beginning of its number or of the address", async () => {
    const [number, email] = sql("SELECT o.number, c.email_fold FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY o.id DESC LIMIT 1").split("|");
    for (const typed of [number, number.slice(0, 6).toLowerCase(), email, email.slice(0, 8).toUpperCase()])
      assert.ok((await allPages(`/admin/orders?q=${encodeURIComponent(typed)}`)).includes(number), typed);
    const none = await staff.go("/admin/orders?q=nobody-has-this@");
    assert.match(plain(none.text), /No order fits/);
    assert.match(plain((await staff.go("/admin/orders?q=ab")).text), /Type a little more/);
    assert.match(plain((await staff.go("/admin/orders?q=%25%25%25")).text), /No order fits/);
  });

  test("an address that makes no sense is refused, not guessed at", async () => {
    for (const bad of ["after=nonsense", "after=1", "after=99999999999999999999-1", "status=paid2", "from=2026-02-30", "product=x"])
      assert.equal((await staff.go(`/admin/orders?${bad}`)).status, 400, bad);
  });

  test("what does not exist is not found", async () => {
    const [number, other] = sql("SELECT number FROM orders WHERE status = 'paid' ORDER BY id LIMIT 2").split("\n");
    const mail = sql(`SELECT m.id FROM messages m JOIN orders o ON m.object = 'order' AND m.object_id = o.id WHERE o.number = '${number}' LIMIT 1`);
    assert.equal((await staff.go(`/admin/orders/${number}/mails/${mail}`)).status, 200);
    for (const path of ["orders/ZZZZZZZZZZ", "orders/nope", "nope", `orders/${number}/mails/999999999`, `orders/${other}/mails/${mail}`,
      `orders/${number}/receipts/R-1999-000001.pdf`, `orders/${number}/receipts/x`, "orders/ZZZZZZZZZZ/mails/1"])
      assert.equal((await staff.go(`/admin/${path}`)).status, 404, path);
  });

  test("what goes wrong on the staff pages stands on a page of theirs, with the way on", async () => {
    const number = sql("SELECT number FROM orders ORDER BY id LIMIT 1");
    for (const [path, status, form] of [["nothing-here", 404], ["nothing/here/at/all", 404], ["orders/ZZZZZZZZZZ", 404], ["orders?after=nonsense", 400],
      [`orders/${number}/notes`, 404], ["logout", 405], ["logout", 403, { csrf_token: "x" }], ["nothing-here", 404, { csrf_token: "x" }]]) {
      const page = await staff.go(`/admin/${path}`, { form });
      assert.equal(page.status, status, path);
      assert.match(page.text, /<nav class="site-nav" aria-label="Staff pages">/, path);
      assert.match(page.text, /<a class="button" href="\/admin\/">Go to the overview<\/a>/, path);
      assert.doesNotMatch(page.text, /Withdraw from contract|Need a hand\?/, path);
    }
    const stranger = await new Browser().go("/admin/nothing-here");
    assert.equal(stranger.status, 404);
    assert.match(stranger.text, /<small>Staff<\/small>/);
    assert.match(stranger.text, /Go to the staff login/);
    assert.doesNotMatch(stranger.text, /<nav|Log out|lk_staff/);
    assert.match((await new Browser().go(new URL("/nothing-here", ADMIN).href)).text, /Need a hand\?/);
  });

  test("the line paid, access open, first opened with its seconds (S0.7, S0.10)", async () => {
    const number = sql(`SELECT number FROM orders WHERE status = 'paid' AND granted_at - paid_at BETWEEN interval '0' AND interval '50 s'
                        AND first_open_at IS NULL ORDER BY id LIMIT 1`);
    const page = plain((await staff.go(`/admin/orders/${number}`)).text);
    assert.match(page, /Paid .* Access open .* (s|min) later First opened not yet/);
    const open = sql("SELECT number FROM orders o WHERE status = 'open' AND NOT EXISTS (SELECT FROM access WHERE order_id = o.id) ORDER BY id LIMIT 1");
    if (open) assert.match(plain((await staff.go(`/admin/orders/${open}`)).text), /Paid not yet Access open not yet First opened not yet/);
  });

  test("the page tells of money, mails and history in words", async () => {
    // History that was brought in has no events of the gateway; an order of this shop has.
    const [number, told] = sql("SELECT o.number, EXISTS (SELECT FROM inbox i WHERE i.payment_ref = p.gateway_ref AND i.source = 'hook') AS told FROM orders o JOIN payments p ON p.order_id = o.id WHERE p.detail_at IS NOT NULL AND p.statement_text <> '' ORDER BY told DESC, o.id LIMIT 1").split("|");
    const page = await staff.go(`/admin/orders/${number}`);
    const [statement, ref, four] = sql(`SELECT statement_text, p.gateway_ref, last_four FROM orders o JOIN payments p ON p.order_id = o.id WHERE number = '${number}' LIMIT 1`).split("|");
    for (const part of [statement, ref, four, "Order begun", ...(told === "t" ? ["The gateway told us"] : []), "Your access is open"])
      assert.ok(plain(page.text).includes(part), part);
    const past = plain(page.text.slice(page.text.indexOf("Everything that happened")));
    assert.ok(past.indexOf("Order begun") < past.search(/Paid [\d,.]+ [A-Z]{3} with/), "nothing is paid before it is begun");
    assert.doesNotMatch(plain(page.text), /\b(maybe_sent|requires_action|written_off|nothing_new|read_only|off_session|access_open)\b/);
  });

  test("a customer's text is text: markup is escaped (safety rule 12)", async () => {
    const [id, number, name] = sql("SELECT c.id, o.number, c.name FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY o.created_at DESC, o.id DESC LIMIT 1").split("|");
    const canary = `<img src=x onerror=alert(1)>"'&`;
    sql(`UPDATE customers SET name = $$${canary}$$ WHERE id = ${id}`);
    try {
      for (const path of ["/admin/orders", `/admin/orders/${number}`]) {
        const page = await staff.go(path);
        assert.ok(!page.text.includes("<img src=x"), path);
        assert.ok(page.text.includes("&lt;img src=x onerror=alert(1)&gt;"), path);
      }
    } finally {
      sql(`UPDATE customers SET name = $$${name}$$ WHERE id = ${id}`);
    }
  });

  test("a mail is shown as it was sent, in a frame that nothing runs in", async () => {
    const found = sql(`SELECT o.number, m.id FROM message_bodies b JOIN messages m ON m.id = b.message_id
                       JOIN orders o ON m.object = 'order' AND o.id = m.object_id WHERE b.html <> '' ORDER BY m.id LIMIT 1`);
    if (!found) return;
    const [number, id] = found.split("|");
    const page = await staff.go(`/admin/orders/${number}/mails/${id}`);
    assert.match(page.headers.get("content-security-policy"), /frame-src 'self'/);
    assert.match(page.text, /<iframe [^>]*sandbox><\/iframe>/);
    const frame = await staff.go(`/admin/orders/${number}/mails/${id}/html`);
    assert.equal(frame.status, 200);
    const policy = frame.headers.get("content-security-policy");
    assert.match(policy, /sandbox/);
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /script-src|allow-scripts/);
    assert.doesNotMatch((await staff.go("/admin/")).headers.get("content-security-policy"), /frame-src|unsafe-inline/);
    const signedOut = await new Browser().go(`/admin/orders/${number}/mails/${id}/html`);
    assert.equal(signedOut.status, 303);
  });

  test("papers are served as PDF", async () => {
    const found = sql("SELECT o.number, r.number FROM receipts r JOIN orders o ON o.id = r.order_id JOIN receipt_files f ON f.receipt_id = r.id ORDER BY r.id LIMIT 1");
    if (!found) return;
    const [number, receipt] = found.split("|");
    const paper = await staff.go(`/admin/orders/${number}/receipts/${receipt}.pdf`);
    assert.equal(paper.headers.get("content-type"), "application/pdf");
    assert.ok(paper.text.startsWith("%PDF-"));
    const other = sql(`SELECT number FROM orders WHERE number <> '${number}' LIMIT 1`);
    assert.equal((await staff.go(`/admin/orders/${other}/receipts/${receipt}.pdf`)).status, 404);
  });

  test("overview and system show the clock, alarms, jobs and schedules (S0.7)", async () => {
    const home = plain((await staff.go("/admin/")).text);
    for (const part of ["Needs you now", "From payment to access", "Today", "Last 7 days", "Last 30 days", "Median", "Jobs that failed"])
      assert.ok(home.includes(part), part);
    const system = plain((await staff.go("/admin/system")).text);
    for (const part of ["Alarms", "Jobs by lane", "Somebody waits", "What runs by itself", "Watch the time from payment to access"])
      assert.ok(system.includes(part), part);
  });
});

// --- acts ---------------------------------------------------------------------------------

describe("what staff may do", NOTHING, () => {
  let viewer, support;
  before(async () => {
    [viewer, support] = [await newStaff("viewer"), await newStaff("support")];
  });

  test("a viewer sees no buttons and is refused by the route (S0.6)", async () => {
    const number = sql("SELECT number FROM orders WHERE status = 'paid' ORDER BY id LIMIT 1");
    const page = await viewer.browser.go(`/admin/orders/${number}`);
    assert.equal(page.status, 200);
    assert.doesNotMatch(page.text, /\/(resends|regrants|gifts)"/);
    const before = sql("SELECT count(*) FROM messages");
    for (const act of ["resends", "regrants", "gifts"]) {
      const reply = await viewer.browser.go(`/admin/orders/${number}/${act}`, { form: { csrf_token: csrfOf(page.text), reason: "because" } });
      assert.equal(reply.status, 403, act);
    }
    assert.equal(sql("SELECT count(*) FROM messages"), before);
  });

  test("the mails of an order are sent again, once per press (S0.6)", async () => {
    const number = sql(`SELECT o.number FROM orders o JOIN messages m ON m.object = 'order' AND m.object_id = o.id AND m.kind = 'access_open'
                        WHERE o.status = 'paid' ORDER BY o.id LIMIT 1`);
    const reply = await support.browser.send(`/admin/orders/${number}`, `/admin/orders/${number}/resends`, {});
    assert.equal(reply.status, 303);
    assert.equal(reply.to, `/admin/orders/${number}?done=resent`);
    assert.match(plain((await support.browser.go(reply.to)).text), /on their way once more/);
    assert.ok(Number(sql(`SELECT count(*) FROM messages m JOIN orders o ON m.object = 'order' AND m.object_id = o.id
                          WHERE o.number = '${number}' AND m.kind = 'access_open' AND m.period LIKE 'resend %'`)) >= 1);
    const who = sql(`SELECT a.actor || ' ' || s.email FROM audit a JOIN staff s ON s.id = a.actor_id JOIN orders o ON o.id = a.object_id
                     WHERE a.action = 'order.resend' AND o.number = '${number}' ORDER BY a.id DESC LIMIT 1`);
    assert.equal(who, `staff ${support.email}`);
  });

  test("access as a gift wants a reason, is its own kind and stands in the audit (S0.2)", async () => {
    const number = sql("SELECT o.number FROM orders o WHERE o.status IN ('open', 'expired') AND NOT EXISTS (SELECT FROM access WHERE order_id = o.id) ORDER BY id LIMIT 1");
    if (!number) return;
    const page = `/admin/orders/${number}`;
    const empty = await support.browser.send(page, `${page}/gifts`, { reason: "  " });
    assert.equal(empty.status, 422);
    assert.match(plain(empty.text), /Say why this is given/);
    assert.match(empty.text, /<title>Error: /);
    const given = await support.browser.send(page, `${page}/gifts`, { reason: "Won the <raffle>" });
    assert.equal(given.to, `${page}?done=given`);
    const shown = await support.browser.go(given.to);
    assert.match(plain(shown.text), /Access is open, as a gift/);
    assert.ok(shown.text.includes("Won the &lt;raffle&gt;"));
    assert.equal(sql(`SELECT reason || ' ' || coalesce(payment_id::text, '-') FROM access a JOIN orders o ON o.id = a.order_id WHERE number = '${number}'`), "gift -");
    assert.doesNotMatch(shown.text, /\/gifts"/);
  });

  test("an ended access is opened again (S0.6)", async () => {
    const number = sql("SELECT o.number FROM orders o JOIN access a ON a.order_id = o.id WHERE a.status = 'ended' ORDER BY o.id LIMIT 1");
    if (!number) return;
    const reply = await support.browser.send(`/admin/orders/${number}`, `/admin/orders/${number}/regrants`, {});
    assert.equal(reply.to, `/admin/orders/${number}?done=reopened`);
    assert.equal(sql(`SELECT count(*) FROM orders o JOIN access a ON a.order_id = o.id WHERE a.status = 'ended' AND number = '${number}'`), "0");
    const again = await support.browser.send(`/admin/orders/${number}`, `/admin/orders/${number}/regrants`, {});
    assert.equal(again.to, `/admin/orders/${number}?done=reopened-has`);
  });

  test("nobody acts on an order that does not exist, or by GET", async () => {
    const token = csrfOf((await support.browser.go("/admin/orders")).text);
    for (const act of ["resends", "regrants", "gifts"]) {
      const reply = await support.browser.go(`/admin/orders/ZZZZZZZZZZ/${act}`, { form: { csrf_token: token, reason: "x" } });
      assert.equal(reply.status, 404, act);
      assert.equal((await support.browser.go(`/admin/orders/ZZZZZZZZZZ/${act}`)).status, 405, act);
    }
  });
});
