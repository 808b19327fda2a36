import { type Fields, struct, type StructOut, type Type } from '../xdr/types.ts';
import * as xdr from '../xdr/xdr.ts';
import * as limits from './limits.ts';
import { domain, text } from './objects.ts';

/** An event: the id that it is subscribed by (virDomainEventID), and the procedure that carries it. */
export type EventKind<T> = {
  readonly id: number;
  readonly procedure: number;
  readonly payload: Type<T, unknown>;
};

function event<F extends Fields>(id: number, procedure: number, fields: F): EventKind<StructOut<F>> {
  return { id, procedure, payload: struct(fields) as Type<StructOut<F>, unknown> };
}

const callbackId = xdr.int;
const dom = domain;
const params = (max: number) => xdr.array(xdr.typedParam, max);
const address = xdr.struct({ family: xdr.int, node: text, service: text });
const identity = xdr.struct({ type: text, name: text });
const message = <F extends Fields>(fields: F) => ({ callbackId, ...fields });

/** Events of domains. The message that older events wrap lies flat on the wire, so it is flat here. */
export const domainEvents = {
  lifecycle: event(0, 318, message({ dom, event: xdr.int, detail: xdr.int })),
  reboot: event(1, 319, message({ dom })),
  rtcChange: event(2, 320, message({ dom, offset: xdr.hyper })),
  watchdog: event(3, 321, message({ dom, action: xdr.int })),
  ioError: event(4, 322, message({ dom, srcPath: text, devAlias: text, action: xdr.int })),
  graphics: event(
    5,
    323,
    message({
      dom,
      phase: xdr.int,
      local: address,
      remote: address,
      authScheme: text,
      subject: xdr.array(identity, limits.DOMAIN_EVENT_GRAPHICS_IDENTITY_MAX),
    }),
  ),
  ioErrorReason: event(
    6,
    324,
    message({ dom, srcPath: text, devAlias: text, action: xdr.int, reason: text }),
  ),
  controlError: event(7, 325, message({ dom })),
  diskChange: event(
    9,
    327,
    message({
      dom,
      oldSrcPath: xdr.optional(text),
      newSrcPath: xdr.optional(text),
      devAlias: text,
      reason: xdr.int,
    }),
  ),
  trayChange: event(10, 328, message({ dom, devAlias: text, reason: xdr.int })),
  pmWakeup: event(11, 329, message({ reason: xdr.int, dom })),
  pmSuspend: event(12, 330, message({ reason: xdr.int, dom })),
  balloonChange: event(13, 331, message({ dom, actual: xdr.uhyper })),
  pmSuspendDisk: event(14, 332, message({ reason: xdr.int, dom })),
  deviceRemoved: event(15, 333, message({ dom, devAlias: text })),
  blockJob2: event(16, 339, message({ dom, dst: text, type: xdr.int, status: xdr.int })),
  tunable: event(17, 346, message({ dom, params: params(limits.DOMAIN_EVENT_TUNABLE_MAX) })),
  agentLifecycle: event(18, 348, message({ dom, state: xdr.int, reason: xdr.int })),
  deviceAdded: event(19, 354, message({ dom, devAlias: text })),
  migrationIteration: event(20, 359, message({ dom, iteration: xdr.int })),
  jobCompleted: event(21, 363, message({ dom, params: params(limits.DOMAIN_JOB_STATS_MAX) })),
  deviceRemovalFailed: event(22, 367, message({ dom, devAlias: text })),
  metadataChange: event(23, 379, message({ dom, type: xdr.int, nsuri: xdr.optional(text) })),
  blockThreshold: event(
    24,
    385,
    message({ dom, dev: text, path: xdr.optional(text), threshold: xdr.uhyper, excess: xdr.uhyper }),
  ),
  memoryFailure: event(25, 423, message({ dom, recipient: xdr.int, action: xdr.int, flags: xdr.flags })),
  memoryDeviceSizeChange: event(26, 438, message({ dom, alias: text, size: xdr.uhyper })),
} as const;

export type DomainEvents = typeof domainEvents;
export type DomainEventName = keyof DomainEvents;
export type DomainEvent<N extends DomainEventName> = DomainEvents[N] extends EventKind<infer T> ? T : never;
