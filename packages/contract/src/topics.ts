import type { OperationName } from './access.ts';
import type { Topic } from './live-topics.ts';

/**
 * The operation that a topic is of. Who may call it is told of the topic’s changes, and of what is theirs alone where it answers
 * with that alone.
 */
export const topicOperations = {
  applications: 'applications.list',
  audit: 'audit.list',
  desktops: 'desktops.list',
  directories: 'directories.list',
  entitlements: 'entitlements.list',
  groups: 'groups.list',
  hosts: 'hosts.list',
  images: 'images.list',
  looks: 'looks.list',
  machines: 'machines.list',
  mail: 'mail.show',
  me: 'me.show',
  messages: 'messages.list',
  pools: 'pools.list',
  quotas: 'quotas.list',
  sessions: 'sessions.list',
  signIns: 'signIns.list',
  storage: 'storage.list',
  system: 'system.loops',
  tasks: 'tasks.list',
  templates: 'templates.list',
  tenants: 'tenants.list',
  users: 'users.list',
} as const satisfies Readonly<Record<Topic, OperationName>>;
