import { createHash } from 'node:crypto';

/** One event, as it is hashed and exported. `at` in UTC, to the microsecond. */
export type AuditContent = {
  position: number;
  at: string;
  tenantId: string | null;
  principalId: string | null;
  actor: string;
  action: string;
  subjectKind: string;
  subjectId: string;
  outcome: string;
  why: string | null;
  client: string | null;
  detail: unknown;
};

export type Link = { position: number; hash: Buffer };

/** What the first event follows. */
export function genesis(installationId: string): Link {
  return { position: 0, hash: sha256(Buffer.from(`orangery audit ${installationId}`)) };
}

/** SHA-256 over the hash before and the canonical content: whoever has an export can compute it. */
export function hashOf(before: Buffer, event: AuditContent): Buffer {
  return sha256(Buffer.concat([before, Buffer.from(canonical(event))]));
}

/** JSON of an array in a fixed order; members of objects in it sorted by name. */
export function canonical(event: AuditContent): string {
  const { position, at, tenantId, principalId, actor, action, subjectKind, subjectId } = event;
  const { outcome, why, client, detail } = event;
  return JSON.stringify(
    [
      position,
      at,
      tenantId,
      principalId,
      actor,
      action,
      subjectKind,
      subjectId,
      outcome,
      why,
      client,
      detail,
    ],
    (_key, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : value,
  );
}

/** What the installation's own key is put under: nobody without it writes a link that passes. */
export const sealedText = (kind: 'event' | 'anchor', { position, hash }: Link): Buffer =>
  Buffer.from(`${kind} ${position} ${hash.toString('hex')}`);

export type Fault = { position: number; reason: string };

/** An event as it is stored. */
export type StoredEvent = AuditContent & { hash: Buffer; mac: Buffer };

/** Follows the chain on from a link. Returns how far it is right, and what is wrong then. */
export function follow(
  from: Link,
  events: Iterable<StoredEvent>,
  macOf: (text: Buffer) => Buffer,
): { head: Link; fault: Fault | undefined } {
  let head = from;
  for (const event of events) {
    const { position, hash, mac } = event;
    const wrong = (reason: string) => ({ head, fault: { position, reason } });
    if (position !== head.position + 1)
      return wrong(`events ${head.position + 1} to ${position - 1} are missing`);
    if (!hashOf(head.hash, event).equals(hash)) return wrong('its content or its place was changed');
    const link = { position, hash };
    if (!macOf(sealedText('event', link)).equals(mac))
      return wrong('it was not written by this installation');
    head = link;
  }
  return { head, fault: undefined };
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
