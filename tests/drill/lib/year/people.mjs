// Who buys in the simulated year, what, when, with which card, and what they will want of their
// plan: all of it from the seed alone.

export const zones = [['Europe/Berlin', 'DE'], ['Europe/London', 'GB'], ['America/New_York', 'US'], ['America/Los_Angeles', 'US'], ['America/St_Johns', 'CA'],
        ['Asia/Tokyo', 'JP'], ['Asia/Kathmandu', 'NP'], ['Australia/Lord_Howe', 'AU'], ['Pacific/Auckland', 'NZ'], ['Africa/Cairo', 'EG']];

/** The shelf: how each product is paid.  DAY names the day so many days after the first. */
export const shelf = (day) => ({
        weekly: 'schedule=8 weekly instalments\namount=120.01',
        fortnightly: 'schedule=6 fortnightly instalments\ncurrency=JPY\namount=20000',
        monthly: 'schedule=6 monthly instalments\namount=490.02',
        deposit: 'schedule=3 monthly instalments\ndeposit=25%\ncurrency=BHD\namount=100.010',
        ahead: 'schedule=4 monthly instalments\ndeposit=50.00\ncurrency=GBP\namount=349.99',
        dates: `schedule=instalments on ${[24, 45, 73, 94].map(day).join(', ')}\ncurrency=USD\namount=250.01`,
        monthsub: 'schedule=monthly subscription\namount=19.00',
        weeksub: 'schedule=weekly subscription\ncurrency=JPY\namount=900',
        quartersub: 'schedule=quarterly subscription\namount=49.00',
});

const products = { weekly: 18, fortnightly: 14, monthly: 24, deposit: 10, ahead: 8, dates: 10, monthsub: 8, weeksub: 4, quartersub: 4 };
// Bank debits are paid in euros alone.
const inEuros = ['weekly', 'monthly', 'monthsub', 'quartersub'];
const cards = { good: 56, soft: 16, dead: 7, expired: 7, disputed: 4, debit: 6, debitFails: 2, asks: 2 };
const wishes = { early: 12, all: 4, move: 16, day: 8, skip: 8, pause: 8, smaller: 8, words: 8, far: 6, zone: 4, quiet: 4, newCard: 6, cancel: 8 };
const reactions = { nothing: 24, now: 16, card: 30, promise: 10, transfer: 5, question: 4, change: 6, giveUp: 5 };

/** CUSTOMERS people of a year of DAYS days. */
export function population(dice, customers, days) {
        const span = Math.max(10, Math.floor(days * (days > 200 ? 0.7 : 0.35)));
        return Array.from({ length: customers }, (_, n) => {
                const own = dice.fork(n);
                const product = own.weighted(products);
                const [zone, country] = own.pick(zones);
                const buysOn = own.below(product === 'dates' ? 20 : span);
                const drawn = own.weighted(cards);
                const card = drawn.startsWith('debit') && !inEuros.includes(product) ? 'good' : drawn;
                const failsOn = buysOn + own.between(4, 40);
                const wanted = own.chance(0.55) ? own.between(1, 3) : 0;
                return {
                        n, dice: own, product, zone, country, buysOn, card, email: `year-${n}@example.org`, name: `Person ${n}`, links: [], gaveUp: false,
                        failsOn, worksOn: card === 'soft' ? failsOn + own.between(8, 35) : Infinity, reaction: own.weighted(reactions),
                        wishes: Array.from({ length: wanted }, () => ({ on: buysOn + own.between(2, 60), what: own.weighted(wishes) })),
                };
        });
}
