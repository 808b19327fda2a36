import { makeTicket } from '@orangery/control';
import { DISPLAY_PROTOCOL, type ServerControl } from '@orangery/display';
import { DisplayChannel } from '@orangery/display/browser';
import { systemClock } from '@orangery/std';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Person } from '../person.ts';
import { makeTwoTenants, type TwoTenants } from './two-tenants.ts';

let two: TwoTenants;
let free: string;
let kept: string;
beforeAll(async () => {
  two = await makeTwoTenants();
  [free = '', kept = ''] = await two.world.machines(2);
  const { id } = await two.of('person').api.me.show();
  await two.world.db
    .updateTable('machine')
    .set({ principal_id: id, taken_at: new Date() })
    .where('id', '=', kept)
    .execute();
});
afterAll(() => two.close());

async function ticketOf(person: Person, id: string, because?: string): Promise<string> {
  const answer = await person.api.machines.connect({ id, ...(because === undefined ? {} : { because }) });
  if (answer.kind !== 'ticket') throw new Error(answer.kind);
  return answer.ticket;
}

/** Goes through the gateway with a ticket; what was said first, and what at the end. */
async function enter(
  person: Person,
  ticket: string,
): Promise<{ first: ServerControl; end: Promise<ServerControl>; close: () => void }> {
  const first = Promise.withResolvers<ServerControl>();
  const end = Promise.withResolvers<ServerControl>();
  const socket = new WebSocket(`${two.origin.replace('https', 'wss')}/gateway`, [DISPLAY_PROTOCOL], {
    ca: two.ca,
    headers: { origin: two.origin, cookie: person.cookie },
  });
  const channel = new DisplayChannel(socket, {
    ticket,
    oncontrol: (message) => {
      first.resolve(message);
      if (message.type === 'closed') end.resolve(message);
    },
  });
  channel.onclose = () => first.reject(new Error('closed without a word'));
  return { first: await first.promise, end: end.promise, close: () => socket.terminate() };
}

const soon = (end: Promise<ServerControl>): Promise<ServerControl | 'goes on'> =>
  Promise.race([end, systemClock.sleep(5_000).then(() => 'goes on' as const)]);

const events = async (action: string) => (await two.founder.api.audit.list({ search: action })).items;

describe('the console of a machine', () => {
  it('that nobody works on is opened by who may see screens, and it is in the audit log', async () => {
    const her = two.of('helpdesk');
    const console = await enter(her, await ticketOf(her, free));
    expect(console.first).toMatchObject({ type: 'opened', session: free });
    expect((await events('machine.enter'))[0]).toMatchObject({
      actor: 'helpdesk',
      subjectKind: 'machine',
      subjectId: free,
      why: 'may see screens of machines',
    });
    console.close();
  });

  it('is nobody else’s: not by a role that sees no screens, not in another tenant, not with another’s ticket', async () => {
    for (const who of ['person', 'poolManager', 'auditor', 'operator'] as const)
      await expect(ticketOf(two.of(who), free)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(ticketOf(two.of('helpdesk'), two.theirs.machine)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const ticket = await ticketOf(two.of('helpdesk'), free);
    const end = await enter(two.of('administrator'), ticket);
    expect(end.first).toMatchObject({ type: 'closed', code: 'badTicket' });
    // Who lost the role in between does not come in with what they were given.
    const { id } = await two.of('helpdesk').api.me.show();
    const late = await ticketOf(two.of('helpdesk'), free);
    await two.founder.api.users.setRoles({ id, roles: ['auditor'] });
    const refused = await enter(two.of('helpdesk'), late);
    expect(refused.first).toMatchObject({ type: 'closed', code: 'badTicket' });
    await two.founder.api.users.setRoles({ id, roles: ['helpdesk'] });
  });

  it('of another tenant is not entered, whatever ticket there is', async () => {
    const { world, theirs, of } = two;
    const [id = ''] = await world.machines(1);
    await world.db
      .updateTable('machine')
      .set({ tenant_id: theirs.tenant, pool_id: theirs.pool })
      .where('id', '=', id)
      .execute();
    const { id: principalId } = await of('helpdesk').api.me.show();
    const ticket = await makeTicket(await world.server(), { id, principalId, of: 'machine' });
    expect((await enter(of('helpdesk'), ticket)).first).toMatchObject({ type: 'closed', code: 'badTicket' });
  });

  it('that somebody keeps wants a reason', async () => {
    const her = two.of('helpdesk');
    await expect(ticketOf(her, kept)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('person’s own machine') as string,
    });
    const console = await enter(her, await ticketOf(her, kept, 'its disk is full'));
    expect(console.first).toMatchObject({ type: 'opened' });
    expect((await events('its disk is full'))[0]).toMatchObject({
      action: 'machine.connect',
      actor: 'helpdesk',
    });
    console.close();
  });

  it('closes when somebody gets the machine, and is not opened while they work on it', async () => {
    const { world, of, founder } = two;
    const her = of('helpdesk');
    const console = await enter(her, await ticketOf(her, free));
    const late = await ticketOf(her, free);
    const { id: principalId } = await of('person').api.me.show();
    await founder.api.entitlements.add({ poolId: world.poolId, principalId });
    await of('person').api.desktops.open({ id: world.poolId });
    expect(await soon(console.end)).toMatchObject({
      code: 'sessionEnded',
      reason: expect.stringContaining('person works on') as string,
    });
    expect((await enter(her, late)).first).toMatchObject({ type: 'closed', code: 'badTicket' });
    await expect(ticketOf(her, free)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('has one viewer: who comes later takes it over', async () => {
    const [free2 = ''] = await two.world.machines(1);
    const [her, him] = [two.of('helpdesk'), two.of('administrator')];
    const first = await enter(her, await ticketOf(her, free2));
    const second = await enter(him, await ticketOf(him, free2));
    expect(second.first).toMatchObject({ type: 'opened' });
    expect(await soon(first.end)).toMatchObject({ code: 'takenOver' });
    second.close();
  });
});
