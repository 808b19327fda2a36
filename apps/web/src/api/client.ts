import { type Contract, errorOfProblem, readable } from '@orangery/contract';
import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type { JsonifiedClient } from '@orpc/openapi-client';
import { OpenAPILink } from '@orpc/openapi-client/fetch';
import { createTanstackQueryUtils } from '@orpc/tanstack-query';
import contract from 'virtual:contract';
import { tenantHeaders } from './tenant.ts';

export type Client = JsonifiedClient<ContractRouterClient<Contract>>;

export const client: Client = createORPCClient(
  new OpenAPILink(contract, {
    url: () => `${location.origin}/api`,
    headers: tenantHeaders,
    customErrorResponseBodyDecoder: errorOfProblem,
    fetch: async (request, init) => readable(await fetch(request, init)),
  }),
);

/** Query and mutation options of each operation. */
export const api = createTanstackQueryUtils(client);

type Output<F> = F extends (...args: never[]) => Promise<infer T> ? T : never;
export type Me = Output<Client['me']['show']>;
export type User = Output<Client['users']['list']>['items'][number];
export type Tenant = Output<Client['tenants']['show']>;
export type Quota = Output<Client['quotas']['list']>[number];
export type MyQuota = Output<Client['me']['quotas']>[number];
export type Status = Output<Client['system']['status']>;
export type Overview = Output<Client['overview']['show']>;
export type Desktop = Output<Client['desktops']['list']>[number];
export type Session = Output<Client['sessions']['show']>;
export type Picture = Output<Client['sessions']['picture']>;
export type Account = Output<Client['account']['show']>;
export type SignInPlace = Output<Client['signIns']['list']>[number];
export type OwnPasskey = Output<Client['passkeys']['list']>[number];
export type ApiKey = Output<Client['apiKeys']['list']>[number];
export type NewApiKey = Output<Client['apiKeys']['create']>;
export type AuditSettingsShown = Output<Client['audit']['settings']>;
export type Look = Output<Client['looks']['list']>[number];
export type Mail = Output<Client['mail']['show']>;
export type Usage = Output<Client['me']['usage']>;
export type Application = Output<Client['applications']['list']>[number];
export type ApplicationEntitlement = Output<Client['applications']['people']>['items'][number];
export type MyApplication = Output<Client['applications']['mine']>[number];
export type Program = Output<Client['applications']['programs']>[number];
export type ConnectAnswer = Output<Client['sessions']['connect']>;
export type Host = Output<Client['hosts']['show']>;
export type Storage = Output<Client['storage']['list']>[number];
export type Image = Output<Client['images']['list']>[number];
export type Template = Output<Client['templates']['list']>[number];
export type Pool = Output<Client['pools']['list']>[number];
export type MachineFailure = Output<Client['pools']['failures']>[number];
export type PoolMaintenance = Output<Client['pools']['maintenance']>;
export type Maintenance = PoolMaintenance['asked'][number];
export type PoolDemand = Output<Client['pools']['demand']>;
export type PoolChange = Parameters<Client['pools']['update']>[0];
export type NewPool = Parameters<Client['pools']['create']>[0];
export type Entitlement = Output<Client['entitlements']['list']>['items'][number];
export type Entitled = Entitlement['principal'];
export type PersonGroup = Output<Client['groups']['show']>;
export type Directory = Output<Client['directories']['show']>;
export type DirectorySettings = Directory['settings'];
export type DirectoryInput = Parameters<Client['directories']['create']>[0];
export type DirectoryTestInput = Parameters<Client['directories']['test']>[0];
export type DirectoryTest = Output<Client['directories']['test']>;
export type DirectoryGroup = Output<Client['directories']['findGroups']>[number];
export type GroupMember = Output<Client['groups']['members']>['items'][number];
export type GroupAccess = Output<Client['groups']['access']>;
export type GroupLosses = Output<Client['groups']['losses']>;
export type PersonAccess = Output<Client['users']['access']>;
export type Machine = Output<Client['machines']['list']>['items'][number];
export type MachineDetail = Output<Client['machines']['show']>;
export type MachineMeasures = Output<Client['machines']['measures']>;
export type HostMeasures = Output<Client['hosts']['measures']>;
export type Task = Output<Client['tasks']['show']>['task'];
export type HistoryLine = Output<Client['tasks']['show']>['log'][number];
export type LoopStatus = Output<Client['system']['loops']>[number];
export type Quarantined = Output<Client['system']['quarantine']>[number];
export type AuditEvent = Output<Client['audit']['list']>['items'][number];
export type Progress = NonNullable<Desktop['progress']>;
