import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, signIn } from '../journeys/browser.ts';
import { look, present } from './pages.ts';
import { MARK, makeTwoTenants, type TwoTenants } from './two-tenants.ts';

let two: TwoTenants;
let groupId: string;

beforeAll(async () => {
  two = await makeTwoTenants();
  groupId = (await two.founder.api.groups.create({ name: 'Class 7b' })).id;
});
afterAll(() => two.close());

const names = async (): Promise<string[]> =>
  (await two.founder.api.groups.members({ id: groupId })).items.map(({ name }) => name);

it('many people join at once; who is not there is told, and people of other tenants are not', async () => {
  const emails = [
    'Person@Example.org',
    'helpdesk@example.org',
    'nobody@example.org',
    `${MARK}-pupil@example.org`,
  ];
  const first = await two.founder.api.groups.addMembers({ id: groupId, emails });
  expect(first).toEqual({
    added: 2,
    already: 0,
    unknown: ['nobody@example.org', `${MARK}-pupil@example.org`],
  });
  const again = await two.founder.api.groups.addMembers({
    id: groupId,
    emails: ['person@example.org', 'auditor@example.org'],
  });
  expect(again).toEqual({ added: 1, already: 1, unknown: [] });
  expect(await names()).toEqual(['auditor', 'helpdesk', 'person']);
});

it('a pasted list of any kind is enough', async () => {
  const browser = await openBrowser();
  try {
    const { page } = browser;
    await page.goto(`${two.origin}/login`);
    await signIn(page, { email: 'administrator@example.org', password: 'a long enough one' });
    await present(page.getByTestId('user-menu'), 'who signed in');
    await page.goto(`${two.origin}/admin/groups/${groupId}`);
    await page.getByTestId('member-many').click();
    await page
      .getByTestId('many-text')
      .fill('Pool Manager <poolmanager@example.org>;\n7b\tNobody\tnobody@example.org');
    await present(page.getByText('2 addresses found'), 'how many were found');
    await page.getByTestId('many-add').click();
    await present(page.getByText('1 person joined.'), 'what was done');
    expect(await look(page, 'many-members')).toEqual([]);
    await page.getByRole('button', { name: 'Close' }).last().click();
    await present(page.getByRole('cell', { name: /poolManager/ }).first(), 'the new member');
  } finally {
    await browser.close();
  }
});
