#pragma once
#include <curl/curl.h>

// curl_easy_setopt is variadic, which Swift cannot call: one function for each kind of value.
static inline CURLcode martlet_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode martlet_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode martlet_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode martlet_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

typedef size_t (*martlet_curl_read)(char *buffer, size_t size, size_t count, void *context);

static inline CURLcode martlet_curl_set_read(CURL *handle, martlet_curl_read read) {
    return curl_easy_setopt(handle, CURLOPT_READFUNCTION, read);
}

static inline CURLcode martlet_curl_response_code(CURL *handle, long *code) {
    return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, code);
}
