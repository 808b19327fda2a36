import { deleteOldMessages } from '@orangery/control';
import { ManualClock } from '@orangery/std';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeTwoTenants, type TwoTenants } from './two-tenants.ts';

let two: TwoTenants;
let id: string;
beforeAll(async () => {
  two = await makeTwoTenants();
  ({ id } = await two.of('person').api.me.show());
});
afterAll(() => two.close());

it('what who helps says to a person is read by them alone, and then no more', async () => {
  const [her, him] = [two.of('helpdesk').api, two.of('person').api];
  const sent = await her.users.sendMessage({ id, text: '  The printers are back.  ' });
  expect(sent).toMatchObject({ sender: 'helpdesk', text: 'The printers are back.' });
  expect(await him.messages.list()).toEqual([sent]);
  expect(await her.messages.list()).toEqual([]);
  await expect(her.messages.read({ id: sent.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await him.messages.read({ id: sent.id });
  expect(await him.messages.list()).toEqual([]);
  await expect(him.messages.read({ id: sent.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('who only looks says nothing, and nobody of another tenant hears it', async () => {
  for (const who of ['auditor', 'poolManager', 'person'] as const)
    await expect(two.of(who).api.users.sendMessage({ id, text: 'x' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  const { person } = two.theirs;
  await expect(two.of('helpdesk').api.users.sendMessage({ id: person, text: 'x' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

it('nobody is buried in what they have not read, and what is a week old is gone', async () => {
  const { api } = two.of('helpdesk');
  const answers: string[] = [];
  for (let number = 0; number < 22; number += 1)
    answers.push(
      await api.users.sendMessage({ id, text: `number ${number}` }).then(
        () => 'sent',
        (error: { code: string }) => error.code,
      ),
    );
  expect(answers.filter((each) => each === 'sent')).toHaveLength(20);
  expect(answers.slice(20)).toEqual(['CONFLICT', 'CONFLICT']);
  const clock = new ManualClock(Date.now());
  const later = await two.world.server({ clock });
  expect(await deleteOldMessages(later)).toBe(0);
  await clock.advance(8 * 86_400_000);
  expect(await deleteOldMessages(later)).toBeGreaterThanOrEqual(20);
});
