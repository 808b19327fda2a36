import type { Page } from 'playwright-core';

type Look = (shown: string) => Promise<void>;

/** Each page of the console, what is on it once it has what it shows, and the buttons that ask something first. */
const PAGES: readonly { name: string; shows: string; asks?: readonly RegExp[] }[] = [
  { name: 'Overview', shows: 'check-hosts' },
  { name: 'Tasks', shows: 'tasks-search' },
  { name: 'Hosts', shows: 'hosts' },
  { name: 'Storage', shows: 'storage' },
  { name: 'Images', shows: 'images', asks: [/^(Write|Change) notes/] },
  { name: 'Machines', shows: 'machines', asks: [/^Look at /, /^Delete /] },
  { name: 'Sessions', shows: 'sessions', asks: [/^Look at the machine /, /^End the session /] },
  { name: 'Pools', shows: 'pools' },
  { name: 'Applications', shows: 'applications-add' },
  { name: 'Groups', shows: 'group-new' },
  { name: 'Audit', shows: 'audit' },
  { name: 'Users', shows: 'users', asks: [/^What .* may use$/] },
];

/** Goes from the portal through all pages of the console and opens their questions; looks at each. */
export async function walkConsole(page: Page, look: Look): Promise<void> {
  await page.getByRole('link', { name: 'Console' }).click();
  for (const { name, shows, asks = [] } of PAGES) {
    await goTo(page, name);
    await page.getByTestId(shows).waitFor();
    await look(`console, ${name}`);
    for (const button of asks) {
      await page.getByRole('button', { name: button }).first().click();
      await page.getByRole('dialog').waitFor();
      await look(`console, ${name}, ${button.source}`);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
  }
}

/** Makes a person, from whichever page of the console, and looks at the form as it is filled in wrongly. */
export async function addPerson(
  page: Page,
  look: Look,
  person: { name: string; email: string; password: string },
): Promise<void> {
  await goTo(page, 'Users');
  await page.getByTestId('user-add').click();
  await page.getByTestId('user-save').click();
  await look('console, Users, a form with faults');
  const form = page.getByRole('dialog');
  await form.getByLabel('Name').fill(person.name);
  await form.getByLabel('E-mail').fill(person.email);
  await form.getByLabel('First password').first().fill(person.password);
  await page.getByTestId('user-save').click();
  await form.waitFor({ state: 'detached' });
}

/** Gives a person a desktop on the page of users. */
export async function giveDesktop(page: Page, look: Look, person: string): Promise<void> {
  await goTo(page, 'Users');
  await page.getByRole('button', { name: `Give a desktop to ${person}` }).click();
  await page.getByTestId('give-pool').waitFor();
  await look('console, Users, give a desktop');
  await page.getByTestId('give-save').click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

/** Takes a person's desktop away, on the page of its pool; before that, looks at the form that gives it. */
export async function takeDesktop(page: Page, look: Look, person: string): Promise<void> {
  await goTo(page, 'Pools');
  await page.getByTestId('pool-settings').click();
  await page.getByTestId('entitlements').waitFor();
  await look('console, a pool');
  await page.getByTestId('entitlement-add').click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Person or group', { exact: true }).first().fill(person);
  await page.getByRole('option', { name: person }).waitFor();
  await look('console, a pool, add a person');
  await form.getByRole('button', { name: 'Close' }).click();
  await form.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: `Remove ${person}` }).click();
  await page.getByTestId('confirm').waitFor();
  await look('console, a pool, remove?');
  await page.getByTestId('confirm').click();
  await page.getByText('Nobody but administrators').waitFor();
}

/**
 * Makes a pool of the size that there is a template for, with no machines that wait; sees its tile, and closes and
 * deletes it again.
 */
export async function makePool(
  page: Page,
  look: Look,
  pool: { title: string; cpus: number; memoryGib: number },
): Promise<void> {
  await goTo(page, 'Pools');
  await page.getByTestId('pool-new').click();
  const form = page.getByTestId('pool-form');
  await form.waitFor();
  await page.getByTestId('pool-create').click();
  await look('console, a new pool, with faults');
  await page.getByTestId('pool-title').fill(pool.title);
  await form.getByRole('radio', { name: 'Other' }).check();
  await form.getByLabel('CPUs', { exact: true }).fill(String(pool.cpus));
  await page.getByTestId('pool-memory').fill(String(pool.memoryGib));
  await page.getByTestId('pool-more').click();
  await form.getByLabel('Ready machines').fill('0');
  await look('console, a new pool, more');
  await page.getByTestId('pool-create').click();
  await page.getByTestId('pool-words').waitFor();
  await look('console, the page of a new pool');
  await page.getByTestId('pool-hours-add').click();
  await look('console, a pool, hours');

  await page.getByTestId('pool-close').click();
  await page.getByTestId('pool-close-reason').fill('Being set up.');
  await look('console, a pool, close?');
  await page.getByTestId('pool-close-save').click();
  await page.getByTestId('pool-closed').waitFor();

  await page.getByRole('link', { name: 'Desktops', exact: true }).click();
  const tile = page.getByRole('article', { name: pool.title });
  await tile.getByRole('paragraph').filter({ hasText: 'Being set up.' }).waitFor();
  await look('portal, with a pool that is closed');

  await page.getByRole('link', { name: 'Console' }).click();
  await goTo(page, 'Pools');
  await page.getByRole('link', { name: pool.title, exact: true }).click();
  await page.getByTestId('pool-delete').click();
  await look('console, a pool, delete?');
  await page.getByTestId('confirm').click();
  await page.getByTestId('pools').waitFor();
  await page.getByRole('link', { name: pool.title, exact: true }).waitFor({ state: 'detached' });
}

/** Makes a group of one person, lets it use the only desktop there is, and deletes it; looks at what is told on the way. */
export async function makeGroup(page: Page, look: Look, name: string, person: string): Promise<void> {
  await goTo(page, 'Groups');
  await page.getByTestId('group-new').click();
  await page.getByTestId('group-name').fill(name);
  await look('console, Groups, a new one');
  await page.getByTestId('group-save').click();
  await page.getByTestId('member-person').fill(person);
  await page.getByRole('option', { name: person }).click();
  await page.getByTestId('member-add').click();
  await page.getByTestId('members').waitFor();
  await page.getByTestId('group-give').click();
  await page.getByTestId('group-give-what').waitFor();
  await look('console, a group, give');
  await page.getByTestId('group-give-save').click();
  await page.getByTestId('group-access').waitFor();
  await look('console, a group');

  await goTo(page, 'Users');
  await page.getByRole('button', { name: `What ${person} may use` }).click();
  await page.getByRole('dialog').getByText(`through ${name}`).waitFor();
  await look('console, Users, through a group');
  await page.getByRole('dialog').getByRole('link', { name }).click();

  await page.getByTestId('group-delete').click();
  await page.getByTestId('losses').getByText(person).waitFor();
  await look('console, a group, delete?');
  await page.getByTestId('confirm').click();
  await page.getByTestId('group-new').waitFor();
  await page.getByRole('link', { name, exact: true }).waitFor({ state: 'detached' });
}

/** Ends a person's session, on the page of sessions. */
export async function endSessionOf(page: Page, person: string): Promise<void> {
  await goTo(page, 'Sessions');
  const end = page.getByRole('button', { name: `End the session of ${person}` });
  await end.click();
  await page.getByTestId('confirm').click();
  await end.waitFor({ state: 'detached' });
}

function goTo(page: Page, name: string): Promise<void> {
  const pages = page.getByRole('navigation', { name: 'Console' });
  return pages.getByRole('link', { name, exact: true }).click();
}
