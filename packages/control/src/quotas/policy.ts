import { type QuotaLimits, type QuotaScope, type Resource, resources } from '@orangery/contract';
import { added, type Amounts } from './limits.ts';

/** A quota, with what is used of it and whom it covers. */
export type Ledger = {
  scope: QuotaScope;
  /** Of the tenant or group; null: a person's. */
  name: string | null;
  limits: QuotaLimits;
  used: Amounts;
  /** Ids of people; 'all': of everybody in the tenant. */
  covers: ReadonlySet<string> | 'all';
};

/** What somebody asks for. */
export type Claim = {
  personId: string;
  /** What it adds to what they use, and their groups. */
  person: Amounts;
  /** What it adds to what their tenant uses: a machine that stood ready was the tenant's before. */
  tenant: Amounts;
};

export type Refusal = {
  ledger: Pick<Ledger, 'scope' | 'name'>;
  resource: Resource;
  used: number;
  max: number;
  wants: number;
};

const wanted = (claim: Claim, ledger: Ledger): Amounts =>
  ledger.scope === 'tenant' ? claim.tenant : claim.person;

/** What a claim would go beyond; undefined: there is room for it. A claim is never refused for what it does not add to. */
function beyond(ledger: Ledger, wants: Amounts): Refusal | undefined {
  for (const resource of resources) {
    const max = ledger.limits[resource];
    const used = ledger.used[resource];
    if (max !== null && wants[resource] > 0 && used + wants[resource] > max)
      return { ledger, resource, used, max, wants: wants[resource] };
  }
  return undefined;
}

/** Which of the claims, in their order, the quotas have no room for; each that they have room for takes its part. */
export function decideClaims(ledgers: readonly Ledger[], claims: readonly Claim[]): Map<string, Refusal> {
  const left = ledgers.map((ledger) => ({ ...ledger }));
  const refused = new Map<string, Refusal>();
  for (const claim of claims) {
    const theirs = left.filter(({ covers }) => covers === 'all' || covers.has(claim.personId));
    const refusal = theirs
      .map((ledger) => beyond(ledger, wanted(claim, ledger)))
      .find((each) => each !== undefined);
    if (refusal !== undefined) {
      refused.set(claim.personId, refusal);
      continue;
    }
    for (const ledger of theirs) ledger.used = added(ledger.used, wanted(claim, ledger));
  }
  return refused;
}

/** How many things that take so much each there is room for, and what is short where it is fewer than wanted. */
export function roomFor(
  limits: QuotaLimits,
  used: Amounts,
  each: Amounts,
  wanted: number,
): { room: number; short: Resource | undefined } {
  let room = wanted;
  let short: Resource | undefined;
  for (const resource of resources) {
    const max = limits[resource];
    if (max === null || each[resource] <= 0) continue;
    const fits = Math.max(0, Math.floor((max - used[resource]) / each[resource]));
    if (fits < room) [room, short] = [fits, resource];
  }
  return { room, short };
}

/** As in `4 GiB of memory`. */
export function amountOf(resource: Resource, amount: number): string {
  const many = (one: string): string => `${amount} ${one}${amount === 1 ? '' : 's'}`;
  switch (resource) {
    case 'vcpus':
      return many('vCPU');
    case 'memoryMib':
      return amount % 1024 === 0 ? `${amount / 1024} GiB of memory` : `${amount} MiB of memory`;
    case 'diskGib':
      return `${amount} GiB of disk`;
    case 'machines':
      return many('machine');
    case 'sessions':
      return many('open session');
  }
}

/** What a person is told: which quota, what is used of it, and who can change it. */
export function reasonOf({ ledger, resource, used, max, wants }: Refusal): string {
  const owner = ledger.scope === 'group' ? `The group “${ledger.name ?? ''}”` : (ledger.name ?? 'You');
  const has = owner === 'You' ? 'have' : 'has';
  const more = resource === 'sessions' ? '' : `, and this would need ${amountOf(resource, wants)} more`;
  const who =
    ledger.scope === 'tenant'
      ? 'An operator of this Orangery can allow more.'
      : 'Your administrator can allow more.';
  return `${owner} may have ${amountOf(resource, max)} and ${has} ${used === 0 ? 'none' : amountOf(resource, used)}${more}. ${who}`;
}
