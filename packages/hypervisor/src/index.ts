export type * from './description.ts';
export * from './driver.ts';
export { AGENT_CHANNEL, VDAGENT_CHANNEL } from './kvm/domain-xml.ts';
export { type KvmOptions, openKvmDriver } from './kvm/driver.ts';
export { checkRights, type Finding } from './kvm/rights.ts';
export { describePicture, encodePicture, parsePicture, type Picture, shrinkPicture } from './picture.ts';
