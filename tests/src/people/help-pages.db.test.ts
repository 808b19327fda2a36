import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, signIn } from '../journeys/browser.ts';
import { look, present } from './pages.ts';
import { makeTwoTenants, type TwoTenants } from './two-tenants.ts';

type Browser = Awaited<ReturnType<typeof openBrowser>>;

let two: TwoTenants;
let hers: Browser;
let his: Browser;
const complaints: string[] = [];

beforeAll(async () => {
  two = await makeTwoTenants();
  const person = two.of('person');
  const { id: principalId } = await person.api.me.show();
  await two.founder.api.entitlements.add({ poolId: two.world.poolId, principalId });
  await two.world.machines(1);
  await person.api.desktops.open({ id: two.world.poolId });
  [hers, his] = [await openBrowser(), await openBrowser()];
  await enter(hers.page, 'helpdesk');
  await enter(his.page, 'person');
});
afterAll(async () => {
  await hers?.close();
  await his?.close();
  await two?.close();
});

async function enter(page: Page, name: string): Promise<void> {
  await page.goto(`${two.origin}/login`);
  await signIn(page, { email: `${name}@example.org`, password: 'a long enough one' });
  await present(page.getByTestId('user-menu'), 'who signed in');
}

it('who helps finds a person by a part of their name, and an address leads there again', async () => {
  const { page } = hers;
  await page.goto(`${two.origin}/admin/help`);
  await page.getByTestId('help-search').fill('perso');
  await page.getByTestId('help-person').filter({ hasText: 'person@example.org' }).click();
  await present(page.getByTestId('help-session'), 'what they have open');
  await hers.quiet();
  complaints.push(...(await look(page, 'help')));
  await page.reload();
  await present(page.getByTestId('help-session'), 'what they have open');
});

it('they ask to see the screen, the person allows it, and the picture comes', async () => {
  const [her, him] = [hers.page, his.page];
  await her.getByTestId('help-look').click();
  await present(her.getByTestId('look-ask'), 'the question');
  await her.getByTestId('look-ask').click();
  await present(him.getByTestId('look-request'), 'the request');
  complaints.push(...(await look(him, 'look-request')));
  await her.getByText('person is asked').waitFor();
  complaints.push(...(await look(her, 'help-asked')));
  await him.getByTestId('look-allow').click();
  await present(her.getByRole('img', { name: /shows now$/ }), 'the picture');
  await him.getByText('helpdesk may see').waitFor();
  complaints.push(...(await look(her, 'help-picture')));
});

it('they say something, and the person reads it over what they look at', async () => {
  const [her, him] = [hers.page, his.page];
  await her.getByTestId('help-message').click();
  await her.getByTestId('message-text').fill('Please save your work: the machine restarts at five.');
  complaints.push(...(await look(her, 'help-message')));
  await her.getByTestId('message-send').click();
  await present(him.getByTestId('message').getByText('restarts at five'), 'the message');
  complaints.push(...(await look(him, 'message')));
  await him.getByTestId('message-read').click();
  await him.getByTestId('message').waitFor({ state: 'detached' });
});

it('an address names a person who is not among those that are found', async () => {
  const { page } = hers;
  const { id } = await two.of('person').api.me.show();
  await page.goto(`${two.origin}/admin/help?search=auditor&person=${id}`);
  await present(page.getByRole('heading', { name: 'person' }), 'whom the address names');
  await page.goto(`${two.origin}/admin/help?person=${two.theirs.person}`);
  await present(page.getByText('Whom this address names is not there'), 'that there is nobody');
  await page.goto(`${two.origin}/admin/help?search=perso&person=${id}`);
  await present(page.getByTestId('help-session'), 'what they have open');
  await page.getByTestId('help-look').click();
  await present(page.getByTestId('machine-picture'), 'the picture');
});

it('the person ends it, and who helps logs them off', async () => {
  const [her, him] = [hers.page, his.page];
  await him.getByTestId('look-refuse').click();
  await him.getByTestId('look-request').waitFor({ state: 'detached' });
  await her.getByTestId('machine-picture-again').click();
  await present(her.getByTestId('ask-to-look'), 'the question');
  await her.getByTestId('help-log-off').click();
  await her.getByRole('dialog').getByRole('button', { name: 'Log off' }).click();
  await her.getByText('person has nothing open now.').waitFor();
});

it('axe finds nothing', () => {
  expect(complaints).toEqual([]);
});
