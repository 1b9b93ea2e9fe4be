#include <malloc.h>

// Bytes that the program has allocated and not freed, in all arenas (mallinfo2(3)).
static inline size_t heap_bytes_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}
