import { isDeepStrictEqual } from 'node:util';
import {
  createPool,
  deletePool,
  demandOf,
  listFailures,
  listPools,
  maintenanceOf,
  retryRollout,
  rollBack,
  THROWN_AWAY,
  updatePool,
} from '@orangery/control';
import { api, audit, mayAlso, tenantOf } from './base.ts';

const NOT_ITS_VERSION = 'Its image has no such version that is ready';

/** Bridges and addresses of the hosts lead to what others have there: which of them a tenant's machines are on, operators say. */
const OF_HOSTS =
  'Only operators put machines on a bridge or a routed range of the hosts; NAT and isolated ones are free to choose';
const isOfHosts = (kind: string | undefined): boolean => kind === 'bridge' || kind === 'routed';

const tooSmall = (room: number): string =>
  `The range has addresses for ${room} machines, fewer than the pool may have: give it a larger one`;

export const pools = {
  list: api.pools.list.handler(({ context }) => listPools(context.control, tenantOf(context))),

  show: api.pools.show.handler(async ({ context, input, errors }) => {
    const [pool] = await listPools(context.control, tenantOf(context), input.id);
    if (pool === undefined) throw errors.NOT_FOUND();
    return pool;
  }),

  demand: api.pools.demand.handler(async ({ context, input, errors }) => {
    const demand = await demandOf(context.control, input.id);
    if (demand === undefined) throw errors.NOT_FOUND();
    return demand;
  }),

  failures: api.pools.failures.handler(async ({ context, input, errors }) => {
    const [pool] = await listPools(context.control, tenantOf(context), input.id);
    if (pool === undefined) throw errors.NOT_FOUND();
    return listFailures(context.control, input.id);
  }),

  maintenance: api.pools.maintenance.handler(async ({ context, input, errors }) => {
    const maintenance = await maintenanceOf(context.control, input.id);
    if (maintenance === undefined) throw errors.NOT_FOUND();
    return maintenance;
  }),

  create: api.pools.create.handler(async ({ context, input, errors }) => {
    if (isOfHosts(input.network.kind) && !mayAlso(context, 'installation'))
      throw errors.FORBIDDEN({ message: OF_HOSTS });
    const made = await createPool(context.control, tenantOf(context), input);
    if (made.kind === 'noImage') throw errors.NOT_FOUND({ message: `There is no image ${input.image}` });
    if (made.kind === 'taken')
      throw errors.CONFLICT({ message: `There is a pool named ${input.name} already` });
    if (made.kind === 'notItsVersion') throw errors.CONFLICT({ message: NOT_ITS_VERSION });
    if (made.kind === 'notKept') throw errors.CONFLICT({ message: THROWN_AWAY });
    if (made.kind === 'rangeTooSmall') throw errors.CONFLICT({ message: tooSmall(made.room) });
    await audit(context, 'pool.create', { kind: 'pool', id: made.id }, 'done', { name: input.name });
    const [pool] = await listPools(context.control, tenantOf(context), made.id);
    if (pool === undefined) throw errors.NOT_FOUND();
    return pool;
  }),

  update: api.pools.update.handler(async ({ context, input, errors }) => {
    if (isOfHosts(input.network?.kind) && !mayAlso(context, 'installation')) {
      const [known] = await listPools(context.control, tenantOf(context), input.id);
      // What an operator has set may be sent along with other settings.
      if (!isDeepStrictEqual(known?.network, input.network)) throw errors.FORBIDDEN({ message: OF_HOSTS });
    }
    const updated = await updatePool(context.control, input);
    if (updated.kind === 'missing') throw errors.NOT_FOUND();
    if (updated.kind === 'notItsVersion') throw errors.CONFLICT({ message: NOT_ITS_VERSION });
    if (updated.kind === 'notKept') throw errors.CONFLICT({ message: THROWN_AWAY });
    if (updated.kind === 'rangeTooSmall') throw errors.CONFLICT({ message: tooSmall(updated.room) });
    const [pool] = await listPools(context.control, tenantOf(context), input.id);
    if (pool === undefined) throw errors.NOT_FOUND();
    const { id: _id, ...changed } = input;
    await audit(context, 'pool.update', { kind: 'pool', id: input.id }, 'done', changed);
    return pool;
  }),

  retryRollout: api.pools.retryRollout.handler(async ({ context, input, errors }) => {
    const change = await retryRollout(context.control, input.id);
    if (change.kind === 'refused') throw errors.CONFLICT({ message: change.reason });
    const [pool] = await listPools(context.control, tenantOf(context), input.id);
    if (change.kind === 'missing' || pool === undefined) throw errors.NOT_FOUND();
    await audit(context, 'pool.retryRollout', { kind: 'pool', id: input.id });
    return pool;
  }),

  rollBack: api.pools.rollBack.handler(async ({ context, input, errors }) => {
    const change = await rollBack(context.control, input.id);
    if (change.kind === 'refused') throw errors.CONFLICT({ message: change.reason });
    const [pool] = await listPools(context.control, tenantOf(context), input.id);
    if (change.kind === 'missing' || pool === undefined) throw errors.NOT_FOUND();
    await audit(context, 'pool.rollBack', { kind: 'pool', id: input.id });
    return pool;
  }),

  delete: api.pools.delete.handler(async ({ context, input, errors }) => {
    const [pool] = await listPools(context.control, tenantOf(context), input.id);
    const result = await deletePool(context.control, input.id);
    if (result.kind === 'missing' || pool === undefined) throw errors.NOT_FOUND();
    if (result.kind === 'inUse') {
      throw errors.CONFLICT({
        message:
          result.sessions > 0
            ? `${result.sessions} people are working in it: close it to new sessions, and delete it when they have logged off.`
            : `${result.own} machines in it are people’s own: delete those first, one by one.`,
      });
    }
    await audit(context, 'pool.delete', { kind: 'pool', id: input.id }, 'done', { name: pool.name });
    return pool;
  }),
};
