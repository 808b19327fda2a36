import { accessOf, contract } from '@orangery/contract';
import * as schemas from '@orangery/contract';
import { SESSION_COOKIE } from '../identity/auth.ts';
import { type OpenAPI, OpenAPIGenerator } from '@orpc/openapi';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';

/** The cookie that `signIn.password` sets. */
const COOKIE = { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE } as const;
const API_KEY = { type: 'http', scheme: 'bearer', description: 'An API key of `apiKeys.create`' } as const;

/** The body of each answer that is no success (RFC 9457). Callers match on the code. */
const PROBLEM = {
  type: 'object',
  properties: {
    type: { type: 'string', format: 'uri-reference', description: 'An address that explains the code' },
    title: { type: 'string', description: 'The same for all problems of this code' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened this time, for people; may change' },
    code: { type: 'string', description: 'Stable, e.g. NOT_FOUND' },
    errors: {
      type: 'array',
      description: 'Each fault of an input that cannot be read',
      items: {
        type: 'object',
        properties: {
          pointer: { type: 'string', description: 'A JSON pointer into the input' },
          detail: { type: 'string' },
        },
        required: ['pointer', 'detail'],
      },
    },
  },
  required: ['type', 'title', 'status', 'detail', 'code'],
} as const satisfies OpenAPI.SchemaObject;

/** Of operations that make something. */
const KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'With a key of its own, a request may be sent again when its answer was lost: for 24 hours it answers as the first ' +
    'time, and nothing is made twice. Another request under the same key is IDEMPOTENCY_KEY_REUSED.',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
} as const satisfies OpenAPI.ParameterObject;

/** What operations answer, by name. */
const NAMED = {
  AuditEvent: schemas.auditSchema,
  Account: schemas.accountSchema,
  ApiKey: schemas.apiKeySchema,
  Connect: schemas.connectSchema,
  Desktop: schemas.desktopSchema,
  Entitlement: schemas.entitlementSchema,
  Group: schemas.groupSchema,
  GroupMember: schemas.groupMemberSchema,
  Host: schemas.hostSchema,
  Image: schemas.imageSchema,
  LoopStatus: schemas.loopStatusSchema,
  Machine: schemas.machineSchema,
  Mail: schemas.mailSchema,
  Passkey: schemas.passkeySchema,
  Me: schemas.meSchema,
  Person: schemas.personSchema,
  Quota: schemas.quotaSchema,
  Tenant: schemas.tenantSchema,
  Pool: schemas.poolSchema,
  Progress: schemas.progressSchema,
  Quarantined: schemas.quarantineSchema,
  Session: schemas.sessionSchema,
  SignIn: schemas.signInSchema,
  Status: schemas.statusSchema,
  Template: schemas.templateSchema,
};

/**
 * The contract as an OpenAPI 3.1 document. An operation's id is its name in the contract (`users.create`), its tag the
 * noun; who may call it is in `security` and, as OpenAPI has no word for roles, in `x-access`.
 *
 * @param version of the product
 */
export async function describeApi(version: string): Promise<OpenAPI.Document> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  const document = await generator.generate(contract, {
    info: {
      title: 'Orangery',
      version,
      description: 'Desktop broker, hypervisor manager and backup in one.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api' }],
    commonSchemas: Object.fromEntries(
      Object.entries(NAMED).map(([name, schema]) => [name, { schema, strategy: 'output' as const }]),
    ),
    components: { securitySchemes: { signedIn: COOKIE, apiKey: API_KEY }, schemas: { Problem: PROBLEM } },
    customErrorResponseBodySchema: (errors) => ({
      $ref: '#/components/schemas/Problem',
      properties: { code: { examples: errors.map(([code]) => code) } },
    }),
  });
  for (const operation of operationsOf(document)) {
    const { access, meta, noun } = lookUp(operation.operationId ?? '');
    operation.tags = [noun];
    nameProblems(operation);
    if (meta.creates === true) operation.parameters = [...(operation.parameters ?? []), KEY];
    const ways: OpenAPI.SecurityRequirementObject[] =
      meta.inPerson === true ? [{ signedIn: [] }] : [{ signedIn: [] }, { apiKey: [] }];
    operation.security = access === 'anyone' ? [] : ways;
    Object.assign(operation, { 'x-access': access });
  }
  return document;
}

/** Answers that are no success are problems; the generator calls every body JSON. */
function nameProblems({ responses = {} }: OpenAPI.OperationObject): void {
  for (const [status, response] of Object.entries(responses)) {
    if (Number(status) < 400 || response === undefined || !('content' in response)) continue;
    const { 'application/json': problem, ...others } = response.content ?? {};
    if (problem !== undefined) response.content = { ...others, [schemas.PROBLEM_TYPE]: problem };
  }
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** The operations of a document, each once. */
export function operationsOf(document: OpenAPI.Document): OpenAPI.OperationObject[] {
  return Object.values(document.paths ?? {}).flatMap((path) =>
    METHODS.flatMap((method) => path?.[method] ?? []),
  );
}

function lookUp(id: string): { access: string; meta: schemas.OperationMeta; noun: string } {
  const [noun = '', verb = ''] = id.split('.');
  const nouns: Record<string, Record<string, { '~orpc': { meta: schemas.OperationMeta } }>> = contract;
  const meta = nouns[noun]?.[verb]?.['~orpc'].meta ?? {};
  return { access: accessOf([noun, verb])?.may ?? 'nobody', meta, noun };
}
