#pragma once
#include <string.h>
#include <zlib.h>

// What the library has as macros.

/// Begins a gzip stream.
static inline int martlet_gzip_begin(z_stream *stream, int level) {
    memset(stream, 0, sizeof *stream);
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
