/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/http/headers.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HEADERS_HTTP_PORT = 80, HEADERS_HTTPS_PORT = 443 };

static const char headers_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool headers_number(const char *text, uint64_t *number) {
    uint64_t value = 0;
    if (text[0] == '\0') {
        return false;
    }
    for (const char *at = text; *at != '\0'; at++) {
        if (*at < '0' || *at > '9') {
            return false;
        }
        const uint64_t digit = (uint64_t)(*at - '0');
        if (value > ((uint64_t)INT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

/* Splits "name:port", "[address]:port" or either without a port. */
static bool headers_split(const char *host, char name[HEADERS_NAME_BYTES_MAX + 1], bool *numeric6,
                          uint64_t *port, bool *port_given) {
    const char *end = host + strcspn(host, ":");
    *numeric6 = host[0] == '[';
    if (*numeric6) {
        host++;
        end = host + strcspn(host, "]");
        if (*end != ']') {
            return false;
        }
    }
    const size_t bytes = (size_t)(end - host);
    if (bytes == 0 || bytes > HEADERS_NAME_BYTES_MAX) {
        return false;
    }
    memcpy(name, host, bytes);
    name[bytes] = '\0';
    end += *numeric6 ? 1 : 0;
    *port_given = *end == ':';
    return *end == '\0' || (*port_given && headers_number(end + 1, port));
}

bool headers_host_allowed(const char *host, uint16_t port, bool secure,
                          const struct headers_names *names) {
    char name[HEADERS_NAME_BYTES_MAX + 1];
    bool numeric6 = false;
    bool port_given = false;
    uint64_t asked = 0;
    unsigned char address[sizeof(struct in6_addr)];
    if (!headers_split(host, name, &numeric6, &asked, &port_given)) {
        return false;
    }
    if (!port_given) {
        asked = secure ? HEADERS_HTTPS_PORT : HEADERS_HTTP_PORT;
    }
    if (asked != port) {
        return false;
    }
    if (numeric6) {
        return inet_pton(AF_INET6, name, address) == 1;
    }
    if (inet_pton(AF_INET, name, address) == 1 || strcasecmp(name, "localhost") == 0) {
        return true;
    }
    for (size_t i = 0; names != NULL && i < names->name_count; i++) {
        if (strcasecmp(name, names->names[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool headers_origin_same(const char *origin, const char *host, bool secure) {
    const char *const scheme = secure ? "https://" : "http://";
    const size_t scheme_bytes = strlen(scheme);
    return strncasecmp(origin, scheme, scheme_bytes) == 0 &&
           strcasecmp(origin + scheme_bytes, host) == 0;
}

bool headers_cookie(const char *header, const char *name, char *value, size_t value_capacity) {
    const size_t name_bytes = strlen(name);
    for (const char *at = header; *at != '\0';) {
        at += strspn(at, " \t;");
        const size_t bytes = strcspn(at, ";");
        if (bytes > name_bytes && strncmp(at, name, name_bytes) == 0 && at[name_bytes] == '=') {
            const size_t value_bytes = bytes - name_bytes - 1;
            if (value_bytes >= value_capacity) {
                return false;
            }
            memcpy(value, at + name_bytes + 1, value_bytes);
            value[value_bytes] = '\0';
            return true;
        }
        at += bytes;
    }
    return false;
}

bool headers_token_valid(const char *text) {
    const size_t bytes = strspn(text, headers_letters);
    return bytes == HEADERS_TOKEN_BYTES - 1 && text[bytes] == '\0';
}

bool headers_bearer(const char *header, char token[HEADERS_TOKEN_BYTES]) {
    static const char scheme[] = "Bearer ";
    const char *const text = header + sizeof scheme - 1;
    if (strncasecmp(header, scheme, sizeof scheme - 1) != 0 || !headers_token_valid(text)) {
        return false;
    }
    memcpy(token, text, HEADERS_TOKEN_BYTES);
    return true;
}

bool headers_json(const char *content_type) {
    static const char json[] = "application/json";
    if (strncasecmp(content_type, json, sizeof json - 1) != 0) {
        return false;
    }
    const char *rest = content_type + sizeof json - 1;
    rest += strspn(rest, " \t;");
    return rest[0] == '\0' || strcasecmp(rest, "charset=utf-8") == 0;
}

bool headers_match(const char *if_none_match, const char *tag) {
    const size_t tag_bytes = strlen(tag);
    for (const char *at = if_none_match; *at != '\0';) {
        at += strspn(at, " \t,");
        if (strncmp(at, "W/", 2) == 0) {
            at += 2;
        }
        const size_t bytes = strcspn(at, ", \t");
        if ((bytes == tag_bytes && strncmp(at, tag, bytes) == 0) || (bytes == 1 && at[0] == '*')) {
            return true;
        }
        at += bytes;
    }
    return false;
}
