import { type Access, accessOf, contract } from '@orangery/contract';
import { z } from 'zod';

export type Operation = {
  name: string;
  access: Access | undefined;
  inPerson: boolean;
  method: string;
  path: string;
  /** Names of the input's members; those that are ids apart. */
  members: string[];
  ids: string[];
  /** The least input that fits the schema, with ids that name nothing; undefined: this test cannot make one. */
  strange: Record<string, unknown> | undefined;
  /** What members that are no ids need at least. */
  samples: Record<string, unknown>;
  /** Values that fit no schema. */
  nonsense: Record<string, string>;
};

const shape = z.object({
  '~orpc': z.object({
    meta: z.object({ inPerson: z.boolean().optional() }),
    route: z.object({ method: z.string(), path: z.string() }),
    inputSchema: z.unknown().optional(),
  }),
});

/** What members that are no ids are given where an operation cannot do without. */
const SAMPLES: Record<string, unknown> = {
  allow: true,
  choice: 'without',
  emails: ['strange@example.org'],
  every: 'off',
  external: 'strange',
  favourite: true,
  image: 'no-such-image',
  limits: {},
  name: 'strange',
  notes: 'What is new',
  program: 'strange.desktop',
  settings: { kind: 'openIdConnect', issuer: 'https://strange.example', clientId: 'strange' },
  roles: [],
  text: 'Hello',
  title: 'Strange',
};

/** What no schema takes; where any words will do, more than are wanted. */
const NONSENSE = ['no such value!', 'no such value! '.repeat(20)];

/** Every operation of the contract, as data: whoever adds one to the contract adds it to the tests. */
export function operations(): Operation[] {
  return walk(contract, '').sort((a, b) => a.name.localeCompare(b.name));
}

function walk(node: object, name: string): Operation[] {
  const parsed = shape.safeParse(node);
  if (!parsed.success) {
    return Object.entries(node).flatMap(([key, child]) =>
      typeof child === 'object' && child !== null
        ? walk(child as object, name === '' ? key : `${name}.${key}`)
        : [],
    );
  }
  const { meta, route, inputSchema } = parsed.data['~orpc'];
  const input = inputSchema instanceof z.ZodObject ? inputSchema : undefined;
  const members = Object.entries<z.ZodType>(input?.shape ?? {});
  const isId = (type: z.ZodType): boolean =>
    ['x', 'x'.repeat(36)].every((text) => !type.safeParse(text).success) &&
    type.safeParse(crypto.randomUUID()).success;
  const ids = members.filter(([, type]) => isId(type)).map(([member]) => member);
  const required = members.filter(([, type]) => !type.safeParse(undefined).success).map(([member]) => member);
  const samples: Record<string, unknown> = Object.fromEntries(
    required.flatMap((member) => (SAMPLES[member] === undefined ? [] : [[member, SAMPLES[member]]])),
  );
  const strange = { ...samples, ...Object.fromEntries(ids.map((id) => [id, crypto.randomUUID()])) };
  return [
    {
      name,
      access: accessOf(name.split('.'))?.may,
      inPerson: meta.inPerson === true,
      method: route.method,
      path: route.path,
      members: members.map(([member]) => member),
      ids,
      strange: input?.safeParse(strange).success === true ? strange : undefined,
      samples,
      nonsense: Object.fromEntries(
        members.map(([member, type]) => [
          member,
          NONSENSE.find((text) => !type.safeParse(text).success) ?? NONSENSE[0]!,
        ]),
      ),
    },
  ];
}

/** A request for the operation with these values, wherever its route wants them. */
export function requestFor(
  { method, path }: Operation,
  values: Record<string, unknown>,
): { path: string; init: { method: string; body?: string; headers?: Record<string, string> } } {
  const rest = { ...values };
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest[name];
    delete rest[name];
    return encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value));
  });
  if (method === 'GET') {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(rest))
      query.append(key, typeof value === 'string' ? value : JSON.stringify(value));
    return { path: `/api${filled}?${query.toString()}`, init: { method } };
  }
  return {
    path: `/api${filled}`,
    init: { method, body: JSON.stringify(rest), headers: { 'content-type': 'application/json' } },
  };
}

/** What an operation answered, whole; of a stream, which has no end, what came first. */
export async function bodyOf(answer: Response): Promise<string> {
  if (answer.headers.get('content-type') !== 'text/event-stream') return answer.text();
  const reader = answer.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return JSON.stringify({ stream: Buffer.from(value ?? []).toString() });
}
