#pragma once
#include <dlfcn.h>
#include <stddef.h>

// libvips is loaded when the first picture is made smaller: with the sixty libraries behind it, it would double the time
// to start and the memory of a server that makes none. Its functions are variadic, which Swift cannot call either way.
// The declarations are those of libvips 8 (soname 42), whose binary interface is stable.

typedef struct martlet_vips_image martlet_vips_image;

typedef struct {
    void *init, *image_new_from_file, *image_new_from_buffer, *thumbnail, *thumbnail_buffer, *extract_area;
    void *image_write_to_buffer, *image_get_width, *image_get_height, *error_buffer, *error_clear;
    void *image_get_orientation_swap, *image_get_typeof, *image_get_interpretation;
    void *concurrency_set, *cache_set_max, *block_untrusted_set, *object_unref, *free;
} martlet_vips;

static inline int martlet_vips_load(martlet_vips *vips, const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) return 0;
    struct { void **slot; const char *name; } wanted[] = {
        {&vips->init, "vips_init"}, {&vips->image_new_from_file, "vips_image_new_from_file"},
        {&vips->image_new_from_buffer, "vips_image_new_from_buffer"}, {&vips->thumbnail, "vips_thumbnail"},
        {&vips->thumbnail_buffer, "vips_thumbnail_buffer"}, {&vips->extract_area, "vips_extract_area"},
        {&vips->image_write_to_buffer, "vips_image_write_to_buffer"},
        {&vips->image_get_width, "vips_image_get_width"}, {&vips->image_get_height, "vips_image_get_height"},
        {&vips->error_buffer, "vips_error_buffer"}, {&vips->error_clear, "vips_error_clear"},
        {&vips->concurrency_set, "vips_concurrency_set"}, {&vips->cache_set_max, "vips_cache_set_max"},
        {&vips->block_untrusted_set, "vips_block_untrusted_set"}, {&vips->object_unref, "g_object_unref"},
        {&vips->free, "g_free"}, {&vips->image_get_orientation_swap, "vips_image_get_orientation_swap"},
        {&vips->image_get_typeof, "vips_image_get_typeof"},
        {&vips->image_get_interpretation, "vips_image_get_interpretation"},
    };
    for (size_t index = 0; index < sizeof(wanted) / sizeof(wanted[0]); index++) {
        *wanted[index].slot = dlsym(library, wanted[index].name);
        if (!*wanted[index].slot) return 0;
    }
    if (((int (*)(const char *))vips->init)("martlet") != 0) return 0;
    // One thread for each picture, and no memory of those before; loaders that their authors do not trust stay shut.
    ((void (*)(int))vips->concurrency_set)(1);
    ((void (*)(int))vips->cache_set_max)(0);
    ((void (*)(int))vips->block_untrusted_set)(1);
    return 1;
}

static inline martlet_vips_image *martlet_vips_open_file(const martlet_vips *vips, const char *path) {
    return ((martlet_vips_image * (*)(const char *, ...)) vips->image_new_from_file)(path, (void *)NULL);
}

static inline martlet_vips_image *
martlet_vips_open_buffer(const martlet_vips *vips, const void *bytes, size_t count) {
    return ((martlet_vips_image * (*)(const void *, size_t, const char *, ...)) vips->image_new_from_buffer)(
        bytes, count, "", (void *)NULL);
}

// Whether colours have to be converted to be those of sRGB: they come with a profile, or are inks (15 is
// VIPS_INTERPRETATION_CMYK).
static inline int martlet_vips_has_other_colors(const martlet_vips *vips, martlet_vips_image *image) {
    return ((size_t(*)(martlet_vips_image *, const char *))vips->image_get_typeof)(image, "icc-profile-data") != 0 ||
        ((int (*)(martlet_vips_image *))vips->image_get_interpretation)(image) == 15;
}

// VIPS_SIZE_FORCE is 3: the sides are as they are asked for, whatever the ratio. VIPS_FAIL_ON_ERROR is 2: half a picture
// is none. A list of options ends at the first NULL, so the profile comes last.
static inline martlet_vips_image *martlet_vips_thumbnail_file(
    const martlet_vips *vips, const char *path, int width, int height, int converts_colors) {
    martlet_vips_image *image = NULL;
    ((int (*)(const char *, martlet_vips_image **, int, ...))vips->thumbnail)(
        path, &image, width, "height", height, "size", 3, "fail_on", 2,
        converts_colors ? "export_profile" : (char *)NULL, "srgb", (void *)NULL);
    return image;
}

static inline martlet_vips_image *martlet_vips_thumbnail_buffer(
    const martlet_vips *vips, const void *bytes, size_t count, int width, int height, int converts_colors) {
    martlet_vips_image *image = NULL;
    ((int (*)(const void *, size_t, martlet_vips_image **, int, ...))vips->thumbnail_buffer)(
        bytes, count, &image, width, "height", height, "size", 3, "fail_on", 2,
        converts_colors ? "export_profile" : (char *)NULL, "srgb", (void *)NULL);
    return image;
}

static inline martlet_vips_image *martlet_vips_crop(
    const martlet_vips *vips, martlet_vips_image *image, int left, int top, int width, int height) {
    martlet_vips_image *part = NULL;
    ((int (*)(martlet_vips_image *, martlet_vips_image **, int, int, int, int, ...))vips->extract_area)(
        image, &part, left, top, width, height, (void *)NULL);
    return part;
}

/// The suffix tells format and options. The bytes are to be given to martlet_vips_free.
static inline void *martlet_vips_encode(
    const martlet_vips *vips, martlet_vips_image *image, const char *suffix, size_t *count) {
    void *bytes = NULL;
    int code = ((int (*)(martlet_vips_image *, const char *, void **, size_t *, ...))vips->image_write_to_buffer)(
        image, suffix, &bytes, count, (void *)NULL);
    return code == 0 ? bytes : NULL;
}

static inline int martlet_vips_width(const martlet_vips *vips, martlet_vips_image *image) {
    return ((int (*)(martlet_vips_image *))vips->image_get_width)(image);
}

static inline int martlet_vips_height(const martlet_vips *vips, martlet_vips_image *image) {
    return ((int (*)(martlet_vips_image *))vips->image_get_height)(image);
}

/// Whether width and height change places when the picture is turned as its camera was.
static inline int martlet_vips_is_turned(const martlet_vips *vips, martlet_vips_image *image) {
    return ((int (*)(martlet_vips_image *))vips->image_get_orientation_swap)(image);
}

static inline void martlet_vips_close(const martlet_vips *vips, martlet_vips_image *image) {
    if (image) ((void (*)(void *))vips->object_unref)(image);
}

static inline void martlet_vips_free(const martlet_vips *vips, void *bytes) {
    ((void (*)(void *))vips->free)(bytes);
}

static inline const char *martlet_vips_error(const martlet_vips *vips) {
    return ((const char *(*)(void))vips->error_buffer)();
}

static inline void martlet_vips_clear_error(const martlet_vips *vips) {
    ((void (*)(void))vips->error_clear)();
}
