export type * from './description.ts';
export * from './driver.ts';
export { describePicture, parsePpm, type Picture } from './picture.ts';
