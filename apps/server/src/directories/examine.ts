import type { DirectorySettings, directoryTestSchema } from '@orangery/contract';
import { type DirectoryPerson, rolesOf } from '@orangery/control';
import { messageOf } from '@orangery/std';
import type { z } from 'zod';
import { openLdap } from './connection.ts';
import type { Providers } from './oidc.ts';

export type Examined = z.output<typeof directoryTestSchema>;
type Step = Examined['steps'][number]['step'];

const PEOPLE_SHOWN = 3;

/** Looks into a directory as its settings say, and tells each step, up to the first that failed. */
export async function examine(
  settings: DirectorySettings,
  secret: string,
  login: string,
  { providers, now }: { providers: Providers; now: () => number },
): Promise<Examined> {
  const steps: Examined['steps'] = [];
  let current: Step = settings.kind === 'openIdConnect' ? 'discover' : 'connect';
  const ok = (step: Step, detail: string, next: Step): void => {
    steps.push({ step, ok: true, detail });
    current = next;
  };
  let person: Examined['person'] = null;
  try {
    if (settings.kind === 'openIdConnect') {
      const config = await providers.discover(settings, secret);
      const { issuer, jwks_uri: keys, end_session_endpoint: end } = config.serverMetadata();
      ok('discover', `${issuer} answers${end === undefined ? '; it has no page to sign out' : ''}`, 'keys');
      if (keys === undefined) throw new Error('it does not say where its keys are');
      ok('keys', `its keys are at ${keys}; whether the secret is right, only a sign-in shows`, 'keys');
      return { steps, person };
    }
    const connection = await openLdap(settings, secret, now, (step, detail) =>
      ok(step, detail, step === 'connect' ? 'encrypt' : 'bind'),
    );
    try {
      ok('bind', `${connection.server} lets ${settings.bindDn} in`, 'search');
      const groups = await connection.searchGroups('');
      const told = groups.slice(0, PEOPLE_SHOWN).map(({ name }) => name);
      ok(
        'search',
        groups.length === 0
          ? `nothing that is a group is found below ${settings.groupBase || settings.base}`
          : `groups are found: ${told.join(', ')}${groups.length > told.length ? ' …' : ''}`,
        'person',
      );
      if (login === '') return { steps, person };
      const found = await connection.find(login);
      if (found === undefined) throw new Error(`nobody called ${login} is found below ${settings.base}`);
      if (found === 'several') throw new Error(`${login} is several people’s: none of them is let in by it`);
      ok('person', `${found.name}, at ${found.place}${found.disabled ? '; disabled' : ''}`, 'groups');
      const theirs = await connection.groupsOf(found);
      ok('groups', theirs.length === 0 ? 'in no group' : `in ${theirs.length} groups`, 'groups');
      person = shown(found, settings, theirs);
      return { steps, person };
    } finally {
      await connection.close();
    }
  } catch (error) {
    steps.push({ step: current, ok: false, detail: messageOf(error) });
    return { steps, person };
  }
}

function shown(
  { id, name, login, email, place, disabled }: DirectoryPerson,
  { roles }: DirectorySettings,
  groups: readonly { id: string; name: string }[],
): NonNullable<Examined['person']> {
  return {
    id,
    name,
    login,
    email,
    place,
    disabled,
    roles: rolesOf(roles, new Set(groups.map((group) => group.id))),
    groups: groups.map((group) => group.name).sort((a, b) => a.localeCompare(b)),
  };
}
