import type { Log } from '@orangery/std';
import { type DestinationStream, type Logger, pino } from 'pino';

/** What may stand in an object by accident and must never stand in a log. */
const REDACTED = ['ticket', 'token', 'password', 'privateKey', 'cookie', 'authorization'].flatMap((name) => [
  name,
  `*.${name}`,
]);

export function createLog(level: string, destination?: DestinationStream): Log {
  const options = { level, redact: REDACTED, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return wrap(destination === undefined ? pino(options) : pino(options, destination));
}

function wrap(logger: Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => wrap(logger.child(fields)),
  };
}
