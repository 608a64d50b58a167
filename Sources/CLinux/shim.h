#pragma once
#ifdef __linux__
#include <malloc.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/// The calling thread's number.
static inline int martlet_thread_number(void) { return (int)syscall(SYS_gettid); }

/// Lets all others go before a thread.
static inline void martlet_lower_priority(int thread) { setpriority(PRIO_PROCESS, (unsigned)thread, 19); }
#endif
