// Somebody of the staff, at a screen: the way in without a closer look.

import { newStaff } from '../../web/lib/staff.mjs';

/** A visit whose browser is logged in as a new member of staff; that person is visit.person. */
export async function sitAsStaff(eyes, house, shape, role, name, options = {}) {
        const visit = await eyes.sit(shape, options);
        visit.person = await newStaff(house, role, name);
        await visit.context.addCookies([{ name: 'lk_staff', value: visit.person.browser.jar().get('lk_staff'), url: house.url }]);
        return visit;
}
