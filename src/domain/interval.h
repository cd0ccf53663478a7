/* interval: how sure a share is: 95 % intervals of a proportion, and of the difference of two. */
#ifndef LATCHKEY_DOMAIN_INTERVAL_H
#define LATCHKEY_DOMAIN_INTERVAL_H

#include <stdint.h>

/* SHARE is what was seen, from LOW to HIGH where the true one lies in 95 of 100 cases. */
struct interval { double share, low, high; };

/* K of N, by Wilson's score interval; N of 0 is the whole range from 0 to 1. */
struct interval interval_wilson(int64_t k, int64_t n);

/* Share 2 less share 1, by Newcombe's hybrid score interval (1998, method 10), which is made of
 * the two Wilson intervals. */
struct interval interval_difference(int64_t k1, int64_t n1, int64_t k2, int64_t n2);

#endif
