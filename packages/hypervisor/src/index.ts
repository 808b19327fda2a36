export type * from './description.ts';
export * from './driver.ts';
