// Chance that can be had again: the same seed gives the same numbers.
//
//   const dice = newDice(20260101);
//   dice.below(6)  dice.between(3, 9)  dice.chance(0.2)  dice.pick(list)
//   dice.weighted({ good: 6, soft: 3, dead: 1 })      'good' six times of ten
//   dice.fork(17)                                      another one, that this one's use does not move

export function newDice(seed) {
        let state = seed >>> 0;
        const next = () => {
                state = (state + 0x6D2B79F5) >>> 0;
                let x = Math.imul(state ^ (state >>> 15), state | 1);
                x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
                return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
        };
        const below = (n) => Math.floor(next() * n);
        return {
                below,
                between: (least, most) => least + below(most - least + 1),
                chance: (share) => next() < share,
                pick: (list) => list[below(list.length)],
                weighted(shares) {
                        const all = Object.entries(shares);
                        let at = next() * all.reduce((sum, [, share]) => sum + share, 0);
                        return (all.find(([, share]) => (at -= share) < 0) ?? all.at(-1))[0];
                },
                fork: (n) => newDice(Math.imul(seed ^ 0x9E3779B9, 2654435761) + Math.imul(n + 1, 40503)),
        };
}
