export type * from './description.ts';
export * from './driver.ts';
export { AGENT_CHANNEL, VDAGENT_CHANNEL } from './kvm/domain-xml.ts';
export { type KvmOptions, openKvmDriver } from './kvm/driver.ts';
export { checkRights, type Finding } from './kvm/rights.ts';
export { describePicture, encodePicture, parsePicture, type Picture, shrinkPicture } from './picture.ts';
// For drivers of libvirt's other hypervisors: the part of KVM's that asks nothing of QEMU.
export { KvmMachines } from './kvm/machines.ts';
export { markXml } from './kvm/mark.ts';
export { KvmStorage } from './kvm/storage.ts';
