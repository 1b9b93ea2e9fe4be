// A C interface to RE2, for Swift without C++ interoperability. No exception leaves it.
#ifndef CRE2_H
#define CRE2_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled pattern; any thread may match with it.
typedef struct cre2_pattern cre2_pattern;

/// How a pattern and a text are read: as characters of UTF-8, or byte by byte.
enum { CRE2_UTF8 = 0, CRE2_BYTES = 1 };

/// Compiles a pattern; NULL when there is no memory. What is wrong with it, `cre2_error` says.
cre2_pattern *cre2_compile(const char *source, size_t length, int encoding, int64_t max_memory);

void cre2_free(cre2_pattern *pattern);

/// What is wrong with the pattern; NULL for a good one. Lives as long as the pattern.
const char *cre2_error(const cre2_pattern *pattern);

/// The part of the pattern that is wrong; empty when it is no part. Lives as long as the pattern.
const char *cre2_error_part(const cre2_pattern *pattern, size_t *length);

/// How many steps a byte of text takes at most.
int cre2_size(const cre2_pattern *pattern);

/// Finds the leftmost match: 1 and where it ends, 0 without one, -1 when there is no memory.
int cre2_find(const cre2_pattern *pattern, const uint8_t *text, size_t length, size_t *end);

#ifdef __cplusplus
}
#endif

#endif
