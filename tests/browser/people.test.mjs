// Somebody else uses what one pays for (S2.12, S2.13), as a person sees it.

import { after, before, test } from 'node:test';

import { address, here, needs } from '../web/lib/house.mjs';
import { mailTo } from '../web/lib/mailbox.mjs';
import { course } from '../web/lib/purchase.mjs';
import { Eyes, fillOrder, payByCard } from './lib/eyes.mjs';

const eyes = new Eyes(here?.url);

before(() => here && eyes.open());
after(() => eyes.close());

test('S2.12: bought for somebody else', needs, async () => {
        const [payer, user] = [await eyes.sit('phone'), await eyes.sit('phone')];
        const email = address('user');
        payer.forgive(/status of 422/);
        await payer.go(`/products/${course}`);
        await fillOrder(payer);
        await payer.press('Continue to payment');
        await payer.page.waitForURL(/\/c\/pay\//);
        await payByCard(payer);
        await payer.reach('Thank you. You are in.');
        await payer.follow('Let them use it');
        await payer.see('Who it is for');
        await payer.press('Send the invitation');
        await payer.page.locator('#name').fill('Uma User');
        await payer.page.locator('#email').fill(payer.email ?? 'broken@');
        await payer.page.locator('form').first().evaluate((form) => { form.noValidate = true; });
        await payer.press('Send the invitation');
        await payer.see('Who it is for');
        await payer.page.locator('#email').fill(email);
        await payer.press('Send the invitation');
        await payer.page.getByRole('status').waitFor();
        await payer.see('Who it is for');
        await payer.has('The invitation is on its way', 'Is invited', 'Uma User');
        await payer.follow('Send copies of our mails to an assistant');
        await payer.see('Copies for somebody else');
        await user.go((await mailTo(here, email, /^For you/)).link);
        await user.see('Light & Lens is for you');
        await user.press('Accept and open it');
        await user.see('Choose a password');
        await user.follow('Not now, go to my programs');
        await user.see('Your programs');
        await user.follow('Light & Lens');
        await user.see('Light & Lens');
        await user.has(/Bought for you/);
        await payer.leave();
        await user.leave();
});
