export { backoffMs } from './backoff.ts';
export { type Clock, systemClock } from './clock.ts';
export { withDeadline } from './deadline.ts';
export { codeOf, messageOf, OrangeryError } from './errors.ts';
export { type Id, isUuid } from './ids.ts';
export { invariant, unreachable } from './invariant.ts';
export { type Log, silentLog } from './log.ts';
export { type Rng, systemRng } from './rng.ts';
export { ManualClock } from './testing.ts';
