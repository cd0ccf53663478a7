// The pictures of README.md: the way of one purchase on a phone and on a desk.
// Called by make, which sets the variables of server.env; the argument is where they go.
import { createHmac, randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";

const { chromium } = createRequire(path.join(process.cwd(), "package.json"))("playwright-core");
const env = process.env;
const out = process.argv[2];
const sizes = { desktop: { width: 1200, height: 700 }, phone: { width: 390, height: 844 } };
const buyer = { name: "Maya Lind", email: `maya.${randomBytes(2).toString("hex")}@example.com` };

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium-headless-shell", args: ["--no-sandbox"] });

// --- tools ---

async function context() {
  return browser.newContext({ viewport: sizes.desktop, locale: "en-GB", timezoneId: "Europe/Berlin", reducedMotion: "reduce" });
}

/** The page as it stands, in both sizes; on the desk at most HEIGHT of it, for pictures are heavy. */
async function take(page, name, height = 10000) {
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(size === "phone" ? viewport : { ...viewport, height: Math.min(height, viewport.height) });
    await page.evaluate(() => {
      document.activeElement?.blur();
      window.scrollTo(0, 0);
    });
    await page.screenshot({ path: path.join(out, `${name}-${size}.png`), animations: "disabled" });
  }
  await page.setViewportSize(sizes.desktop);
  console.log(`${name}: ${page.url().replace(/[A-Za-z0-9_-]{40,}/, "...")}`);
}

/** What an authenticator app shows now; a code counts once, so SKIP asks for a later one. */
function code(secret, skip) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replace(/[\s=]/g, "")].map((c) => alphabet.indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + skip));
  const mac = createHmac("sha1", key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, "0");
}

async function until(what, probe, seconds = 60) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    const found = await probe();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 500));
  }
  throw new Error(`${what}: not within ${seconds} s`);
}

// --- the customer ---

async function buy(page) {
  await page.goto(env.LATCHKEY_URL + "/");
  await take(page, "window", 460);
  await page.locator(".cards a").first().click();
  await take(page, "product", 640);
  await page.fill("#email", buyer.email);
  await page.fill("#name", buyer.name);
  await page.selectOption("#country", "DE");
  await page.check("#agree");
  await page.check("#consent");
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.fill("#card_number", "4242 4242 4242 4242");
  await page.fill("#exp", "12/34");
  await page.fill("#cvc", "123");
  await page.fill("#name", buyer.name);
  await take(page, "checkout");
  await page.getByRole("button", { name: /^Pay / }).click();
  await page.waitForURL(/\/welcome/);
  const number = new URL(page.url()).searchParams.get("order");
  // The page looks again by itself until the receipt has its number.
  await until("the welcome page", async () => (await page.getByText("(PDF)").count()) > 0);
  await take(page, "welcome");
  await page.getByRole("link", { name: /^Open / }).first().click();
  await take(page, "program");
  await page.goto(`${env.LATCHKEY_URL}/orders/${number}?order=${number}`);
  await take(page, "order");
  return number;
}

async function mail(page) {
  await until("the mail", async () => {
    await page.goto(`${env.LATCHKEY_SANDBOX_URL}/mailbox?to=${encodeURIComponent(buyer.email)}`);
    return (await page.getByRole("link", { name: /access/i }).count()) > 0;
  });
  await page.getByRole("link", { name: /access/i }).first().click();
  // The mailbox shows mails where no script runs, not even ours: so a copy, on an empty page.
  const link = page.getByRole("link", { name: "Open it on a page of its own" });
  const html = await page.request.get(new URL(await link.getAttribute("href"), page.url()).href);
  const copy = await page.context().newPage();
  await copy.setContent(await html.text());
  await take(copy, "mail");
}

/** The demo's newest failed payment: its mail, and the one page behind the link. */
async function failed(page) {
  await page.goto(`${env.LATCHKEY_URL}/help`);
  await take(page, "help", 640);
  await until("the mail about a failed payment", async () => {
    await page.goto(`${env.LATCHKEY_SANDBOX_URL}/mailbox`);
    return (await page.getByRole("link", { name: /Please check your card/ }).count()) > 0;
  });
  await page.getByRole("link", { name: /Please check your card/ }).first().click();
  const own = page.getByRole("link", { name: "Open it on a page of its own" });
  const html = await page.request.get(new URL(await own.getAttribute("href"), page.url()).href);
  await page.goto(/https?:[^"']*\/pay\/[A-Za-z0-9_-]+/.exec(await html.text())[0]);
  await take(page, "pay");
}

// --- the staff ---

async function staff(page, number) {
  for (let skip = 0; skip < 2; skip++) {
    await page.goto(env.LATCHKEY_ADMIN_URL + "/login");
    await page.fill("#email", env.LATCHKEY_DEMO_OWNER);
    await page.fill("#password", env.LATCHKEY_DEMO_PASSWORD);
    await page.fill("#code", code(env.LATCHKEY_DEMO_TOTP, skip));
    await page.getByRole("button", { name: "Log in" }).click();
    if (!page.url().includes("/login")) break;
  }
  if (page.url().includes("/login")) throw new Error("the owner cannot log in: wait a minute and try again");
  await page.goto(env.LATCHKEY_ADMIN_URL + "/");
  await take(page, "overview");
  await page.goto(env.LATCHKEY_ADMIN_URL + "/orders");
  await take(page, "staff-orders", 590);
  await page.goto(`${env.LATCHKEY_ADMIN_URL}/orders/${number}`);
  await take(page, "staff-order");
  await page.goto(env.LATCHKEY_ADMIN_URL + "/cases");
  await take(page, "cases", 640);
  await page.locator("tbody th a").nth(1).click();
  await take(page, "case");
  await page.goto(env.LATCHKEY_ADMIN_URL + "/reports/causes");
  await take(page, "causes");
}

try {
  const customer = await context();
  const number = await buy(await customer.newPage());
  await mail(await (await context()).newPage());
  if (env.LATCHKEY_DEMO_OWNER) {
    await failed(await (await context()).newPage());
    await staff(await (await context()).newPage(), number);
  }
  else console.log("no demo: the staff pages were left out");
} finally {
  await browser.close();
}
