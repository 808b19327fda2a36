import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { type Context, openDesktop } from '@orangery/control';
import type { Database } from '@orangery/database';
import { OrangeryError, systemClock, systemRng } from '@orangery/std';
import { Installation } from '@orangery/tests';
import { sql } from 'kysely';
import { alone, type Row } from './document.ts';

const PEOPLE = 10_000;
/** A little more than is asked for: what two cores carry ends at about 130, people and database on them too. */
const ARRIVALS_PER_S = 105;
const SECONDS = Number(process.env['BENCH_S'] ?? 60);
const SOCKETS = 64;
/** They come before anything is measured. */
const FIRST = 6 * SOCKETS;
const LOGONS_PER_S_MIN = 100;
const P99_MS_MAX = 250;
const DECISIONS = 2_400;
/** As in the storm: so many wait for an answer at the same time. */
const DECISIONS_AT_ONCE = SOCKETS;
const DECISIONS_PER_S_MIN = 2_000;

/**
 * Logons through HTTPS with PostgreSQL, on an installation of its own whose 10,000 machines stand in the database
 * alone: each logon is the click on a tile and the question for a ticket, with the person's own cookie. People come
 * when they come: who has to wait is counted from when he came, not from when somebody had time for him.
 */
export async function benchBroker(): Promise<Row[]> {
  const installation = await Installation.create({
    ORANGERY_ROLES: 'api',
    ORANGERY_RECIPES: '',
    ORANGERY_LOG_LEVEL: 'warn',
  });
  try {
    if ((await installation.start()) !== 'runs')
      throw new OrangeryError('notStarted', await installation.log());
    const world = await fill(installation);
    const decisionsPerS = await measureDecisions(installation.db, world);
    const { lateMs, failures, tookMs } = await storm(installation, world);
    const sorted = lateMs.toSorted((a, b) => a - b);
    const p = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
    return [
      atLeast('logonsPerS', 'logons/s', (lateMs.length / tookMs) * 1000, LOGONS_PER_S_MIN),
      alone('logonP50Ms', 'ms', p(0.5)),
      alone('logonP99Ms', 'ms', p(0.99), P99_MS_MAX),
      alone('failures', 'logons', failures, 0),
      atLeast('decisionsPerS', 'decisions/s', decisionsPerS, DECISIONS_PER_S_MIN),
    ];
  } finally {
    // Nothing of it is on any host.
    await sql`truncate machine, host cascade`.execute(installation.db);
    await installation.purge();
  }
}

function atLeast(name: string, unit: string, ours: number, least: number): Row {
  return { ...alone(name, unit, ours), target: `at least ${least}`, holds: ours >= least };
}

type World = { poolId: string; spare: { id: string; tenantId: string }[]; cookies: string[] };

/** People with a session at the browser, a pool, and a machine for each of them that is ready. */
async function fill(installation: Installation): Promise<World> {
  const { db } = installation;
  const { rows } = await sql<{ pool: string }>`
    with
      t as (select id from tenant limit 1),
      h as (insert into host (name, address, storage_path, phase)
            values ('bench', '{"kind":"local"}', '/nowhere', 'ready') returning id),
      i as (insert into image (name, title, recipe) values ('bench', 'Bench', 'bench') returning id),
      v as (insert into image_version (image_id, version, recipe_hash, phase, current)
            select id, 1, 'bench', 'ready', true from i returning id),
      p as (insert into pool (tenant_id, name, title, image_id, kind, cpus, memory_mib, machines_max)
            select t.id, 'bench', 'Bench', i.id, 'pooled', 1, 512, 10000 from t, i returning id),
      m as (insert into machine (tenant_id, pool_id, host_id, image_version_id, name, mac_address, phase, painted_at, identified_at)
            select t.id, p.id, h.id, v.id, 'bench-' || n, 'mac-' || n, 'ready', now(), now()
            from t, p, h, v, generate_series(1, ${PEOPLE}) n)
    select id as pool from p`.execute(db);
  const poolId = rows[0]?.pool ?? '';
  await sql`insert into auth_user (id, name, email) select 'u' || n, 'Person ' || n, 'p' || n || '@example.org'
    from generate_series(1, ${PEOPLE}) n`.execute(db);
  await sql`insert into auth_session (id, "userId", token, "expiresAt")
    select 's' || n, 'u' || n, 'token-' || n, now() + interval '1 day' from generate_series(1, ${PEOPLE}) n`.execute(
    db,
  );
  await sql`insert into principal (tenant_id, kind, name, auth_user_id)
    select (select id from tenant limit 1), 'person', 'Person ' || n, 'u' || n
    from generate_series(1, ${PEOPLE}) n`.execute(db);
  // All are in one group that may use it, and in six more; every other one may by themselves, too.
  await sql`insert into principal (tenant_id, kind, name)
    select (select id from tenant limit 1), 'group', 'Group ' || n from generate_series(0, 100) n`.execute(
    db,
  );
  await sql`insert into group_member (group_id, person_id)
    select party.id, person.id from principal party, principal person
    where party.kind = 'group' and person.kind = 'person' and person.auth_user_id is not null
      and (party.name = 'Group 0'
        or (substr(party.name, 7)::integer + substr(person.auth_user_id, 2)::integer) % 100 < 6)`.execute(db);
  await sql`insert into entitlement (pool_id, principal_id)
    select ${poolId}, id from principal
    where name = 'Group 0' or substr(auth_user_id, 2)::integer % 2 = 0`.execute(db);
  await sql`analyze`.execute(db);
  const master = await readFile(join(installation.folder, 'master.key'));
  const secret = createHmac('sha256', master).update('better-auth').digest('base64');
  const cookies = Array.from({ length: PEOPLE }, (_, index) => {
    const token = `token-${index + 1}`;
    const signature = createHmac('sha256', secret).update(token).digest('base64');
    return `__Host-orangery.session_token=${encodeURIComponent(`${token}.${signature}`)}`;
  });
  // The last ones: those before them come in the storm.
  const spare = await db
    .selectFrom('principal')
    .select(['id', 'tenant_id as tenantId'])
    .where('kind', '=', 'person')
    .where(sql<number>`substr(auth_user_id, 2)::integer`, '>', PEOPLE - DECISIONS)
    .execute();
  return { poolId, spare, cookies };
}

/** The broker's own work: who gets which machine and why, decided and written down, without HTTP around it. */
async function measureDecisions(db: Database, { poolId, spare }: World): Promise<number> {
  // All that it needs of a server.
  const context = { db } as Context;
  const people = spare[Symbol.iterator]();
  const startMs = systemClock.monotonicMs();
  await Promise.all(
    Array.from({ length: DECISIONS_AT_ONCE }, async () => {
      for (const person of people) await openDesktop(context, person, poolId);
    }),
  );
  return (spare.length / (systemClock.monotonicMs() - startMs)) * 1000;
}

async function storm(
  installation: Installation,
  { poolId, cookies }: World,
): Promise<{ lateMs: number[]; failures: number; tookMs: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS, ca: await installation.ca() });
  const call = (path: string, cookie: string, body: object): Promise<Record<string, unknown>> =>
    post(agent, installation.port, path, cookie, body);
  const lateMs: number[] = [];
  let failures = 0;
  const logon = async (cookie: string, dueMs: number): Promise<void> => {
    try {
      const session = await call(`/api/desktops/${poolId}/open`, cookie, {});
      const answer = await call(`/api/sessions/${String(session['id'])}/connect`, cookie, {});
      if (answer['kind'] !== 'ticket') throw new OrangeryError('noTicket', JSON.stringify(answer));
      lateMs.push(systemClock.monotonicMs() - dueMs);
    } catch {
      failures += 1;
    }
  };
  // Whoever logs on first opens connections, also those to the database, and warms the server up; that is no part of a
  // morning.
  const first = cookies.slice(0, FIRST);
  for (let begun = 0; begun < FIRST; begun += SOCKETS) {
    const together = first.slice(begun, begun + SOCKETS);
    await Promise.all(together.map((cookie) => logon(cookie, systemClock.monotonicMs())));
  }
  lateMs.length = 0;
  const startMs = systemClock.monotonicMs();
  const going: Promise<void>[] = [];
  const arrivals = ARRIVALS_PER_S * SECONDS;
  for (let index = 0; index < arrivals; index += 1) {
    const dueMs = startMs + (index * 1000) / ARRIVALS_PER_S + systemRng.fraction() * (1000 / ARRIVALS_PER_S);
    const waitMs = dueMs - systemClock.monotonicMs();
    if (waitMs > 1) await systemClock.sleep(waitMs);
    going.push(logon(cookies[FIRST + index] ?? '', dueMs));
  }
  await Promise.all(going);
  const tookMs = systemClock.monotonicMs() - startMs;
  agent.destroy();
  return { lateMs, failures, tookMs };
}

function post(
  agent: Agent,
  port: number,
  path: string,
  cookie: string,
  body: object,
): Promise<Record<string, unknown>> {
  const text = JSON.stringify(body);
  const origin = `https://localhost:${port}`;
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        agent,
        host: 'localhost',
        port,
        path,
        method: 'POST',
        headers: {
          origin,
          cookie,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        },
      },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.once('error', reject);
        answer.once('end', () => {
          const text = Buffer.concat(parts).toString();
          if (answer.statusCode !== 200) reject(new OrangeryError('refused', `${answer.statusCode} ${text}`));
          else resolve(JSON.parse(text) as Record<string, unknown>);
        });
      },
    );
    asked.once('error', reject);
    asked.end(text);
  });
}
