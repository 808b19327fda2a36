import type { Image, NewPool, Pool } from '../../../api/client.ts';
import { whole } from './words.ts';

/** Sizes that fit most; anything else by numbers. */
export const SIZES = {
  small: { title: 'Small', says: '1 CPU, 1 GiB: a browser and letters.', cpus: 1, memoryMib: 1_024 },
  usual: {
    title: 'Usual',
    says: '2 CPUs, 2 GiB: an office with several windows.',
    cpus: 2,
    memoryMib: 2_048,
  },
  large: { title: 'Large', says: '4 CPUs, 8 GiB: programs that compute.', cpus: 4, memoryMib: 8_192 },
} as const;
export type Size = keyof typeof SIZES | 'own';

/** What the form asks. Numbers are '' while nothing is typed. */
export type NewPoolForm = {
  image: string;
  title: string;
  name: string;
  kind: Pool['kind'];
  size: Size;
  cpus: number | '';
  memoryMib: number | '';
  description: string;
  readyCount: number | '';
  machinesMax: number | '';
  follows: boolean;
  profileGib: number | '';
  diskKind: Pool['diskKind'];
};

export const startingForm = (image: string): NewPoolForm => ({
  image,
  title: '',
  name: '',
  kind: 'pooled',
  size: 'usual',
  cpus: 2,
  memoryMib: 2_048,
  description: '',
  readyCount: 1,
  machinesMax: 10,
  follows: false,
  profileGib: 10,
  diskKind: 'linked',
});

const NAME = /^[a-z0-9][a-z0-9-]{0,30}$/;

export const newPoolRules = {
  image: (image: string): string | null => (image === '' ? 'Choose an image' : null),
  title: (title: string): string | null => (title.trim() === '' ? 'What people read on the tile' : null),
  name: (name: string): string | null =>
    NAME.test(name) ? null : 'Small letters, digits and hyphens, at most 31',
  cpus: whole(1, 256),
  memoryMib: (value: unknown): string | null =>
    whole(128, 4_194_304)(value) === null ? null : 'From 0.125 to 4,096 GiB',
  readyCount: (value: unknown, { machinesMax, kind }: NewPoolForm): string | null =>
    whole(0, 10_000)(value) ??
    (kind === 'pooled' && Number(value) > Number(machinesMax) ? 'More than it may have at all' : null),
  machinesMax: whole(1, 10_000),
  profileGib: (value: unknown, { follows }: NewPoolForm): string | null =>
    follows ? whole(1, 16_384)(value) : null,
};

/** What is sent: only what was asked of this kind; the rest are the server's defaults. */
export function poolOf(form: NewPoolForm): NewPool {
  const { size, cpus, memoryMib } = form;
  const pooled = form.kind === 'pooled';
  return {
    image: form.image,
    title: form.title.trim(),
    name: form.name,
    kind: form.kind,
    description: form.description.trim(),
    cpus: size === 'own' ? Number(cpus) : SIZES[size].cpus,
    memoryMib: size === 'own' ? Number(memoryMib) : SIZES[size].memoryMib,
    machinesMax: Number(form.machinesMax),
    ...(pooled ? { readyCount: Number(form.readyCount) } : {}),
    ...(pooled && form.follows ? { profileGib: Number(form.profileGib) } : {}),
    ...(pooled ? {} : { machineName: '{person}-{random}', diskKind: form.diskKind }),
  };
}

/** An image as a choice: which version its machines would be made from now. */
export function imageSays({ description, versions }: Image): string {
  const current = versions.find((version) => version.current) ?? versions[0];
  const state =
    current === undefined
      ? 'It has no version yet: its pool waits for the first.'
      : current.phase === 'ready'
        ? `Version ${current.version}.`
        : `Version ${current.version} is ${current.phase}: its pool waits for it.`;
  return `${description} ${state}`.trim();
}
