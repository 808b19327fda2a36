/**
 * What somebody may do, apart from what is their own. `look` shows, `change` makes and changes; `help` is what is done for
 * one person who asks for it; `screen` shows what people see. `installation`: hosts, storage and all that no tenant has.
 */
export const rights = [
  'installation',
  'people.look',
  'people.help',
  'people.change',
  'sessions.look',
  'sessions.help',
  'pools.look',
  'pools.change',
  'images.look',
  'images.change',
  'machines.look',
  'machines.change',
  'machines.screen',
  'quotas.look',
  'quotas.change',
  'audit.look',
] as const;
export type Right = (typeof rights)[number];

export const roles = ['helpdesk', 'poolManager', 'administrator', 'auditor', 'operator'] as const;
export type Role = (typeof roles)[number];

const looks = rights.filter((right) => right.endsWith('.look'));

/** What each role may in its tenant; an operator in every tenant. A person has any number of roles, and the rights of all. */
export const rightsOfRole: Readonly<Record<Role, readonly Right[]>> = {
  helpdesk: [
    'people.look',
    'people.help',
    'sessions.look',
    'sessions.help',
    'pools.look',
    'machines.look',
    'machines.screen',
    'quotas.look',
  ],
  poolManager: [
    'people.look',
    'sessions.look',
    'pools.look',
    'pools.change',
    'images.look',
    'images.change',
    'machines.look',
    'machines.change',
    'quotas.look',
  ],
  administrator: rights.filter((right) => right !== 'installation'),
  auditor: looks,
  operator: ['installation', ...looks, 'people.change', 'images.change', 'quotas.change'],
};

export const roleTitles: Readonly<Record<Role, string>> = {
  helpdesk: 'Helpdesk',
  poolManager: 'Pool manager',
  administrator: 'Administrator',
  auditor: 'Auditor',
  operator: 'Operator',
};

/** What each role is for, in one line. */
export const roleSummaries: Readonly<Record<Role, string>> = {
  helpdesk: 'Helps people: sees their sessions and screens, restarts and ends them, signs people out',
  poolManager: 'Makes pools, images and applications, and says who may use them',
  administrator: 'Everything in this tenant, every desktop of it included',
  auditor: 'Sees everything but screens, and changes nothing',
  operator:
    'Runs the installation: hosts, storage and tenants. Looks into every tenant, and makes people there',
};

/** By which an operator says into which tenant a call looks, as an id; left out: their own. */
export const TENANT_HEADER = 'x-orangery-tenant';
