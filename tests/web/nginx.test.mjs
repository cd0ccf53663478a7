// What nginx does by itself: headers of static files, closed doors, sizes, the access log.
// Needs the variables of server.env (script/server).
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { test } from "node:test";

const URL_ = process.env.LATCHKEY_URL;
const DIR = process.env.LATCHKEY_MAILDIR ? path.dirname(process.env.LATCHKEY_MAILDIR) : "";
const needed = { skip: URL_ ? false : "LATCHKEY_URL is not set: start script/server first" };

// As it stands on the wire: fetch would tidy the path up.
function ask(target, { method = "GET", headers = {}, body } = {}) {
  return new Promise((done, fail) => {
    const request = http.request(URL_, { path: target, method, headers }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
    });
    request.on("error", fail);
    request.end(body);
  });
}

async function logged(word) {
  for (let i = 0; i < 50; i++) {
    const lines = fs.readFileSync(path.join(DIR, "log/access.log"), "utf8").split("\n");
    const found = lines.filter((line) => line.includes(word));
    if (found.length) return found;
    await new Promise((done) => setTimeout(done, 100));
  }
  return [];
}

test("static files: headers, ETag, ranges", needed, async () => {
  const plain = await ask("/static/css/latchkey.css");
  assert.equal(plain.status, 200);
  assert.equal(plain.headers["content-type"], "text/css; charset=utf-8");
  assert.equal(plain.headers["cache-control"], "public, max-age=300");
  assert.equal(plain.headers["x-content-type-options"], "nosniff");
  assert.match(plain.headers["content-security-policy"], /default-src 'none'/);
  const again = await ask("/static/css/latchkey.css", { headers: { "If-None-Match": plain.headers.etag } });
  assert.equal(again.status, 304);
  const part = await ask("/static/css/latchkey.css", { headers: { Range: "bytes=0-9" } });
  assert.equal(part.status, 206);
  assert.equal(part.body.length, 10);
});

test("static files: gzip, and nothing outside of static/", needed, async () => {
  const packed = await ask("/static/css/latchkey.css", { headers: { "Accept-Encoding": "gzip" } });
  assert.equal(packed.headers["content-encoding"], "gzip");
  for (const target of ["/static/../script/server", "/static/%2e%2e/script/server", "/static../script/server",
    "/static/css/", "/static/error/nothing.html"]) {
    const answer = await ask(target);
    assert.ok([400, 403, 404].includes(answer.status), `${target}: ${answer.status}`);
  }
});

test("stored files cannot be asked for", needed, async () => {
  for (const target of ["/protected/1", "/protected/", "/protected/../latchkey.conf", "/protected/%2e%2e/latchkey.conf"])
    assert.equal((await ask(target)).status, 404, target);
});

test("more than 256 KiB are refused before a program sees them", needed, async () => {
  const body = Buffer.alloc(256 * 1024 + 1, "x");
  assert.equal((await ask("/hooks/stripe", { method: "POST", body })).status, 413);
  const chunked = await ask("/hooks/stripe", { method: "POST", body, headers: { "Transfer-Encoding": "chunked" } });
  assert.equal(chunked.status, 413);
  const whole = await ask("/hooks/stripe", { method: "POST", body: body.subarray(1) });
  assert.equal(whole.status, 400, "256 KiB exactly reach the program, which finds no signature");
});

test("its name and version stay its own", needed, async () => {
  assert.equal((await ask("/static/nothing")).headers.server, "nginx");
});

test("the access log has neither queries nor tokens", needed, async () => {
  const token = "Canary" + "x".repeat(37);
  const mark = `mark${process.pid}${Date.now()}`;
  for (const target of [`/${mark}a?secret=${token}`, `/pay/${mark}b${token}`, `/claim/${mark}`, `/calendar/${mark}/payments.ics`, `/${mark}c/${token}`,
    `/set-password/${token}?x=1`])
    await ask(target, { headers: { "User-Agent": token, Referer: `${URL_}/${token}`, Cookie: `a=${token}` } });
  assert.equal((await logged(`${mark}a`)).length, 1);
  assert.equal((await logged(`/${mark}c/-`)).length, 1);
  const all = fs.readdirSync(path.join(DIR, "log")).map((name) => fs.readFileSync(path.join(DIR, "log", name), "utf8"));
  assert.ok(!all.some((text) => text.includes(token)), "the token stands in a log");
  assert.ok(!all.some((text) => text.includes(`/claim/${mark}`) || text.includes(`/calendar/${mark}`)), "a short token stands in a log");
});

test("a header named Proxy changes nothing", needed, async () => {
  assert.equal((await ask("/healthz", { headers: { Proxy: "http://127.0.0.1:1" } })).status, 200);
});
