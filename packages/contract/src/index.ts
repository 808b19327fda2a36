export * from './applications.ts';
export { type Access, type Contract, contract } from './contract.ts';
export { type ApiErrorCode, apiErrors } from './errors.ts';
export * from './images.ts';
export * from './pools.ts';
export * from './schemas.ts';
export * from './states.ts';
export * from './storage.ts';
export * from './uploads.ts';
