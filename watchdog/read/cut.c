/* SPDX-License-Identifier: ISC */
/* Line ends, 64 and 128 bytes at a time where the processor can. */
#include "watchdog/read/cut.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* From byte i on, with k ends found so far. */
static size_t
cut_rest(const char *p, size_t i, size_t n, uint32_t *end, size_t k, size_t max)
{
	const char *lf;

	while (k < max && i < n) {
		lf = memchr(p + i, '\n', n - i);
		if (lf == NULL)
			break;
		i = (size_t)(lf - p) + 1;
		end[k++] = (uint32_t)i;
	}
	return k < max ? k : max;
}

size_t
cut_lines_plain(const char *p, size_t n, uint32_t *end, size_t max)
{
	return cut_rest(p, 0, n, end, 0, max);
}

#if defined(__x86_64__)
/* The bits of a mask, lowest first, as ends behind offset i. */
static inline size_t
spill(uint64_t mask, size_t i, uint32_t *end, size_t k)
{
	for (; mask != 0; mask &= mask - 1)
		end[k++] = (uint32_t)(i + 1 + (size_t)__builtin_ctzll(mask));
	return k;
}

static inline uint64_t
mask_sse2(const char *p)
{
	const __m128i lf = _mm_set1_epi8('\n');
	uint64_t m = 0;

	for (int i = 0; i < 4; i++)
		m |= (uint64_t)(unsigned)_mm_movemask_epi8(
			 _mm_cmpeq_epi8(_mm_loadu_si128(
					    (const __m128i *)(p + 16 * i)),
			     lf))
		    << 16 * i;
	return m;
}

/* Every x86-64 has SSE2. */
static size_t
cut_sse2(const char *p, size_t n, uint32_t *end, size_t max)
{
	size_t i, k = 0;

	for (i = 0; i + 64 <= n && k < max; i += 64)
		k = spill(mask_sse2(p + i), i, end, k);
	return cut_rest(p, i, n, end, k, max);
}

__attribute__((target("avx2,bmi"))) static inline uint64_t
mask_avx2(const char *p)
{
	const __m256i lf = _mm256_set1_epi8('\n');
	__m256i a = _mm256_loadu_si256((const __m256i *)p);
	__m256i b = _mm256_loadu_si256((const __m256i *)(p + 32));

	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, lf)) |
	    (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, lf))
	    << 32;
}

/*
 * Log lines are longer than 64 bytes, as a rule: each half then has one end
 * or none, at random, and a branch on that would be mispredicted every other
 * time.  So the end is written anyway, and kept only if it was one.
 */
__attribute__((target("avx2,bmi"))) static size_t
cut_avx2(const char *p, size_t n, uint32_t *end, size_t max)
{
	uint64_t a, b;
	size_t i, k = 0;

	for (i = 0; i + 128 <= n && k < max; i += 128) {
		/* a prefetch past the end is harmless */
		__builtin_prefetch(p + i + 1024);
		__builtin_prefetch(p + i + 1088);
		a = mask_avx2(p + i);
		b = mask_avx2(p + i + 64);
		if (((a & (a - 1)) | (b & (b - 1))) != 0) {
			k = spill(a, i, end, k);
			k = spill(b, i + 64, end, k);
			continue;
		}
		end[k] = (uint32_t)(i + 1 + _tzcnt_u64(a));
		k += a != 0;
		end[k] = (uint32_t)(i + 65 + _tzcnt_u64(b));
		k += b != 0;
	}
	return cut_rest(p, i, n, end, k, max);
}

size_t
cut_lines(const char *p, size_t n, uint32_t *end, size_t max)
{
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
		return cut_avx2(p, n, end, max);
	return cut_sse2(p, n, end, max);
}
#else
size_t
cut_lines(const char *p, size_t n, uint32_t *end, size_t max)
{
	return cut_rest(p, 0, n, end, 0, max);
}
#endif
