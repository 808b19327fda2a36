/** What pages show and changes are told of. `desktops` is all of the portal: applications, too. */
export const topics = [
  'applications',
  'audit',
  'desktops',
  'directories',
  'entitlements',
  'groups',
  'hosts',
  'images',
  'looks',
  'machines',
  'mail',
  'me',
  'messages',
  'pools',
  'quotas',
  'sessions',
  'signIns',
  'storage',
  'system',
  'tasks',
  'templates',
  'tenants',
  'users',
] as const;
export type Topic = (typeof topics)[number];

/** A stream that was silent for so long is none any more. */
export const LIVE_SILENT_MS = 50_000;
