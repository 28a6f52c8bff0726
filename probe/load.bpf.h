/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Loads from kernel memory. What a deletion costs is mostly calls, which mitigations make dear:
 * where the kernel has bpf_rdonly_cast() (since 6.2) a load is one instruction and no call.
 */
#ifndef WHODEL_LOAD_BPF_H
#define WHODEL_LOAD_BPF_H

#include "probe/config.h"
#include "probe/kernel.h"

const volatile struct probe_config config = {};

extern void *bpf_rdonly_cast(const void *object, __u32 btf_id) __ksym __weak;

/* As a type that begins with three words: only address and width of the load matter. */
static __always_inline const void *readable(const void *at)
{
	return bpf_rdonly_cast(at, bpf_core_type_id_kernel(struct kstatfs));
}

/*
 * LOAD(task->fs): its value, 0 where the address is bad. At most 8 bytes. LOAD(LOAD(a->b)->c)
 * follows pointers.
 */
#define LOAD(lvalue)                                                                               \
	({                                                                                         \
		typeof(lvalue) loaded_;                                                            \
		const void *address_ = &(lvalue);                                                  \
		if (config.direct_loads)                                                           \
			loaded_ = *(const typeof(lvalue) *)readable(address_);                     \
		else                                                                               \
			bpf_probe_read_kernel(&loaded_, sizeof(loaded_), address_);                \
		loaded_;                                                                           \
	})

#endif
