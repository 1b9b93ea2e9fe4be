#include <stdlib.h>

#if defined(__GLIBC__)
#include <malloc.h>

// Bytes that the program has allocated and not freed, in all arenas (mallinfo2(3)).
static inline size_t heap_bytes_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

// Blocks from so many bytes on are mapped one by one, and unmapped when they are freed (mallopt(3), M_MMAP_THRESHOLD); threads share
// so many arenas (M_ARENA_MAX).
static inline void heap_configure(int mapped_from, int arenas) {
    mallopt(M_MMAP_THRESHOLD, mapped_from);
    mallopt(M_ARENA_MAX, arenas);
}

// Gives free pages back to the system (malloc_trim(3)).
static inline void heap_trim(void) { malloc_trim(0); }
#else
static inline size_t heap_bytes_in_use(void) { return 0; }
static inline void heap_configure(int mapped_from, int arenas) {}
static inline void heap_trim(void) {}
#endif
