import { accessOf, contract } from '@orangery/contract';
import * as schemas from '@orangery/contract';
import { SESSION_COOKIE } from '../identity/auth.ts';
import { type OpenAPI, OpenAPIGenerator } from '@orpc/openapi';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';

/** The cookie that `signIn.password` sets. */
const COOKIE = { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE } as const;
const API_KEY = { type: 'http', scheme: 'bearer', description: 'An API key of `apiKeys.create`' } as const;

/** The body of each answer that is no success. Callers match on the code. */
const ERROR = {
  type: 'object',
  properties: {
    code: { type: 'string', description: 'Stable, e.g. NOT_FOUND' },
    status: { type: 'integer' },
    message: { type: 'string', description: 'For people; may change' },
    defined: { type: 'boolean', description: 'Whether the operation names this code' },
  },
  required: ['code', 'message'],
} as const satisfies OpenAPI.SchemaObject;

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
    components: { securitySchemes: { signedIn: COOKIE, apiKey: API_KEY }, schemas: { Error: ERROR } },
    customErrorResponseBodySchema: (errors) => ({
      $ref: '#/components/schemas/Error',
      properties: { code: { examples: errors.map(([code]) => code) } },
    }),
  });
  for (const operation of operationsOf(document)) {
    const { access, inPerson, noun } = lookUp(operation.operationId ?? '');
    operation.tags = [noun];
    const ways: OpenAPI.SecurityRequirementObject[] = inPerson
      ? [{ signedIn: [] }]
      : [{ signedIn: [] }, { apiKey: [] }];
    operation.security = access === 'anyone' ? [] : ways;
    Object.assign(operation, { 'x-access': access });
  }
  return document;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** The operations of a document, each once. */
export function operationsOf(document: OpenAPI.Document): OpenAPI.OperationObject[] {
  return Object.values(document.paths ?? {}).flatMap((path) =>
    METHODS.flatMap((method) => path?.[method] ?? []),
  );
}

function lookUp(id: string): { access: string; inPerson: boolean; noun: string } {
  const [noun = '', verb = ''] = id.split('.');
  const nouns: Record<string, Record<string, { '~orpc': { meta: schemas.OperationMeta } }>> = contract;
  const { inPerson = false } = nouns[noun]?.[verb]?.['~orpc'].meta ?? {};
  return { access: accessOf([noun, verb])?.may ?? 'nobody', inPerson, noun };
}
