/**
 * A disk of one megabyte (SeaBIOS does not boot from less) whose boot sector proves that an accelerator runs a guest.
 * It does what every 64-bit kernel does first and broken nested virtualization fails at: enables paging and long mode,
 * reads CPUID, TSC and model-specific registers, uses SSE, then resets the machine by port 0xcf9. On a machine with
 * `on_reboot` destroy, a guest that works is gone within a second; one that hangs or aborts is not.
 *
 * In the order of the bytes: A20 by port 0x92; page tables at 0x1000, 0x2000, 0x3000 for one 2 MiB page; CR4.PAE,
 * OSFXSR, OSXMMEXCPT; EFER.LME; a GDT of a 64-bit code and a data segment; CR0.PE and PG; far jump; CPUID leaves 0 and 1;
 * RDTSC; IA32_PAT (0x277) and GS_BASE (0xc0000101) read and written back; PXOR; 1,000 times PAUSE; 6 to port 0xcf9.
 */
const CODE = [
  'fa31c08ed88ec08ed0bc007ce4920c02e692bf00106631c0b9000cfc66f3ab66c70600100320000066c7060020033000',
  '0066c70600308300000066b8001000000f22d80f20e0660d200600000f22e066b9800000c00f32660d000100000f3066',
  '0f0116d87c0f20c06683e0fb660d030000800f22c0ea7a7c0800b8100000008ed031c00fa2b8010000000fa20f31b977',
  '0200000f320f30b9010100c00f320f30660fefc0b9e8030000f390e2fcb806000000baf90c0000eef4ebfd0f1f440000',
  '000000000000000000000000009a200000000000009200001700c07c',
].join('');

const DISK_BYTES = 1 << 20;

export function bootSectorDisk(): Buffer {
  const disk = Buffer.alloc(DISK_BYTES);
  disk.write(CODE, 0, 'hex');
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}
