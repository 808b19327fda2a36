import {
  addHost,
  consoleState,
  deleteMachine,
  failurePicture,
  historyOf,
  hostMeasures,
  listHosts,
  findMachine,
  listMachines,
  machineHistory,
  machineMeasures,
  listTemplates,
  maintainNow,
  makeTicket,
  showMachine,
  stopMaintenance,
  TICKET_LIFE_MS,
  updateHost,
} from '@orangery/control';
import { obstacleAt } from '../outward.ts';
import { api, audit, mayAlso, nameOf, personOf, tenantOf } from './base.ts';
import { lookAt } from './pictures.ts';

export const hosts = {
  list: api.hosts.list.handler(({ context }) => listHosts(context.control)),
  show: api.hosts.show.handler(async ({ context, input, errors }) => {
    const [host] = await listHosts(context.control, input.id);
    if (host === undefined) throw errors.NOT_FOUND();
    return host;
  }),
  history: api.hosts.history.handler(async ({ context, input, errors }) => {
    if ((await listHosts(context.control, input.id)).length === 0) throw errors.NOT_FOUND();
    return historyOf(context.control, input.id);
  }),
  measures: api.hosts.measures.handler(async ({ context, input, errors }) => {
    if ((await listHosts(context.control, input.id)).length === 0) throw errors.NOT_FOUND();
    return hostMeasures(context.control, input.id, input.span);
  }),
  add: api.hosts.add.handler(async ({ context, input, errors }) => {
    const { address } = input;
    const obstacle = address.kind === 'ssh' ? await obstacleAt(address.host, address.port) : undefined;
    if (obstacle !== undefined) throw errors.CONFLICT({ message: `This host is not added: ${obstacle}` });
    const added = await addHost(context.control, input);
    if (added.kind === 'taken')
      throw errors.CONFLICT({ message: `There is a host named ${input.name} already` });
    if (added.kind === 'keyMissing')
      throw errors.CONFLICT({ message: 'A host over SSH needs a private key' });
    await audit(context, 'host.add', { kind: 'host', id: added.id }, 'done', { name: input.name });
    const [host] = await listHosts(context.control, added.id);
    if (host === undefined) throw errors.CONFLICT();
    return host;
  }),
  update: api.hosts.update.handler(async ({ context, input, errors }) => {
    const { id, ...changed } = input;
    const [known] = await listHosts(context.control, id);
    const sharing = known?.facts?.memorySharing;
    if (typeof input.shareMemory === 'boolean' && sharing?.switchable === false) {
      throw errors.CONFLICT({
        message:
          'libvirt cannot switch KSM: write 1 or 0 to /sys/kernel/mm/ksm/run on that host itself, at each boot',
      });
    }
    if (!(await updateHost(context.control, input))) throw errors.NOT_FOUND();
    await audit(context, 'host.update', { kind: 'host', id }, 'done', changed);
    const [host] = await listHosts(context.control, id);
    if (host === undefined) throw errors.NOT_FOUND();
    return host;
  }),
};

export const templates = {
  list: api.templates.list.handler(({ context }) =>
    listTemplates(context.control, tenantOf(context), mayAlso(context, 'installation')),
  ),
};

export const machines = {
  list: api.machines.list.handler(({ context, input }) =>
    listMachines(context.control, tenantOf(context), input),
  ),
  show: api.machines.show.handler(async ({ context, input, errors }) => {
    const machine = await showMachine(context.control, input.id);
    if (machine === undefined) throw errors.NOT_FOUND();
    return machine;
  }),
  history: api.machines.history.handler(async ({ context, input, errors }) => {
    if ((await findMachine(context.control, input.id)) === undefined) throw errors.NOT_FOUND();
    return machineHistory(context.control, input.id, { audited: mayAlso(context, 'audit.look') });
  }),
  measures: api.machines.measures.handler(async ({ context, input, errors }) => {
    const measures = await machineMeasures(context.control, input.id, input.span);
    if (measures === undefined) throw errors.NOT_FOUND();
    return measures;
  }),
  failurePicture: api.machines.failurePicture.handler(async ({ context, input, errors }) => {
    const picture = await failurePicture(context.control, input.id);
    if (picture === undefined) throw errors.NOT_FOUND();
    const { png, at, ...size } = picture;
    return { png: png.toString('base64'), ...size, takenAt: at.toISOString() };
  }),
  connect: api.machines.connect.handler(async ({ context, input, errors }) => {
    const { control } = context;
    const { id, because } = input;
    const person = personOf(context);
    const state = await consoleState(control, id);
    const subject = { kind: 'machine', id };
    if (state.kind === 'missing') throw errors.NOT_FOUND();
    if (state.kind === 'busy') throw errors.CONFLICT({ message: state.reason });
    if (state.kind === 'ownersMachine' && because === undefined) {
      await audit(context, 'machine.connect', subject, 'refused', { owner: state.owner });
      throw errors.FORBIDDEN({
        message: `It is ${state.owner}’s own machine: say why you open it without them.`,
      });
    }
    const ticket = await makeTicket(control, { id, principalId: person.id, of: 'machine' });
    await audit(context, 'machine.connect', subject, 'done', because === undefined ? {} : { because });
    return { kind: 'ticket', ticket, expiresInMs: TICKET_LIFE_MS, machine: state.machine };
  }),
  picture: api.machines.picture.handler(async ({ context, input, errors }) => {
    const machine = await findMachine(context.control, input.id);
    if (machine === undefined) throw errors.NOT_FOUND();
    const look = { subject: { kind: 'machine', id: input.id }, because: input.because } as const;
    return lookAt(context, input.id, look, (message) => errors.CONFLICT({ message }));
  }),
  delete: api.machines.delete.handler(async ({ context, input, errors }) => {
    const machine = await findMachine(context.control, input.id);
    const result = await deleteMachine(context.control, input.id);
    if (result.kind === 'missing' || machine === undefined) throw errors.NOT_FOUND();
    if (result.kind === 'refused') throw errors.CONFLICT({ message: result.reason });
    await audit(context, 'machine.delete', { kind: 'machine', id: input.id });
    return machine;
  }),
  maintain: api.machines.maintain.handler(async ({ context, input, errors }) => {
    const asked = await maintainNow(context.control, input.id, nameOf(context));
    if (asked.kind === 'missing') throw errors.NOT_FOUND();
    if (asked.kind === 'refused') throw errors.CONFLICT({ message: asked.reason });
    if (asked.made) await audit(context, 'machine.maintain', { kind: 'machine', id: input.id });
    return asked.maintenance;
  }),
  stopMaintenance: api.machines.stopMaintenance.handler(async ({ context, input, errors }) => {
    const stopped = await stopMaintenance(context.control, input.id, nameOf(context));
    if (stopped === undefined) throw errors.NOT_FOUND();
    await audit(context, 'machine.stopMaintenance', { kind: 'machine', id: input.id });
    return stopped;
  }),
};
