/* SPDX-License-Identifier: Apache-2.0 */
/* A socket that listens. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/http/http_parts.h"

enum { HTTP_PORT_BYTES = 8 };

/* Splits "host:port"; the host loses its brackets. */
static bool http_split(const char *address, char host[HTTP_ADDRESS_BYTES],
                       char port[HTTP_PORT_BYTES]) {
    const char *const colon = strrchr(address, ':');
    uint64_t number = 0;
    if (colon == NULL || colon == address || !headers_number(colon + 1, &number) ||
        number > UINT16_MAX) {
        return false;
    }
    const bool brackets = address[0] == '[' && colon[-1] == ']';
    const char *const first = address + (brackets ? 1 : 0);
    const size_t bytes = (size_t)(colon - first) - (brackets ? 1 : 0);
    if (bytes == 0 || bytes >= HTTP_ADDRESS_BYTES) {
        return false;
    }
    memcpy(host, first, bytes);
    host[bytes] = '\0';
    snprintf(port, HTTP_PORT_BYTES, "%u", (unsigned)number);
    return true;
}

static bool http_is_loopback(const struct sockaddr *address) {
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *const four = (const struct sockaddr_in *)(const void *)address;
        return ntohl(four->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *const six = (const struct sockaddr_in6 *)(const void *)address;
    return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

/* What was bound, as people write it. */
static bool http_name(struct http_server *server, int listener) {
    struct sockaddr_storage bound = {0};
    socklen_t bound_bytes = sizeof bound;
    char host[INET6_ADDRSTRLEN];
    char port[HTTP_PORT_BYTES];
    struct sockaddr *const address = (struct sockaddr *)&bound;
    uint64_t number = 0;
    if (getsockname(listener, address, &bound_bytes) != 0 ||
        getnameinfo(address, bound_bytes, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0 ||
        !headers_number(port, &number)) {
        return false;
    }
    server->port = (uint16_t)number;
    server->loopback = http_is_loopback(address);
    snprintf(server->address, sizeof server->address,
             bound.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    snprintf(server->cookie, sizeof server->cookie, "spillover-%s", port);
    return true;
}

enum spill_status http_listen(struct http_server *server, const char *address, int *listener,
                              struct spill_error *error) {
    char host[HTTP_ADDRESS_BYTES];
    char port[HTTP_PORT_BYTES];
    struct addrinfo *found = NULL;
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    if (!http_split(address, host, port) || getaddrinfo(host, port, &wanted, &found) != 0) {
        return spill_fail(error, SPILL_INVALID,
                          "'%s' is no address for pages; write it as 127.0.0.1:8080 or [::1]:0",
                          address);
    }
    const int on = 1;
    const int buffer_bytes = HTTP_STREAM_BUFFER_BYTES;
    const int made = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    /* What the system holds for one reader is bounded, so that a slow one is known to be slow. */
    const bool bound =
        made >= 0 && setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        setsockopt(made, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes) == 0 &&
        bind(made, found->ai_addr, found->ai_addrlen) == 0 && listen(made, HTTP_BACKLOG) == 0 &&
        http_name(server, made);
    freeaddrinfo(found);
    if (!bound) {
        const enum spill_status status = spill_fail(
            error, SPILL_UNAVAILABLE, "pages cannot be served on %s: %s", address, strerror(errno));
        if (made >= 0) {
            (void)close(made);
        }
        return status;
    }
    *listener = made;
    return SPILL_OK;
}
