import { accessOf, type Right, type Topic, topicOperations, topics } from '@orangery/contract';

/** That something changed: what, of which tenant (null: the installation), of which person (null: of everybody's). */
export type LiveChange = { kind: ChangedKind; tenantId: string | null; personId: string | null };

/** Who follows: a person, or the operator at the machine; where they look, and what they may do there. */
export type Follower = {
  personId: string | null;
  /** Their own; of who looks into another tenant, that is not the same. */
  homeId: string | null;
  tenantId: string;
  rights: ReadonlySet<Right>;
};

/** On which pages what changes is seen. The triggers of the database say the kinds. */
const SHOWN_IN = {
  application: ['applications', 'desktops'],
  application_entitlement: ['applications', 'desktops', 'groups', 'users'],
  audit_event: ['audit'],
  directory: ['directories'],
  draft: ['images', 'tasks'],
  entitlement: ['entitlements', 'desktops', 'groups', 'users'],
  favourite: ['desktops'],
  /** In nobody's hands: no portal shows it. */
  free_machine: ['machines', 'pools', 'quotas'],
  group_member: ['groups', 'desktops', 'entitlements', 'users'],
  host: ['hosts', 'storage'],
  image: ['images', 'tasks'],
  image_version: ['images', 'templates', 'pools', 'desktops', 'tasks'],
  installation: ['system'],
  look: ['looks'],
  loop_status: ['system'],
  machine: ['machines', 'pools', 'quotas', 'sessions', 'desktops'],
  machine_failure: ['pools', 'machines'],
  machine_maintenance: ['pools', 'machines', 'tasks'],
  message: ['messages'],
  pool: ['pools', 'desktops', 'applications', 'entitlements', 'images'],
  pool_schedule: ['pools'],
  principal: ['users', 'groups', 'entitlements', 'me'],
  quarantine: ['system'],
  quota: ['quotas', 'me', 'tenants'],
  rollout: ['pools', 'images', 'tasks'],
  session: ['sessions', 'desktops', 'machines', 'pools', 'entitlements', 'quotas'],
  setting: ['mail', 'audit'],
  sign_in: ['signIns'],
  storage: ['storage', 'tasks'],
  template: ['templates', 'images', 'pools', 'desktops', 'tasks'],
  template_progress: ['templates', 'images', 'tasks'],
  tenant: ['tenants', 'me'],
} as const satisfies Record<string, readonly Topic[]>;
export type ChangedKind = keyof typeof SHOWN_IN;

/** Of topics whose operation answers each person with what is their own: by which right somebody is answered with all. */
const WHOLE: Partial<Record<Topic, Right>> = { sessions: 'sessions.look' };
/** What operators see of all tenants at once. */
const OF_ALL_TENANTS: readonly Topic[] = ['audit', 'directories', 'tenants'];

/** Reads a notice; undefined: no such kind is known here. */
export function changeOf(payload: string): LiveChange | undefined {
  const [kind = '', tenantId = '', personId = ''] = payload.split(':');
  if (!isKind(kind)) return undefined;
  return { kind, tenantId: tenantId || null, personId: personId || null };
}

const isKind = (kind: string): kind is ChangedKind => Object.hasOwn(SHOWN_IN, kind);

/** All that somebody may be told of. */
export const topicsOf = ({ rights }: Pick<Follower, 'rights'>): Topic[] =>
  topics.filter((topic) => {
    const may = mayOf(topic);
    return may === 'person' || rights.has(may);
  });

/**
 * What of a change somebody is told: of what is a person's own that person and who sees all of the tenant's; of the rest who
 * may call the topic's operation, in the tenant that they look into. The installation's is in every tenant.
 */
export function toldOf({ kind, tenantId, personId }: LiveChange, follower: Follower): Topic[] {
  const here = tenantId === null || tenantId === follower.tenantId;
  // What is their own is at home, wherever they look.
  const theirs = personId === null ? here || tenantId === follower.homeId : personId === follower.personId;
  return SHOWN_IN[kind].filter((topic) => {
    const may = mayOf(topic);
    if (may !== 'person') {
      const everywhere = OF_ALL_TENANTS.includes(topic) && follower.rights.has('installation');
      return (here || everywhere) && follower.rights.has(may);
    }
    const whole = WHOLE[topic];
    return theirs || (here && whole !== undefined && follower.rights.has(whole));
  });
}

/** Whether what somebody may see has changed by it: their roles or their tenant. */
export const changesRights = (
  { kind, tenantId, personId }: LiveChange,
  { personId: own, homeId }: Follower,
): boolean =>
  (kind === 'principal' && own !== null && personId === own) ||
  (kind === 'tenant' && homeId !== null && tenantId === homeId);

function mayOf(topic: Topic): Right | 'person' {
  const may = accessOf(topicOperations[topic].split('.'))?.may;
  // Of what is open to anyone nothing is to be told, and no operation without a row is followed.
  return may === undefined || may === 'anyone' ? 'installation' : may;
}
