// Staff and failed payments at the screen: the list, one case, a call, a mail, what comes of it; the
// customer's rating; the report of causes. With a phone and at a desk, and without JavaScript.

import { after, before, describe, test } from 'node:test';

import { startFailing } from '../web/lib/failing.mjs';
import { needs, quote } from '../web/lib/house.mjs';
import { mailTo } from '../web/lib/mailbox.mjs';
import { becomes } from '../web/lib/purchase.mjs';
import { sitAsStaff } from './lib/desk.mjs';
import { Eyes } from './lib/eyes.mjs';

let own, eyes;
const resolved = (made) => becomes(own, `(SELECT status FROM cases WHERE id = ${made.case.id}) = 'resolved'`);

describe('staff and failed payments at the screen', needs, () => {
        before(async () => {
                own = await startFailing();
                eyes = new Eyes(own.url);
                await eyes.open();
        });
        after(async () => {
                await eyes?.close();
                await own?.end();
        });

        test('S1.10 S1.11 a case from the list to its rating', async () => {
                const made = await own.failed('pm_card_visa_chargeDeclinedInsufficientFunds');
                own.sql(`UPDATE customers SET name = ${quote('Zoë Abend')} WHERE id = ${made.case.customer_id}`);
                const visit = await sitAsStaff(eyes, own, 'desk', 'owner', 'Mara Lind');
                const { page } = visit;
                visit.forgive(/status of 422/);
                await visit.go('/admin/');
                await visit.follow(/failed payment/);
                await visit.see('Failed payments');
                await visit.picture('cases');
                await visit.follow('Zoë Abend');
                await visit.see('Zoë Abend Open');
                await visit.press('Take it');
                await visit.has('It is yours now', 'Not enough money on the account');
                await visit.press('Note the call');
                await visit.see('Zoë Abend Open');
                await visit.has('Say what came of the call');
                await page.locator('#outcome').selectOption('reached');
                await page.getByLabel('What was said?').fill('Will use another card');
                await visit.press('Note the call');
                await visit.has('The call is noted', 'Mara Lind called: Reached');
                await page.getByLabel('Your mail').fill('Good to talk to you. The link is in my last mail.');
                await visit.press('Send it');
                await visit.has('Your mail is on its way');
                await own.change(made, 'pm_card_visa');
                await page.reload();
                await page.locator('#why').fill('They said so on the phone');
                await visit.press(/^Charge Visa/);
                await resolved(made);
                await visit.go(`/admin/cases/${made.case.id}`);
                await visit.see('Zoë Abend Resolved');
                await visit.picture('case');
                await page.locator('#cause').selectOption('forgotten');
                await page.getByRole('button', { name: 'Close it' }).click();
                await visit.see('Zoë Abend Closed');
                await visit.has('Cause: It was forgotten');
                await visit.leave();

                await own.noon(2);
                const mail = await mailTo(own, made.email, /How did we do/);
                const [link] = /\/rate\/[\w-]{43}/.exec(mail.text);
                const reader = await eyes.sit('phone');
                await reader.go(link);
                await reader.see('How did this go for you?');
                await reader.picture('rate');
                const plain = await eyes.sit('phone', { javaScriptEnabled: false });
                await plain.go(link);
                await plain.see('How did this go for you?');
                await plain.press(/^1 Bad/);
                await plain.see('Thank you');
                await plain.leave();
                await reader.press(/Not good/);
                await reader.see('Thank you');
                await reader.has('Noted: Not good');
                await reader.page.getByLabel('What should we know?').fill('My bank asked three times.');
                await reader.press('Send it');
                await reader.has('We have your words');
                await reader.picture('rated');
                await reader.leave();

                const report = await sitAsStaff(eyes, own, 'desk', 'owner', 'Mara Lind');
                await report.go('/admin/reports/causes');
                await report.see('Causes of failed payments');
                await report.has('It was forgotten', 'My bank asked three times.');
                await report.page.locator('#on').fill(own.sql('SELECT app_now()::date - 3'));
                await report.page.getByLabel('What was changed?').fill('A kinder text');
                await report.press('Write it down');
                await report.see('Causes of failed payments');
                await report.has('The change is written down', 'A kinder text');
                await report.page.getByText('The weeks as a table').click();
                await report.picture('causes');
                await report.page.getByRole('link', { name: /^Edit/ }).first().click();
                await report.see('A change');
                await report.go('/admin/cases?state=all');
                await report.see('Failed payments');
                await report.picture('cases-all');
                await report.leave();
        });
});
