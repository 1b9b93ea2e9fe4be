// Tells the thread sanitizer of contended locks of Swift's `Mutex`. Those that are free are taken by an atomic operation that it sees; whoever
// has to wait does so in a library that isn't instrumented, and what the mutex guards would be reported as a race. To be loaded before a
// program that was built with --sanitize=thread (LD_PRELOAD); `run` does that.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self
#define NAME(name) "$s15Synchronization12_MutexHandleV" name

typedef SWIFT void (*lock_function)(uint32_t owner, SELF);
typedef SWIFT bool (*try_function)(SELF);
typedef SWIFT void (*unlock_function)(SELF);
typedef void (*annotation)(void *);

// The address is that of the mutex, on which the atomic operations are, too.
static void tell(const char *name, void *mutex) {
    annotation tell = (annotation)dlsym(RTLD_DEFAULT, name);
    if (tell != NULL) tell(mutex);
}

SWIFT void lock_slow(uint32_t owner, SELF) __asm__(NAME("9_lockSlowyys6UInt32VF"));
SWIFT void lock_slow(uint32_t owner, SELF) {
    ((lock_function)dlsym(RTLD_NEXT, NAME("9_lockSlowyys6UInt32VF")))(owner, self);
    tell("__tsan_acquire", self);
}

SWIFT bool try_lock_slow(SELF) __asm__(NAME("12_tryLockSlowSbyF"));
SWIFT bool try_lock_slow(SELF) {
    bool is_locked = ((try_function)dlsym(RTLD_NEXT, NAME("12_tryLockSlowSbyF")))(self);
    if (is_locked) tell("__tsan_acquire", self);
    return is_locked;
}

SWIFT void unlock_slow(SELF) __asm__(NAME("11_unlockSlowyyF"));
SWIFT void unlock_slow(SELF) {
    tell("__tsan_release", self);
    ((unlock_function)dlsym(RTLD_NEXT, NAME("11_unlockSlowyyF")))(self);
}
