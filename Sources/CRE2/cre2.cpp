#include "CRE2.h"

#include <exception>
#include <string>

#include <re2/re2.h>
#include <re2/stringpiece.h>

struct cre2_pattern {
    RE2 expression;
    std::string part;

    cre2_pattern(const re2::StringPiece &source, const RE2::Options &options)
        : expression(source, options), part(expression.error_arg()) {}
};

extern "C" {

cre2_pattern *cre2_compile(const char *source, size_t length, int encoding, int64_t max_memory) {
    try {
        RE2::Options options;
        // The default prints to standard error.
        options.set_log_errors(false);
        options.set_encoding(encoding == CRE2_UTF8 ? RE2::Options::EncodingUTF8 : RE2::Options::EncodingLatin1);
        options.set_max_mem(max_memory);
        return new cre2_pattern(re2::StringPiece(source, length), options);
    } catch (const std::exception &) {
        return nullptr;
    }
}

void cre2_free(cre2_pattern *pattern) { delete pattern; }

const char *cre2_error(const cre2_pattern *pattern) {
    return pattern->expression.ok() ? nullptr : pattern->expression.error().c_str();
}

const char *cre2_error_part(const cre2_pattern *pattern, size_t *length) {
    *length = pattern->part.size();
    return pattern->part.data();
}

int cre2_size(const cre2_pattern *pattern) { return pattern->expression.ProgramSize(); }

int cre2_find(const cre2_pattern *pattern, const uint8_t *text, size_t length, size_t *end) {
    try {
        const re2::StringPiece bytes(reinterpret_cast<const char *>(text), length);
        re2::StringPiece match;
        if (!pattern->expression.Match(bytes, 0, length, RE2::UNANCHORED, &match, 1)) return 0;
        *end = static_cast<size_t>(match.data() - bytes.data()) + match.size();
        return 1;
    } catch (const std::exception &) {
        return -1;
    }
}

}  // extern "C"
