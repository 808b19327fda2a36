// For mains of others: the server with drivers of their own.
export { readConfig } from './config.ts';
export { openLdap } from './directories/connection.ts';
export type { OpenDriver } from './drivers.ts';
export { createAuth } from './identity/auth.ts';
export { createLog } from './log.ts';
export { createMailer } from './mail/mailer.ts';
export { loadSecrets } from './secrets.ts';
export { seed } from './seed.ts';
export { type Outside, startServer } from './server.ts';
