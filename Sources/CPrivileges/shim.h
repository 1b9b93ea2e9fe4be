#include <errno.h>
#include <stdint.h>

// prctl(2) and syscall(2) have a variable number of arguments, which Swift can't call. Each returns 0, or an errno.
#if defined(__linux__)
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// The capabilities of the calling thread: effective, permitted, inheritable (capget(2)).
static inline int privileges_get(uint64_t sets[3]) {
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &head, data) != 0) return errno;
    sets[0] = data[0].effective | (uint64_t)data[1].effective << 32;
    sets[1] = data[0].permitted | (uint64_t)data[1].permitted << 32;
    sets[2] = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    return 0;
}

// Sets them for the calling thread, and for the threads that it starts.
static inline int privileges_set(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {
        {(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
        {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)},
    };
    return syscall(SYS_capset, &head, data) == 0 ? 0 : errno;
}

// Whether a capability is in the bounding set: 1 or 0; -1 when the kernel doesn't know it.
static inline int privileges_bounding_has(int capability) { return prctl(PR_CAPBSET_READ, capability, 0, 0, 0); }

// Takes a capability out of the bounding set; needs CAP_SETPCAP.
static inline int privileges_bounding_drop(int capability) {
    return prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0 ? 0 : errno;
}

// Whether a capability is in the ambient set: 1 or 0.
static inline int privileges_ambient_has(int capability) {
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0);
}

// Empties the ambient set.
static inline int privileges_ambient_clear(void) {
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 ? 0 : errno;
}

// No program that this thread, its threads and their children start gains rights by setuid bits or file capabilities.
static inline int privileges_forbid_new(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno; }

// No core dumps, and no debuggers of the same user.
static inline int privileges_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno; }
#endif
