export * from './applications.ts';
export {
  AUDIT_DAYS_MIN,
  auditExportSchema,
  auditFilter,
  auditSchema,
  auditSettingsSchema,
  type Syslog,
  SYSLOG_PORTS,
} from './audit.ts';
export { type Contract, contract } from './contract.ts';
export { type Access, accessOf, accessTable, type IdKind, idKinds, type OperationName } from './access.ts';
export { IDEMPOTENCY_HEADER, IDEMPOTENCY_KEY, type OperationMeta } from './operation.ts';
export { type ApiErrorCode, apiErrors } from './errors.ts';
export * from './directories.ts';
export * from './groups.ts';
export * from './images.ts';
export { changeSchema } from './live.ts';
export { localePatterns } from './locale.ts';
export { lookSchema, lookStates } from './looks.ts';
export * from './maintenance.ts';
export { messageSchema } from './messages.ts';
export { hostMeasuresSchema, machineMeasuresSchema } from './measures.ts';
export { allOf, PAGE_ROWS_MAX } from './whole-lists.ts';
export { checkSchema, findingSchema, overviewSchema, placeSchema, verdicts } from './overview.ts';
export { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from './passwords.ts';
export * from './people.ts';
export * from './pools.ts';
export { errorOfProblem, type Problem, PROBLEM_PATH, PROBLEM_TYPE, problemOf, readable } from './problem.ts';
export * from './roles.ts';
export * from './schemas.ts';
export * from './states.ts';
export * from './storage.ts';
export { sorts } from './sorts.ts';
export { type TaskKind, taskKinds, taskRights } from './task-kinds.ts';
export { historySchema, taskFilter, taskSchema, taskStates } from './tasks.ts';
export * from './tenants.ts';
export { topicOperations } from './topics.ts';
export { LIVE_SILENT_MS, type Topic, topics } from './live-topics.ts';
export * from './uploads.ts';
